"""How a step as written becomes an action with values: the parser's binding, and which names it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from robot_library.parsing.binding import bind, evaluate_tree, typed_inputs
from robot_library.parsing.expressions import Expression

__all__ = ["bind", "evaluate_tree", "names_used", "typed_inputs"]


def names_used(tree: Any) -> frozenset[str]:
    """The names that the expressions of a step's own parameters read; nested steps are not looked into."""
    return frozenset(_names(tree))


def _names(tree: Any) -> Iterator[str]:
    match tree:
        case Expression():
            yield from tree.names()
        case Mapping():
            for value in tree.values():
                yield from _names(value)
        case list():
            for value in tree:
                yield from _names(value)
