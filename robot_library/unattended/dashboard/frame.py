"""What stands on every page: the pages there are with their counts, and every stopped line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from robot_library.engine.line.switches import in_words
from robot_library.engine.records.board import OPEN
from robot_library.unattended.dashboard.floor import Floor
from robot_library.web.shell import Ask


@dataclass(frozen=True)
class Tab:
    """One page in the list of pages. `hot` counts want somebody's eye."""

    href: str
    name: str
    keys: str
    count: int = 0
    hot: bool = False
    needs: str = "look"
    """The right it takes."""


class Framing:
    """Makes the frame; also by itself, for pages that stay open."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def frame(self, ask: Ask) -> Mapping[str, Any]:
        """See the module."""
        states: Counter[str] = Counter()
        for tally in await self._floor.desk.board.tally():
            states[tally.state] += tally.count
        alerts = [one for one in await self._floor.alerts.all() if one.state == "open"]
        readings = await self._floor.checks.newest("reconcile", opened=False)
        gaps, (wrong, _) = sum(one.bad for one in readings.values()), await self._floor.desk.incidents.count()
        return {
            "tabs": [tab for tab in _tabs(states, len(alerts), gaps, wrong) if ask.may(tab.needs)],
            "stops": await self._floor.desk.switches.list(),
            "in_words": in_words,
            "search": ask.query("search") if ask.request.url.path == "/queue" else "",
        }

    async def part(self, ask: Ask) -> Response:
        """Only the frame, for a page that refreshes it."""
        return await ask.page("frame.html", **await self.frame(ask), at=ask.query("at"))


def _tabs(states: Mapping[str, int], alerts: int, gaps: int, wrong: int) -> list[Tab]:
    return [
        Tab("/", "overview", "go", alerts, hot=True),
        Tab("/queue", "queue", "gq", sum(states.get(state, 0) for state in OPEN)),
        Tab("/exceptions", "exceptions", "ge", states.get("application_exception", 0), hot=True),
        Tab("/dead", "dead", "gd", states.get("dead", 0), hot=True),
        Tab("/incidents", "incidents", "gi", wrong, hot=True, needs="watch"),
        Tab("/drift", "drift", "gm"),
        Tab("/bots", "bots", "gb"),
        Tab("/reconciliation", "reconciled", "gr", gaps, hot=True),
        Tab("/office", "health", "gh"),
    ]
