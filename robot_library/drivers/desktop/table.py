"""Reading a grid that a program tells of: rows and columns by the headers over them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.nodes import Absent, Node
from robot_library.drivers.desktop.telling import Telling
from robot_library.drivers.shown import Where, visible_text
from robot_library.errors import AuthoringError, ScreenNotReached, TargetAmbiguous
from robot_library.model.screen import Column, Locator, Table

MOST_ROWS = 2000
"""A cell costs about a millisecond: longer grids are searched, not read."""

Row = dict[str, str]


def read_rows(look: Look, told: Telling, table: Table, name: str, where: Where) -> list[Row] | None:
    """Every row, or None while the grid is not there or not full. TargetAmbiguous for two grids, or two columns of one
    header; ScreenNotReached for a column that has no such header, or too many rows."""
    found = look.find(table.rows, where)
    if len(found) > 1:
        raise TargetAmbiguous(f"The locator of grid '{name}' matches {len(found)} things.", cure="Narrow 'rows'.")
    if not found or found[0].node is None or "Table" not in found[0].node.interfaces:
        return None
    try:
        rows = _rows(told, found[0].node, table.columns, name)
    except Absent:
        return None
    return rows if table.count is None or _count(look, table.count, table.count_pattern, where) == len(rows) else None


def _count(look: Look, label: Locator, pattern: str, where: Where) -> int | None:
    """How many rows the program says there are; None while it does not."""
    found = look.find(label, where)
    match = re.search(pattern, visible_text(found[0].text)) if len(found) == 1 else None
    return None if match is None else int(match[1] if match.re.groups else match[0])


def _rows(told: Telling, grid: Node, columns: Mapping[str, Column], name: str) -> list[Row]:
    rows, width = told.size(grid)
    if rows > MOST_ROWS:
        raise ScreenNotReached(f"Grid '{name}' has {rows} rows, more than {MOST_ROWS}.", cure="Search in it first.")
    headers = [visible_text(told.header(grid, column)) for column in range(width)]
    places = {word: _place(headers, column, name) for word, column in columns.items()}
    used = sorted(set(places.values()))
    shown = [visible_text(cell.name) for cell in told.cells(grid, range(rows), used)]
    if len(shown) != rows * len(used):
        raise Absent("The grid has changed while it was read.")
    at = {column: index for index, column in enumerate(used)}
    return [{word: shown[row * len(used) + at[place]] for word, place in places.items()} for row in range(rows)]


def _place(headers: list[str], column: Column, name: str) -> int:
    if column.header is None:
        raise AuthoringError(f"A column of grid '{name}' needs a 'header' on a desktop.")
    same = [index for index, header in enumerate(headers) if header == column.header]
    if column.nth is None and len(same) > 1:
        raise TargetAmbiguous(
            f"Grid '{name}' has {len(same)} columns {column.header!r}.", cure="Say in the map which is meant: `nth`."
        )
    number = column.nth or 1
    if len(same) < number:
        raise ScreenNotReached(
            f"Grid '{name}' has no column {column.header!r} number {number}.", cure="Compare it with the window."
        )
    return same[number - 1]
