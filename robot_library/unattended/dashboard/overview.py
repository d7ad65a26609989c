"""The first page: whether all is well, and where to look if not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from starlette.responses import Response

from robot_library.engine.records.board import OPEN, Tally
from robot_library.engine.records.figures import HOUR, Spent
from robot_library.unattended.dashboard import sparks
from robot_library.unattended.dashboard.bots import lines
from robot_library.unattended.dashboard.floor import Floor
from robot_library.web.shell import Ask
from robot_library.web.times import Clock

_HOURS, _DAYS = 24, 14
_EDGES = (15 * 60.0, 3600.0, 4 * 3600.0, 24 * 3600.0)
_MOST_STEPS = 7


class Overview:
    """GET /"""

    def __init__(self, floor: Floor, clock: Clock) -> None:
        self._floor, self._clock = floor, clock

    async def page(self, ask: Ask) -> Response:
        """Everything of it is read anew; nothing is kept between two looks."""
        floor, board = self._floor, self._floor.desk.board
        since = time.time() - _HOURS * 3600
        tallies, hours = await board.tally(), await board.figures.ended_by_hour(since - (_DAYS - 1) * 86400)
        lately = {hour: counts for hour, counts in hours.items() if hour > since // HOUR}
        totals, of_days = sparks.totals(await board.figures.ended_by_bot(since)), sparks.totals(hours)
        told = ask.words("overview.told", hours=_HOURS, **totals)
        days_told = ask.words("overview.days_told", days=_DAYS, **of_days)
        return await ask.page(
            "overview.html", totals=totals, spark=sparks.by_hour(lately, _HOURS, told),
            days=sparks.by_day(hours, _DAYS, self._clock, days_told), ended=sum(totals.values()),
            ages=await board.ages(_EDGES), oldest=_oldest(tallies),
            open_count=sum(tally.count for tally in tallies if tally.state in OPEN),
            late=await board.late(), soon=await board.late(within=3600.0), live=await board.live(),
            spent=_spent(await board.figures.spent(since)), waits=await board.figures.waits(since),
            bots=await lines(floor), workers=await floor.desk.workers(), lights=await floor.lights(),
            alerts=await floor.alerts.all(), now=time.time(),
        )  # fmt: skip


def _oldest(tallies: Sequence[Tally]) -> dict[str, float]:
    """When the oldest item of each open state came."""
    found: dict[str, float] = {}
    for tally in tallies:
        if tally.state in OPEN:
            found[tally.state] = min(tally.oldest, found.get(tally.state, tally.oldest))
    return found


@dataclass(frozen=True)
class Row:
    """One kind of step, over all bots; its share of the longest as a bar."""

    action: str
    count: int
    seconds: float
    longest: float
    meter: Markup

    @property
    def mean(self) -> float:
        """Seconds each time."""
        return self.seconds / self.count


def _spent(spent: Sequence[Spent]) -> list[Row]:
    """The kinds of step that take longest in all."""
    by_action: dict[str, list[Spent]] = {}
    for one in spent:
        by_action.setdefault(one.action, []).append(one)
    sums = {action: sum(one.seconds for one in same) for action, same in by_action.items()}
    top = max([*sums.values(), 1e-9])
    rows = [
        Row(
            action.replace("_", " "), sum(one.count for one in same), sums[action], max(one.longest for one in same),
            sparks.meter(sums[action] / top),
        )
        for action, same in by_action.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -row.seconds)[:_MOST_STEPS]
