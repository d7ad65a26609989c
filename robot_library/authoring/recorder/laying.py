"""Data as YAML in the house's layout: what fits stands on one line, screens and steps as blocks."""

from __future__ import annotations

from typing import Any

from robot_library.authoring.one_line import one_line
from robot_library.model.diagnostic import Place
from robot_library.parsing.nodes import ListNode, MapNode, Node, parse_yaml
from robot_library.parsing.problems import single

WIDTH = 120
_OPEN = frozenset({"screens", "steps", "targets", "tables", "apps", "sign_in", "protect", "patient_steps"})


def laid(value: dict[str, Any], indent: int = 0) -> list[str]:
    """The lines of a mapping, to be indented by `indent`."""
    lines: list[str] = []
    for key, one in value.items():
        lines += _entry(f"{key}:", key, one, indent)
    return lines


def flow(value: Any) -> str:
    """YAML on one line."""
    return one_line(value).removesuffix("\n...").strip().replace("'on': ", "on: ")  # a key like others for us


def read(text: str, file: str) -> dict[str, Any]:
    """A file's mapping, every scalar as text, as our own loader reads it. AuthoringError if it is none."""
    data = _plain(parse_yaml(text, file))
    if not isinstance(data, dict):
        raise single(Place(file=file), "WR001", "this is no mapping")
    return data


def _plain(node: Node) -> Any:
    if isinstance(node, MapNode):
        return {key.value: _plain(value) for key, value in node.items}
    if isinstance(node, ListNode):
        return [_plain(item) for item in node.items]
    return node.value


def _entry(head: str, key: str, one: Any, indent: int) -> list[str]:
    short = flow(one)
    open_ = key in _OPEN and isinstance(one, (dict, list)) and not all(isinstance(m, str) for m in one)
    if not open_ and (not isinstance(one, (dict, list)) or indent + len(head) + 1 + len(short) <= WIDTH):
        return [f"{head} {short}"]
    return [head, *(f"  {line}" for line in _block(one, key, indent + 2))]


def _block(one: Any, key: str, indent: int) -> list[str]:
    if isinstance(one, dict):
        if key == "screens":
            return [line for name, screen in one.items() for line in
                    [f"{name}:", *(f"  {inner}" for inner in laid(screen, indent + 2))]]  # fmt: skip
        return laid(one, indent)
    lines: list[str] = []
    for member in one:
        short = flow(member)
        inner_open = isinstance(member, dict) and any(name in _OPEN for name in member)
        if not isinstance(member, dict) or (not inner_open and indent + 2 + len(short) <= WIDTH):
            single = isinstance(member, dict) and len(member) == 1 and key == "steps"
            lines.append(f"- {short[1:-1] if single else short}")
        else:
            first, *rest = laid(member, indent + 2)
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
    return lines
