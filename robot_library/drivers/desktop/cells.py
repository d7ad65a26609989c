"""The cells of a grid, all asked for at once: one question after the other would cost a program's answer each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from robot_library.drivers.desktop.nodes import Node

if TYPE_CHECKING:
    from robot_library.drivers.desktop.accessibility import Accessibility


def cells(told: Accessibility, table: Node, rows: range, columns: Sequence[int]) -> Iterator[Node]:
    """The bare cells (no states, no faces) of these rows and columns, row by row. One that holds several, such as a
    picture and a word, has their words. What the program no longer has is left out."""
    places = [(row, column) for row in rows for column in columns]
    found = told.many([(table, "Table", "GetAccessibleAt", "ii", place) for place in places])
    bare = [_bare(str(body[0][0]), str(body[0][1]), table.path) for body in found if body is not None]
    for cell, name in zip(bare, _named(told, bare), strict=True):
        yield Node(cell.bus, cell.path, cell.parent, cell.role, name, 0, frozenset())


def _named(told: Accessibility, bare: Sequence[Node]) -> list[str]:
    names = told.names(bare)
    empty = [index for index, name in enumerate(names) if not name]
    held = told.many([(bare[index], "Accessible", "GetChildren", "", ()) for index in empty])
    for index, body in zip(empty, held, strict=True):
        parts = [_bare(str(bus), str(path), bare[index].path) for bus, path in (body[0] if body is not None else ())]
        names[index] = " ".join(word for word in told.names(parts) if word) if parts else ""
    return names


def _bare(bus: str, path: str, parent: str) -> Node:
    return Node(bus, path, parent, "table cell", "", 0, frozenset())
