"""APScheduler, and nothing else of it anywhere: wakes the schedule when its next slot comes.

Its memory holds nothing that counts: which slots are due is asked of the clock and the database at each waking, and
so a machine that slept, or whose clock was set, loses none.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

# It logs tracebacks and every run.
logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
NextRun = Callable[[datetime], datetime | None]
_JOB = "slots"


class Comes(BaseTrigger):  # type: ignore[misc]
    """A trigger that asks somebody when."""

    def __init__(self, next_run: NextRun) -> None:
        self._next_run = next_run

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """The next slot of any bot after now."""
        return self._next_run(max(previous, now) if previous is not None else now)


class Clockwork:
    """Calls `wake` at each slot."""

    def __init__(self, wake: Callable[[], Awaitable[Any]], next_run: NextRun) -> None:
        self._wake, self._next_run = wake, next_run
        self._scheduler: Any = AsyncIOScheduler(timezone=UTC)

    def start(self) -> None:
        """Begin. Inside the running loop."""
        self._scheduler.start()
        self.change()

    def change(self) -> None:
        """Other slots may come now than before."""
        if self._next_run(datetime.now(UTC)) is None:
            if self._scheduler.get_job(_JOB):
                self._scheduler.remove_job(_JOB)
            return
        self._scheduler.add_job(
            self._wake, Comes(self._next_run), id=_JOB, replace_existing=True, coalesce=True, max_instances=1,
            misfire_grace_time=None,
        )  # fmt: skip

    def stop(self) -> None:
        """Wake no more."""
        self._scheduler.shutdown(wait=False)
