"""The workers on one database: each is known by its executor id, watches its lease, and takes over from the lost."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from robot_library.engine.database.store import Store
from robot_library.engine.fleet.lease import Lease, clock
from robot_library.engine.fleet.workers import Workers
from robot_library.errors import SetupError

log = logging.getLogger("wetread.engine")
LOOK_EVERY = 1.0
_WATCH_EVERY = 0.25


def machine(home: Path) -> str:
    """What tells state folders apart, and with them the lock files that processes of one machine share."""
    path = home / "machine.id"
    with contextlib.suppress(FileExistsError):
        fresh = home / f"machine.{os.getpid()}"
        fresh.write_text(secrets.token_hex(8), encoding="utf-8")
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text(encoding="utf-8").strip()


class Fleet:
    """One worker's view of the others. `hand_out` gives a lost worker's unfinished work back to the queues and says
    how much it was; `begun` names all workers that have such work, however long ago; `lost` is called once, when this
    worker's own lease is gone."""

    def __init__(
        self, store: Store, lease: Lease, executor: str, *, hand_out: Callable[[str], int],
        begun: Callable[[], set[str]], lost: Callable[[], None],
    ) -> None:  # fmt: skip
        self._lease, self._executor = lease, executor
        self._hand_out, self._begun, self._lost = hand_out, begun, lost
        self._workers = Workers(store)
        self._free_since: dict[str, float] = {}
        self._looked = clock()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to look."""
        self._tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._look_on())]

    async def stop(self) -> None:
        """Look no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _watch(self) -> None:
        """By the clock alone: whatever else hangs, this does not."""
        while self._lease.held():  # noqa: ASYNC110 - what ends it is time
            await asyncio.sleep(_WATCH_EVERY)
        log.error("worker %s has lost its lease; it lays down what it does", self._executor)
        self._lost()

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.look()
            except (sa.exc.SQLAlchemyError, SetupError) as failure:
                log.warning("looking for lost workers failed (%s)", type(failure).__name__)

    async def look(self) -> None:
        """Take over from those whose lease has been free for long enough."""
        others = await self._others()
        free = await asyncio.to_thread(self._lease.free, others) if others else set()
        now, before = clock(), self._looked
        if now - before > 3 * LOOK_EVERY:
            self._free_since.clear()  # what has been free without a break is not known
        self._looked = now
        self._free_since = {name: self._free_since.get(name, now) for name in free}
        for name, since in self._free_since.items():
            if now - since >= self._lease.grace:
                await asyncio.to_thread(self._take_over, name)

    async def _others(self) -> set[str]:
        """Of the last days, and those before that have left something: a site may have stood still for weeks."""
        lately = {worker.name for worker in await self._workers.all()}
        return (lately | await asyncio.to_thread(self._begun)) - {self._executor}

    def _take_over(self, executor: str) -> None:
        with self._lease.instead_of(executor) as alone:
            if alone and (taken := self._hand_out(executor)):
                log.warning("worker %s is gone; its %d unfinished goes and cases go on elsewhere", executor, taken)
