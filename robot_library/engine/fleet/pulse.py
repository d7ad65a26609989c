"""What a worker is at, for those who look on: the step at hand of each item, written down once a second at most.

Names of actions and screens only. The engine waits for none of it; a row that outlives its worker is shown by nobody,
because its item is not at work any more, or belongs to the worker that took it over.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, replace

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.engine.ports import Event

log = logging.getLogger("wetread.engine")
_now = tables.now.c


@dataclass(frozen=True)
class AtHand:
    """The step at hand. `since` in seconds since 1970."""

    item: str
    worker: str
    path: str
    action: str
    screen: str
    since: float


class Pulse:
    """Hears what the engine tells, and keeps the table of now for one worker."""

    def __init__(self, store: Store, worker: str, *, every: float = 1.0) -> None:
        self._store, self._worker, self._every = store, worker, every
        self._at: dict[str, AtHand] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def hear(self, event: Event) -> None:
        """A listener of the engine."""
        match event.moment:
            case "step":
                self._at[event.item] = AtHand(event.item, self._worker, event.path, event.title, "", time.time())
            case "at":
                if (one := self._at.get(event.item)) is not None:
                    self._at[event.item] = replace(one, screen=event.title)
            case "item" | "gone":
                self._at.pop(event.item, None)
            case _:
                return
        self._changed.set()

    async def start(self) -> None:
        """Begin to write; what an earlier life of this worker left is removed."""
        await self._write()
        self._task = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """This worker is at nothing any more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
            self._at.clear()
            await self._write()

    async def _beat(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._write()
            except Exception as failure:
                log.warning("what this worker is at could not be written down (%s)", type(failure).__name__)
            await asyncio.sleep(self._every)

    async def _write(self) -> None:
        rows = [vars(one) for one in self._at.values()]

        def work(connection: sa.Connection) -> None:
            mine = _now.worker == self._worker
            connection.execute(sa.delete(tables.now).where(sa.or_(mine, _now.item.in_([row["item"] for row in rows]))))
            if rows:
                connection.execute(sa.insert(tables.now), rows)

        await self._store.write(work, swift=True)
