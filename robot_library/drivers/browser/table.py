"""Reading grids: late rows, headers that stand twice, pages, and rows that move from page to page while being read."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

from robot_library.drivers.browser.find import Finder
from robot_library.drivers.browser.locate import insides, locate, scope
from robot_library.drivers.browser.scripts import script
from robot_library.drivers.browser.stage import Stage
from robot_library.drivers.browser.tidy import glance
from robot_library.drivers.patience import Patience
from robot_library.drivers.shown import visible_text
from robot_library.errors import ApplicationException, AuthoringError, ScreenNotReached, TargetAmbiguous, TargetNotFound
from robot_library.model.screen import Column, Locator, Table, Target

Row = dict[str, str]
_STILL_S = 0.15
"""Seconds that a grid without a count must hold still."""
_MOST_PAGES = 500


class Moved(Exception):
    """Rows changed places between two pages: the reading starts over."""


class TableReader:
    """One reading of one table."""

    def __init__(self, stage: Stage, name: str) -> None:
        table = stage.screen.tables.get(name)
        if table is None:
            raise AuthoringError(f"Screen '{stage.name}' of {stage.session.map.system} has no table '{name}'.")
        self._stage, self._name, self._table = stage, name, table
        self._page = stage.window.page
        self._scope = scope(self._page, table.frame, stage.where)
        self.total: int | None = None
        self._said = 0
        """How many rows the grid itself says there are (`aria-rowcount`), where it does."""
        self._twins: dict[str, int] = {}
        """Columns whose header stands there more than once, and how often."""

    async def read(self) -> list[Row]:
        """All rows of all pages. Raises Moved when the same row stands on two pages, or the count disagrees or changes
        meanwhile: of a row that has left a page read already, the next page knows nothing."""
        rows: list[Row] = []
        page = await self._settled_page(None)
        total = self.total
        for _ in range(_MOST_PAGES):
            if self.total != total or any(row in rows for row in page):
                raise Moved
            rows += page
            if not await self._turn():
                break
            page = await self._settled_page(page)
        if self.total is not None and self.total != len(rows):
            raise Moved
        if self._table.count is None and len(rows) < self._said:
            raise ScreenNotReached(
                f"Grid '{self._stage.name}.{self._name}' says that it has {self._said} rows, and shows {len(rows)}.",
                cure="Does it draw only what is in sight? Narrow it by a search or a filter of its own.",
            )
        return rows

    async def first_page(self) -> list[Row]:
        """The rows of the page that is shown."""
        return await self._settled_page(None)

    async def _settled_page(self, before: list[Row] | None) -> list[Row]:
        """The rows of the page that is shown, once it differs from `before` and holds still."""
        patience = self._stage.patience()
        last: list[Row] | None = None
        since = patience.spent

        async def still(_: object) -> bool:
            nonlocal last, since
            rows, total, empty = await self._look(patience)
            if rows != last:
                last, since = rows, patience.spent
                return False
            if self._stage.window.busy or rows is None or rows == before:
                return False
            if not rows:
                return empty or total == 0
            self.total = total
            return total is not None if self._table.count is not None else patience.spent - since >= _STILL_S

        try:
            await self._stage.when([], still, patience=patience, frames=[self._table.frame])
        except TargetNotFound:
            raise self._unready(patience) from None
        return last or []

    async def _look(self, patience: Patience) -> tuple[list[Row] | None, int | None, bool]:
        """Rows (None while cells are missing), the announced total, whether emptiness is shown."""
        table = self._table
        want = {
            "attributes": sorted({c.attribute for c in table.columns.values() if c.attribute}),
            "picked": {n: c.css for n, c in table.columns.items() if c.css is not None},
            "heads": False,
        }
        read, headers, total, empty, holders = await asyncio.gather(
            glance(self._find(table.rows).evaluate_all(script("rows"), want), {"rows": []}, self._name),
            self._headers(want),
            self._total(),
            self._shown(table.empty),
            self._holders(),
        )
        if holders > 1:
            raise TargetAmbiguous(
                f"The grid of '{self._stage.name}.{self._name}' stands in {holders} places.", cure="Narrow 'inside'."
            )
        if not read["rows"]:
            return [], total, empty
        self._said = read["said"]
        return self._named(read["rows"], headers or read["headers"]), total, empty

    async def _holders(self) -> int:
        found = insides(self._page, self._scope, self._table.rows, self._stage.where)
        return max(await asyncio.gather(*(glance(f.count(), 0, self._name) for f in found)), default=1)

    async def _headers(self, want: Mapping[str, Any]) -> list[Any]:
        if self._table.headers is None:
            return []
        call = self._find(self._table.headers).evaluate_all(script("rows"), {**want, "heads": True})
        return await glance(call, [], self._name)

    async def _total(self) -> int | None:
        if self._table.count is None:
            return None
        texts = await glance(self._find(self._table.count).all_inner_texts(), [], self._name)
        found = re.search(self._table.count_pattern, texts[0].replace(",", "")) if len(texts) == 1 else None
        number = found[found.re.groups and 1] if found else None
        return int(number) if number and number.isdigit() else None

    async def _shown(self, spec: Locator | None) -> bool:
        return spec is not None and await glance(self._find(spec).count(), 0, self._name) > 0

    def _find(self, spec: Locator) -> Any:
        return locate(self._page, self._scope, spec, self._stage.where)

    def _named(self, rows: Sequence[Mapping[str, Any]], headers: Sequence[Sequence[Any]]) -> list[Row] | None:
        """Rows by column name; None while a row lacks a cell, or a header stands there twice."""
        found = {n: _places(c, headers) for n, c in self._table.columns.items() if c.css is None}
        self._twins = {n: len(one) for n, one in found.items() if len(one) > 1}
        places = {n: one[0] if len(one) == 1 else None for n, one in found.items()}
        named: list[Row] = []
        for row in rows:
            cells = {n: _cell(row["cells"], p) for n, p in places.items()}
            picked = {n: found[0] if len(found) == 1 else None for n, found in row["picked"].items()}
            both = {n: {**cells, **picked}[n] for n in self._table.columns}
            if any(cell is None for cell in both.values()):
                return None
            named.append({n: _text(self._table.columns[n], cell) for n, cell in both.items() if cell is not None})
        return named

    async def _turn(self) -> bool:
        """Press 'next page' if it is there and enabled."""
        spec = self._table.next_page
        if spec is None:
            return False
        target = Target(find=(spec,), use="navigate", frame=self._table.frame)
        finder = Finder(
            self._stage.window, self._stage.name, f"{self._name}.next_page", target, self._stage.where, lambda _: None
        )
        more, absent = False, 0

        async def looked(_: object) -> bool:
            """It is there, or was absent twice and the screen there each time: a page may be in motion."""
            nonlocal more, absent
            sight = await finder.look()
            finder.complain_if_ambiguous()
            more = sight is not None and not sight.disabled and not await _looks_disabled(sight.found)
            absent = 0 if sight is not None else absent + 1
            return finder.matches < 2 and absent != 1

        await self._stage.when([], looked, frames=[self._table.frame])
        if more:
            await self._stage.press(finder)
        return more

    def _unready(self, patience: Patience) -> ApplicationException:
        if self._twins:
            name, many = next(iter(self._twins.items()))
            return TargetAmbiguous(
                f"The header of '{self._stage.name}.{self._name}.{name}' stands over {many} columns.",
                cure="Say in the map which of them is meant: `nth`.",
            )
        return ScreenNotReached(
            f"Grid '{self._stage.name}.{self._name}' did not fill within {patience.spent:.0f} s.",
            cure="Compare 'rows', 'columns' and 'empty' of the map with the page; a grid is never taken for empty.",
        )


async def _looks_disabled(found: Any) -> bool:
    return bool(
        await glance(found.evaluate("e => /(^|[-_ ])disabled/.test(e.className)", timeout=500), False, "paging")
    )


_Place = tuple[int, str, int]
"""Position of a column, id of its header, and the number that the grid gives it (0: none)."""


def _places(column: Column, headers: Sequence[Sequence[Any]]) -> list[_Place]:
    """The columns under the header that one names: the one of `nth`, else all, hidden ones only where no other is."""
    same = [one for one in headers if re.sub(r"\s+", " ", visible_text(one[0])) == column.header]
    if column.nth is None and any(one[4] for one in same):
        same = [one for one in same if one[4]]
    found: dict[int, _Place] = {}
    for _, number, position, index, _ in same:
        found.setdefault(position, (position, number, index))
    places = list(found.values())
    return places if column.nth is None else places[column.nth - 1 : column.nth]


def _cell(cells: Sequence[Sequence[Any]], place: _Place | None) -> Sequence[Any] | None:
    """The cell below a header: by its `headers` attribute, by the number that the grid gives its columns, else by where
    it stands. A cell over several columns is none."""
    if place is None:
        return None
    position, number, index = place
    if number and any(c[1] for c in cells):
        return next(([c[0], c[3]] for c in cells if number in c[1].split()), None)
    numbered = bool(index) and any(c[5] for c in cells)
    found = [c for c in cells if (c[5] == index if numbered else c[4] == position)]
    return [found[0][0], found[0][3]] if len(found) == 1 and found[0][2] == 1 else None


def _text(column: Column, cell: Sequence[Any]) -> str:
    shown, attributes = cell
    return visible_text(attributes.get(column.attribute) or "") if column.attribute else visible_text(shown)


__all__ = ["Moved", "Table", "TableReader"]
