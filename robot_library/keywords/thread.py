"""A thread of an item's own: libraries keep connections and documents that only the thread that made them may use."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from robot_library.errors import Timeout

Work = Callable[[], Any]


class OwnThread:
    """Runs work one after the other, in one thread, started when first needed. A daemon: a call that hangs does not
    keep the process from ending."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[tuple[Work, Future[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stuck = False

    async def run(self, work: Work, within: float, *, quiet: bool = False) -> Any:
        """The work's value. Timeout after `within` seconds: what the thread does then is not known, and it does
        nothing any more afterwards. A cancelled caller waits for the work's end, so that nobody works beside it."""
        if self._stuck:
            if quiet:
                return None
            raise Timeout("a keyword that took too long still holds this item's libraries.")
        done: Future[Any] = Future()
        self._begin()
        self._work.put((work, done))
        waiting = asyncio.wrap_future(done)
        try:
            return await asyncio.wait_for(asyncio.shield(waiting), within)
        except TimeoutError:
            self._stuck = True
            if quiet:
                return None
            raise Timeout(f"a keyword did not end within {within:g} s.", cure="Give it more time: `within`.") from None
        except asyncio.CancelledError:
            await self._settle(waiting, within)
            raise

    async def _settle(self, waiting: asyncio.Future[Any], within: float) -> None:
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await asyncio.wait({waiting}, timeout=within)
        self._stuck = not waiting.done()
        if waiting.done() and not waiting.cancelled():
            waiting.exception()  # asked for, so that nobody is told of it later

    def end(self) -> None:
        """No more work."""
        if self._thread is not None:
            self._work.put(None)

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="wetread-keywords", daemon=True)
            self._thread.start()

    def _loop(self) -> None:
        while (item := self._work.get()) is not None:
            work, done = item
            try:
                done.set_result(work())
            except BaseException as failure:
                done.set_exception(failure)
