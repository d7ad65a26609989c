"""A target added to a screen map: the rest of the file stays as it was, letter for letter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from robot_library.authoring.one_line import one_line
from robot_library.errors import AuthoringError


def with_target(path: Path, screen: str, target: str, spec: dict[str, Any]) -> str:
    """The text of the map with one target more; a new map where there is none. AuthoringError where the target is
    there already, the map is not a desktop's, or is written so that it cannot be added to."""
    import yaml

    line = f"{target}: {one_line(spec)}\n"
    seen = f"seen_by: [{one_line(spec['find'][0])}]"
    if not path.exists():
        head = f"system: {path.stem}\nkind: desktop\nscreens:\n  {screen}:\n    {seen}\n    targets:\n"
        return head + f"      {line}"
    text = path.read_text(encoding="utf-8")
    before = yaml.safe_load(text)
    if not isinstance(before, dict) or before.get("kind") != "desktop" or not isinstance(before.get("screens"), dict):
        raise AuthoringError(f"{path.name} is no map of kind 'desktop'.")
    there = before["screens"].get(screen)
    if there is None:
        at, indent = end_of(yaml.compose(text), "screens")
        block = f"{screen}:\n{indent}  {seen}\n{indent}  targets:\n{indent}    {line}"
        there = before["screens"][screen] = {"seen_by": [spec["find"][0]], "targets": {}}
    elif target in there.get("targets", {}):
        raise AuthoringError(f"{path.name} has a target '{screen}.{target}' already.")
    elif there.get("targets"):
        at, indent = end_of(yaml.compose(text), "screens", screen, "targets")
        block = line
    else:
        raise AuthoringError(f"Screen '{screen}' of {path.name} has no targets to add to: write 'targets:' with one.")
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    after = "".join([*lines[:at], indent + block, *lines[at:]])
    there.setdefault("targets", {})[target] = spec
    try:
        same = yaml.safe_load(after) == before
    except yaml.YAMLError:
        same = False
    if not same:
        raise AuthoringError(f"{path.name} is written so that nothing can be added: lay it out with 'wetread fmt'.")
    return after


def end_of(node: Any, *keys: str) -> tuple[int, str]:
    """The line after a mapping's last entry, and how far its keys are indented."""
    for key in keys:
        node = next(value for name, value in node.value if name.value == key)
    last = node.value[-1][1].end_mark
    return last.line + (1 if last.column else 0), " " * node.value[0][0].start_mark.column
