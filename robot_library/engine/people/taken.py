"""Items that a person has taken out of the bot's hands, or paused: known to a worker soon, heeded between steps."""

from __future__ import annotations

import asyncio
import logging

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store

log = logging.getLogger("wetread.engine")
LOOK_EVERY = 1.0


def _cancelled(connection: sa.Connection) -> set[tuple[str, int]]:
    """Of all that have not ended: no clock is asked since when, because those of hosts differ, and clocks are set."""
    taken, items = tables.cancels.c, tables.items.c
    this_life = sa.and_(taken.item == items.id, taken.generation == items.generation)
    query = sa.select(taken.item, taken.generation).join(tables.items, this_life)
    rows = connection.execute(query.where(items.state.in_(("new", "in_progress")))).all()
    return {(str(row[0]), int(row[1])) for row in rows}


def _paused(connection: sa.Connection) -> set[tuple[str, int]]:
    rows = connection.execute(sa.select(tables.pauses.c.item, tables.pauses.c.generation)).all()
    return {(str(row[0]), int(row[1])) for row in rows}


def _lent(connection: sa.Connection) -> dict[tuple[str, int], str]:
    wanted, items = tables.handovers.c, tables.items.c
    query = sa.select(wanted.item, wanted.generation, wanted.path).join(tables.items, wanted.item == items.id)
    query = query.where(wanted.state != "unseen", items.outcome.is_(None))
    return {(str(row[0]), int(row[1])): str(row[2]) for row in connection.execute(query).all()}


class Taken:
    """What people have taken or paused, as this worker knows it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.paused: set[tuple[str, int]] = set()
        """Lives of items that a person has paused, as this worker knows it."""
        self.lent: dict[tuple[str, int], str] = {}
        """Lives of items of which a person wants to do a step, and that step's path, if it is known."""
        self._lives: set[tuple[str, int]] = set()
        self._looking: asyncio.Task[None] | None = None

    def __contains__(self, life: tuple[str, int]) -> bool:
        return life in self._lives

    def forget(self, life: tuple[str, int]) -> None:
        """A person has done the step they wanted to do."""
        self.lent.pop(life, None)

    async def start(self) -> None:
        """Look once, and then again and again."""
        await self.look()
        self._looking = asyncio.create_task(self._keep_looking())

    async def stop(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
            self._looking = None

    async def look(self) -> None:
        """Ask for it anew. What was taken once stays taken, though its item has ended."""
        self._lives |= await self._store.read(_cancelled)
        self.paused = await self._store.read(_paused)
        self.lent = await self._store.read(_lent)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.look()
            except Exception as failure:
                log.warning("looking for items that were taken failed (%s)", type(failure).__name__)
