"""A version that a map has just been verified on, written into it: one more entry, no other letter changed."""

from __future__ import annotations

import json
from typing import Any

from robot_library.errors import AuthoringError


def accepted(text: str, version: str, file: str) -> str:
    """The map's text with the version among `version: verified`. AuthoringError where the file is written so that this
    cannot be done by itself."""
    import yaml

    try:
        before = yaml.safe_load(text)
        before["version"]["verified"] = [*before["version"]["verified"], version]
        node = _inner(yaml.compose(text), "version", "verified")
        last = node.value[-1]
        said = json.dumps(version)
        if node.flow_style:
            at, more = last.end_mark.index, f", {said}"
        else:
            indent = " " * (node.start_mark.column)
            end = text.find("\n", last.end_mark.index)
            at, more = (end if end >= 0 else len(text)), f"\n{indent}- {said}"
        after = text[:at] + more + text[at:]
        same = _as_text(yaml.safe_load(after)) == _as_text(before)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, StopIteration, IndexError):
        same = False
    if not same:
        raise AuthoringError(f"{file} is written so that no version can be added; write it in by hand: {version}")
    return after


def _inner(node: Any, *keys: str) -> Any:
    for key in keys:
        node = next(value for name, value in node.value if name.value == key)
    return node


def _as_text(tree: Any) -> str:
    return json.dumps(tree, default=str, sort_keys=True)
