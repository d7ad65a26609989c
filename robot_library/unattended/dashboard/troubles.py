"""What went wrong: exceptions by kind and by screen, dead letters, targets that have moved."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from robot_library.engine.records.figures import Trouble
from robot_library.unattended.dashboard.floor import Floor
from robot_library.web.shell import Ask

PERIODS = {"day": 86400.0, "week": 7 * 86400.0, "month": 30 * 86400.0, "all": 0.0}
_SIZE = 50


@dataclass(frozen=True)
class Place:
    """A screen, and what went wrong at it."""

    screen: str
    count: int
    first: float
    last: float
    kinds: tuple[Trouble, ...]


def by_screen(troubles: Sequence[Trouble]) -> list[Place]:
    """Screens with most trouble first; of each its kinds. Trouble at no screen comes under ""."""
    places: dict[str, list[Trouble]] = {}
    for one in troubles:
        places.setdefault(one.screen, []).append(one)
    found = [
        Place(
            screen, sum(one.count for one in same), min(one.first for one in same), max(one.last for one in same),
            tuple(_merged(same)),
        )
        for screen, same in places.items()
    ]  # fmt: skip
    return sorted(found, key=lambda place: (-place.count, place.screen))


def _merged(troubles: Iterable[Trouble]) -> list[Trouble]:
    """The same code with the same kind of step, of whatever bot, once."""
    kinds: dict[tuple[str, str], list[Trouble]] = {}
    for one in troubles:
        kinds.setdefault((one.code, one.action), []).append(one)
    found = [
        Trouble(
            ", ".join(sorted({one.bot for one in same})), code, same[0].screen, action,
            sum(one.count for one in same), sum(one.items for one in same),
            min(one.first for one in same), max(one.last for one in same),
        )
        for (code, action), same in kinds.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.count, one.code, one.action))


class Troubles:
    """GET /exceptions, /dead, /drift."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def exceptions(self, ask: Ask) -> Response:
        """By kind: how items stand now. By screen: every go that failed, also those that were tried again."""
        board = self._floor.desk.board
        period = ask.query("since", "week")
        period = period if period in PERIODS else "week"
        since = time.time() - PERIODS[period] if PERIODS[period] else 0.0
        kinds = [tally for tally in await board.tally() if tally.code and tally.newest >= since]
        kinds.sort(key=lambda tally: (-tally.count, tally.code, tally.bot))
        places = by_screen(await board.figures.troubles(since))
        return await ask.page("exceptions.html", kinds=kinds, places=places, period=period, periods=list(PERIODS))

    async def dead(self, ask: Ask) -> Response:
        """Items that were given up."""
        page = ask.query("page")
        number = int(page) if page.isdigit() and 0 < int(page) < 100_000 else 1
        found = await self._floor.desk.board.page(
            states=("dead",), order="changed", offset=(number - 1) * _SIZE, limit=_SIZE
        )
        return await ask.page(
            "dead.html", items=found.items, total=found.total, page=number, last=max(1, -(-found.total // _SIZE))
        )

    async def drift(self, ask: Ask) -> Response:
        """Targets found by a fall-back, and what the canaries saw last."""
        return await ask.page(
            "drift.html", drift=await self._floor.desk.board.figures.drift(), canaries=await self._floor.canaries()
        )
