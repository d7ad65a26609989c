"""Fires slots: each exactly once, whoever fires it, and those missed while everything was down as the bot says.

What is due is worked out from the clock and from what the database has seen fired; nothing is remembered that a
crash could lose. A clock can be given, so that a year passes in a test.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from robot_library.model.bot import BotSpec
from robot_library.model.trigger import Kind, Trigger
from robot_library.unattended.slots import next_after, slot_id, slot_moment, timed

log = logging.getLogger("wetread.office")
GRACE = timedelta(seconds=60)
"""A slot this late is not missed, only late."""
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class Slots(Protocol):
    """What the scheduler asks of the desk."""

    async def fire(self, bot: str, slot: str) -> bool: ...

    async def last_slots(self, bot: str) -> list[str]: ...

    async def collecting(self, bot: str) -> int: ...


@dataclass(frozen=True)
class Coming:
    """A run to come."""

    bot: str
    moment: datetime
    kind: Kind

    @property
    def slot(self) -> str:
        return slot_id(self.bot, self.moment)


def coming(spec: BotSpec, after: datetime, count: int = 1, zone: str = "UTC") -> list[Coming]:
    """The bot's next runs by the clock, in order; two triggers at one instant are one run."""
    found: dict[datetime, Coming] = {}
    for trigger in spec.triggers:
        find, moment = next_after(trigger, zone), after
        for _ in range(count if find is not None else 0):
            assert find is not None
            if (following := find(moment)) is None:
                break
            moment = following
            found.setdefault(moment, Coming(spec.bot, moment, trigger.kind))
    return sorted(found.values(), key=lambda one: one.moment)[:count]


def due(trigger: Trigger, since: datetime, now: datetime, zone: str = "UTC") -> list[datetime]:
    """The trigger's slots after `since`, up to now, that are to be fired: missed ones by its policy."""
    find, settings = next_after(trigger, zone), timed(trigger)
    if find is None:
        return []
    missed = settings.missed if settings else "skip"
    moment = max(since, now - (settings.look_back if settings and missed != "skip" else GRACE))
    kept: deque[datetime] = deque(maxlen=settings.at_most if settings and missed == "run_all" else 1)
    while (following := find(moment)) is not None and following <= now:
        moment = following
        kept.append(moment)
    return list(kept)


class Schedule:
    """The slots of some bots. One in an office; several offices on one database fire each slot once between them."""

    def __init__(self, desk: Slots, clock: Clock = utc_now, zone: str = "UTC") -> None:
        self._desk, self._clock, self._zone = desk, clock, zone
        self._specs: dict[str, BotSpec] = {}
        self._since: dict[str, datetime] = {}
        self._seen: dict[str, datetime] = {}
        """Up to when each bot's slots have been dealt with."""
        self._next: dict[str, datetime | None] = {}
        """When each bot's next slot comes: until then there is nothing to work out."""

    def enable(self, specs: Iterable[BotSpec], since: Mapping[str, datetime]) -> None:
        """The bots that run now, and since when each may: nothing before that is made up."""
        self._specs = {spec.bot: spec for spec in specs}
        for bot in [*self._seen]:
            if bot not in self._specs or since.get(bot) != self._since.get(bot):
                del self._seen[bot]
        self._next = {}
        self._since = dict(since)

    async def look(self) -> list[str]:
        """Fire everything that is due; returns the slots that this schedule was the one to fire.

        A bot whose database does not answer is looked at again the next time, from where it was.
        """
        fired: list[str] = []
        for bot, spec in self._specs.items():
            try:
                fired += await self._look(spec)
            except Exception as failure:
                log.warning("the slots of bot %s could not be fired (%s)", bot, type(failure).__name__)
        return fired

    async def _look(self, spec: BotSpec) -> list[str]:
        now = self._clock()
        if now < self._seen.get(spec.bot, now):  # the clock was ahead, and has been set
            self._next.pop(spec.bot, None)
        if spec.bot in self._next and ((following := self._next[spec.bot]) is None or now < following):
            self._seen[spec.bot] = now
            return []
        since = self._seen.get(spec.bot) or await self._from(spec.bot, now)
        found = [(one, _again_soon(each)) for each in spec.triggers for one in due(each, since, now, self._zone)]
        busy = any(soon for _, soon in found) and await self._desk.collecting(spec.bot)
        moments = sorted({moment for moment, soon in found if not (soon and busy)})
        fired = [slot for slot in (slot_id(spec.bot, one) for one in moments) if await self._desk.fire(spec.bot, slot)]
        self._seen[spec.bot] = now
        self._next[spec.bot] = next((run.moment for run in coming(spec, now, 1, self._zone)), None)
        return fired

    async def _from(self, bot: str, now: datetime) -> datetime:
        """From when slots may have been missed: the last one fired, but not before the bot was enabled. One of a time
        to come was fired by a clock that was ahead."""
        found = [moment for slot in await self._desk.last_slots(bot) if (moment := slot_moment(slot)) is not None]
        return max([*(moment for moment in found if moment <= now), self._since.get(bot, now)])


def _again_soon(trigger: Trigger) -> bool:
    """Whether a slot adds nothing while the one before still waits for a worker: after a night without one there is
    one look at the worklist to do, not hundreds."""
    return trigger.poll is not None or (trigger.every is not None and trigger.every.missed != "run_all")
