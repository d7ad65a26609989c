"""Who is at work: every worker gives signs of life. What each is at stands in pulse.py."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import time
from dataclasses import dataclass

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once

log = logging.getLogger("wetread.engine")
BEAT_EVERY = 2.0
"""Seconds between signs of life."""
LOST_AFTER = 15.0
"""Seconds without one after which a worker is taken for lost."""
_KEPT = 7 * 86400.0
_w = tables.workers.c


@dataclass(frozen=True)
class WorkerView:
    """One worker. Times in seconds since 1970; `ended`: it left in good order."""

    name: str
    host: str
    pid: int
    started: float
    seen: float
    ended: float | None

    @property
    def alive(self) -> bool:
        """Whether it has given a sign of life lately."""
        return self.ended is None and time.time() - self.seen < LOST_AFTER


class Workers:
    """The table of workers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self) -> list[WorkerView]:
        """Every worker of the last days, by name."""
        query = sa.select(tables.workers).where(_w.seen > time.time() - _KEPT).order_by(_w.executor)
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        return [
            WorkerView(row["executor"], row["host"], row["pid"], row["started"], row["seen"], row["ended"])
            for row in rows
        ]


class Presence:
    """One worker's own signs of life."""

    def __init__(self, store: Store, executor: str) -> None:
        self._store, self._executor = store, executor
        self._beating: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Sign on, and give signs of life from now on."""
        now = time.time()
        row = {
            "executor": self._executor, "host": socket.gethostname(), "pid": os.getpid(), "started": now, "seen": now,
            "ended": None,
        }  # fmt: skip

        def work(connection: sa.Connection) -> None:
            connection.execute(insert_once(self._store.durable, tables.workers, row))
            connection.execute(sa.update(tables.workers).where(_w.executor == self._executor).values(**row))

        await self._store.write(work)
        self._beating = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """Sign off; the worker ended in good order."""
        if self._beating is None:
            return
        self._beating.cancel()
        await asyncio.gather(self._beating, return_exceptions=True)
        self._beating = None
        with contextlib.suppress(Exception):  # the database may be what ended the worker
            await self._say(ended=time.time())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY)
            try:
                await self._say()
            except Exception as failure:
                log.warning("a sign of life could not be given (%s)", type(failure).__name__)

    async def _say(self, **values: object) -> None:
        change = sa.update(tables.workers).where(_w.executor == self._executor).values(seen=time.time(), **values)
        await self._store.write(lambda connection: connection.execute(change), swift=True)
