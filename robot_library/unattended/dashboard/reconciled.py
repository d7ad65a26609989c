"""The daily reconciliation, to be read and printed: every order of the day in one class. Order numbers are shown to
operators who ask for them, and that they did is kept in the audit trail."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from robot_library.engine.records.checks import Check
from robot_library.engine.records.orders import WORDS, What
from robot_library.errors import UnknownName
from robot_library.model.audit import Happened
from robot_library.unattended.dashboard.floor import Floor
from robot_library.web.shell import Ask


@dataclass(frozen=True)
class Line:
    """One class of a reading, and how many orders it holds: in all, on the list, as gaps."""

    what: What
    orders: int
    listed: int
    gaps: int


def lines(counts: Mapping[str, int]) -> list[Line]:
    """The classes that hold an order, those with gaps first."""
    found = [
        Line(what, counts.get(what, 0), counts.get(f"listed.{what}", 0), counts.get(f"gap.{what}", 0)) for what in WORDS
    ]
    return sorted((one for one in found if one.orders), key=lambda one: one.gaps == 0)


class Reconciled:
    """GET /reconciliation, and of one bot; POST shows the order numbers, too."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def page(self, ask: Ask) -> Response:
        """The newest reading of each bot, in numbers."""
        found = await self._floor.checks.newest("reconcile", opened=False)
        return await ask.page("reconciliation.html", readings=sorted(found.items()), lines=lines)

    async def one(self, ask: Ask) -> Response:
        """Every order of a bot's newest reading, by our own numbers."""
        return await self._show(ask, numbers=False)

    async def numbers(self, ask: Ask) -> Response:
        """The same with the orders' own numbers."""
        told = Happened("evidence", "reconciliation", bot=ask.request.path_params["bot"], person=ask.who)
        await asyncio.to_thread(self._floor.desk.store.trail.record, told)
        return await self._show(ask, numbers=True)

    async def _show(self, ask: Ask, *, numbers: bool) -> Response:
        bot = ask.request.path_params["bot"]
        found: Sequence[Check] = await self._floor.checks.all("reconcile", bot, limit=1)
        if not found:
            raise UnknownName(ask.words("reconciled.none_of", bot=bot))
        rows: list[dict[str, Any]] = [] if found[0].counts.get("not_read") else found[0].found
        groups = {line: [row for row in rows if row["what"] == line.what] for line in lines(found[0].counts)}
        return await ask.page("reconciliation_of.html", bot=bot, check=found[0], groups=groups, numbers=numbers)
