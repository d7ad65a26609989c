"""Whether this worker goes on: what is at work in it, how it leaves off, and what has made going on impossible."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Literal, NoReturn

from robot_library.engine.database.failures import FULL
from robot_library.engine.fleet.lease import Lease
from robot_library.errors import RunCancelled, SetupError, WetreadError

LOOK_AGAIN = 1.0
_AGAIN = "Nothing is lost. It may be started again when the server can be reached."


class Going:
    """Of one engine; `lease` is what it must hold."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._at_work = 0
        self._leaving: Literal["", "step", "item", "now"] = ""
        self._changed = asyncio.Event()
        self.tasks: set[asyncio.Task[Any]] = set()
        """What DBOS has begun here and that has not ended."""
        self.failure: WetreadError | None = None
        """What has made going on impossible on this machine."""

    def begin(self) -> None:
        """It goes on from here."""
        self._leaving = ""

    def end(self) -> None:
        """From now on nothing begins: DBOS may still take cases off its queues, and they stay for whoever comes."""
        self._leaving = "now"

    async def leave_off(self, *, finish_items: bool, seconds: float) -> None:
        """Begin nothing more, and let what is at work come to its next step boundary, or to its end with
        `finish_items`; at most so many seconds."""
        self._leaving = "item" if finish_items else "step"
        until = time.monotonic() + seconds
        while self._at_work and time.monotonic() < until:
            await self.news()

    # ---- what is at work ----

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """A go is at work. While this worker leaves off none begins: it stays queued for whoever comes."""
        if self._leaving:
            raise asyncio.CancelledError
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1
            self.tell()

    def tracked(self, body: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """The same, cut short when nothing may go on here."""

        async def run(*values: Any) -> Any:
            task = asyncio.current_task()
            assert task is not None
            if self._leaving == "now" or not self._lease.held():
                raise asyncio.CancelledError
            self.tasks.add(task)
            try:
                return await body(*values)
            except RunCancelled:
                raise asyncio.CancelledError from None
            finally:
                self.tasks.discard(task)
                self.tell()

        return run

    def cut_short(self) -> list[asyncio.Task[Any]]:
        """Cancel what is at work; it."""
        tasks = [task for task in self.tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        return tasks

    # ---- whether it may go on ----

    def check(self) -> None:
        """RunCancelled where the lease is gone, or this worker stops: what failed may have failed because of that."""
        if self._leaving == "now" or not self._lease.held():
            raise RunCancelled

    def check_step(self) -> None:
        """The same at a step boundary: also where it leaves off there."""
        self.check()
        if self._leaving == "step":
            raise RunCancelled

    # ---- what makes going on impossible ----

    def halt(self, failure: WetreadError) -> NoReturn:
        """Nothing can go on: the go at hand stays unfinished in the queue."""
        self.failure = failure
        self.tell()
        raise asyncio.CancelledError

    def lost(self) -> None:
        """Somebody else may take this worker's items over: it lays everything down, and has to be started anew."""
        self._lay_down("this worker has lost its lease on the database's server, and stopped what it was doing.")

    def server_gone(self) -> None:
        """The database's server does not come back."""
        self._lay_down("the database's server is gone; this worker stopped what it was doing.")

    def disk_full(self, what: str) -> None:
        """Nothing can be written down any more."""
        why = f"the disk that holds the engine's database {what}; this worker stopped what it was doing."
        do = "Make room" if what == FULL else "See what ails the disk"
        self._lay_down(why, f"Nothing is lost. {do}, and start it again.")

    def _lay_down(self, why: str, cure: str = _AGAIN) -> None:
        self.failure = self.failure or SetupError(why, cure=cure)
        self.cut_short()
        self.tell()

    async def until_halted(self) -> NoReturn:
        """Raise what makes going on impossible, as soon as there is such a thing."""
        while True:
            if self.failure is not None:
                raise self.failure
            await asyncio.sleep(LOOK_AGAIN)

    # ---- what is new ----

    def tell(self) -> None:
        """Something has ended."""
        self._changed.set()

    async def news(self) -> None:
        """Wait until something has ended since it was asked last, or for a second."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN):
                await self._changed.wait()
        self._changed.clear()
