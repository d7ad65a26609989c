"""Where a part of a screen map or bot stands."""

from __future__ import annotations

from robot_library.model.diagnostic import Place
from robot_library.parsing.nodes import ListNode, MapNode, Node


def at(node: Node, *keys: str | int) -> Place:
    """The place of a nested part: as deep as it is written."""
    place = node.place
    for key in keys:
        if isinstance(node, MapNode) and isinstance(key, str):
            inner, word = node.get(key), node.key(key)
            if inner is None or word is None:
                break
            node, place = inner, (inner.place if not isinstance(inner, MapNode) else word.place)
        elif isinstance(node, ListNode) and isinstance(key, int) and key < len(node.items):
            node = node.items[key]
            place = node.place
        else:
            break
    return place


def at_key(node: Node, *keys: str | int) -> Place:
    """The place of the last key itself."""
    for key in keys[:-1]:
        if isinstance(node, MapNode) and isinstance(key, str):
            inner = node.get(key)
        elif isinstance(node, ListNode) and isinstance(key, int) and key < len(node.items):
            inner = node.items[key]
        else:
            inner = None
        if inner is None:
            return node.place
        node = inner
    word = node.key(str(keys[-1])) if isinstance(node, MapNode) else None
    return word.place if word is not None else node.place
