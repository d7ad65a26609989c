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
from robot_library.errors import AuthoringError, ScreenNotReached, TargetAmbiguous, TargetNotFound
from robot_library.model.screen import Column, Locator, Table, Target

Row = dict[str, str]
_STILL_S = 0.15
"""Seconds that a grid without a count must hold still."""
_MOST_PAGES = 500
_HEADERS = "(es) => es.map(e => [e.innerText ?? e.textContent ?? '', e.id || '', e.colSpan || 1])"


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

    async def read(self) -> list[Row]:
        """All rows of all pages. Raises Moved when the same row stands on two pages or the count disagrees."""
        rows: list[Row] = []
        page = await self._settled_page(None)
        for _ in range(_MOST_PAGES):
            if any(row in rows for row in page):
                raise Moved
            rows += page
            if not await self._turn():
                break
            page = await self._settled_page(page)
        if self.total is not None and self.total != len(rows):
            raise Moved
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
        }
        read, headers, total, empty, holders = await asyncio.gather(
            glance(self._find(table.rows).evaluate_all(script("rows"), want), {"headers": [], "rows": []}, self._name),
            self._headers(),
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
        return self._named(read["rows"], headers or read["headers"]), total, empty

    async def _holders(self) -> int:
        found = insides(self._page, self._scope, self._table.rows, self._stage.where)
        return max(await asyncio.gather(*(glance(f.count(), 0, self._name) for f in found)), default=1)

    async def _headers(self) -> list[Any]:
        if self._table.headers is None:
            return []
        return await glance(self._find(self._table.headers).evaluate_all(_HEADERS), [], self._name)

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
        """Rows by column name; None while a row lacks a cell."""
        places = {n: _place(c, headers) for n, c in self._table.columns.items() if c.css is None}
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

    def _unready(self, patience: Patience) -> ScreenNotReached:
        return ScreenNotReached(
            f"Grid '{self._stage.name}.{self._name}' did not fill within {patience.spent:.0f} s.",
            cure="Compare 'rows', 'columns' and 'empty' of the map with the page; a grid is never taken for empty.",
        )


async def _looks_disabled(found: Any) -> bool:
    return bool(
        await glance(found.evaluate("e => /(^|[-_ ])disabled/.test(e.className)", timeout=500), False, "paging")
    )


def _place(column: Column, headers: Sequence[Sequence[Any]]) -> tuple[int, str] | None:
    """Position and id of the header that a column names."""
    position, seen = 0, 0
    for text, number, span in headers:
        if re.sub(r"\s+", " ", visible_text(text)) == column.header:
            seen += 1
            if seen == column.nth:
                return position, number
        position += span
    return None


def _cell(cells: Sequence[Sequence[Any]], place: tuple[int, str] | None) -> Sequence[Any] | None:
    """The cell below a header: by its `headers` attribute, else by position. A cell over several columns is none."""
    if place is None:
        return None
    position, number = place
    if number and any(c[1] for c in cells):
        return next(([c[0], c[3]] for c in cells if number in c[1].split()), None)
    at = 0
    for shown, _, span, named in cells:
        if at == position:
            return [shown, named] if span == 1 else None
        at += span
    return None


def _text(column: Column, cell: Sequence[Any]) -> str:
    shown, attributes = cell
    return visible_text(attributes.get(column.attribute) or "") if column.attribute else visible_text(shown)


__all__ = ["Moved", "Table", "TableReader"]
