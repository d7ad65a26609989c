"""What a workflow must know of a skill: what it reads, and whether it makes a picture."""

from __future__ import annotations

from typing import NamedTuple

from robot_library.errors import AuthoringError
from robot_library.model.skill.gates import HeaderGates
from robot_library.parsing.library import Library
from robot_library.parsing.nodes import ListNode, MapNode, TextNode, read_yaml


class Reads(NamedTuple):
    """input.kind, task and gates.header.source, as the manifest writes them."""

    kind: str
    task: str
    sources: tuple[str, ...] = ()
    """Where its pixels may come from."""

    @property
    def pictured(self) -> bool:
        """A film is drawn, with a map or without; a segmentation on its slice; nothing else has a picture."""
        return self.kind == "film" or self.task == "segmentation"


def reads(library: Library, skill: str) -> Reads | None:
    """By the manifest; None where there is none or it is no YAML, which is said elsewhere."""
    path = library.look("skill", skill)
    if path is None:
        return None
    try:
        node = read_yaml(path)
    except AuthoringError:
        return None
    if not isinstance(node, MapNode):
        return None
    return Reads(_text(node.get("input"), "kind") or "film", _text(node, "task"), _sources(node))


def _sources(node: MapNode) -> tuple[str, ...]:
    gates = node.get("gates")
    header = gates.get("header") if isinstance(gates, MapNode) else None
    said = header.get("source") if isinstance(header, MapNode) else None
    if not isinstance(said, ListNode):
        return HeaderGates.model_fields["source"].default  # type: ignore[no-any-return]
    return tuple(one.value for one in said.items if isinstance(one, TextNode))


def _text(node: object, key: str) -> str:
    value = node.get(key) if isinstance(node, MapNode) else None
    return value.value if isinstance(value, TextNode) else ""
