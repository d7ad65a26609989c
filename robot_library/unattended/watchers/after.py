"""Another bot's end: it has nothing left to do, and its last item ended as was asked for."""

from __future__ import annotations

from datetime import datetime

from robot_library.engine.records.board import ENDED
from robot_library.model.trigger import After
from robot_library.unattended.ports import Desk


class AfterWatcher:
    """Fires once for each time the other bot's queue runs empty; every office finds the same slot."""

    every = 5.0

    def __init__(self, trigger: After, bot: str, desk: Desk, since: datetime) -> None:
        self._trigger, self._bot, self._desk, self._since = trigger, bot, desk, since.timestamp()

    async def open(self) -> None:
        """Nothing to begin."""

    async def look(self) -> int:
        """Fire if the other bot has worked off its queue since the last time."""
        other, board = self._trigger.bot, self._desk.board
        under_way = await board.page(bot=other, states=("new", "in_progress"), limit=1)
        if under_way.total or await self._desk.collecting(other):
            return 0
        last = next(iter((await board.page(bot=other, states=ENDED, order="changed", limit=1)).items), None)
        if last is None or last.outcome not in self._trigger.outcome or last.updated <= self._since:
            return 0
        return int(await self._desk.fire(self._bot, f"{self._bot}@after:{last.id}.{last.generation}"))

    async def close(self) -> None:
        """Nothing to end."""
