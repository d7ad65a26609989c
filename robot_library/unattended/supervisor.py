"""Keeps worker processes alive: starts them, starts those that die again, says when one dies again and again.

A worker is stopped by closing its input: that works alike on Linux and Windows, and also when the office itself is
killed. Only a worker that does not end by itself is ended by force.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

log = logging.getLogger("wetread.office")
LACKS_SOMETHING = 3
"""The exit code that says: this machine lacks something. Starting again at once would not help."""
Standing = Literal["starting", "running", "resting", "failing", "stopped"]


@dataclass(frozen=True)
class Patience:
    """How deaths are met, in seconds."""

    first: float = 1.0
    """Rest after a first death; doubled for each further one, up to `longest`."""
    longest: float = 60.0
    settled: float = 20.0
    """Whoever has been at work for so long lacked nothing: its machine has lost something, a server for instance."""
    window: float = 600.0
    """Deaths longer ago are forgotten."""
    too_often: int = 5
    """So many deaths in the window are reported as a failing worker."""
    to_stop: float = 90.0
    """So long may a worker take to finish its step when it is asked to stop."""


@dataclass
class Worker:
    """One worker process and how it stands."""

    name: str
    standing: Standing = "starting"
    pid: int | None = None
    since: float = field(default_factory=time.time)
    deaths: int = 0
    """All its deaths since the office began."""
    code: int | None = None
    """What it ended with last."""

    def state(self) -> dict[str, object]:
        """As data, for pages and programs."""
        return {
            "worker": self.name, "state": self.standing, "pid": self.pid, "since": round(self.since, 3),
            "deaths": self.deaths, "last_exit": self.code,
        }  # fmt: skip


Change = Callable[[Worker], None]


class Supervisor:
    """Runs `command(name)` for each worker name until stopped."""

    def __init__(
        self,
        names: Sequence[str],
        command: Callable[[str], Sequence[str]],
        *,
        environment: Mapping[str, str] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.workers = [Worker(name) for name in names]
        self._command, self._environment = command, environment
        self._patience = patience or Patience()
        self._listeners: list[Change] = []
        self._stopping, self._at_once = asyncio.Event(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def listen(self, listener: Change) -> None:
        """Hear of every change of standing."""
        self._listeners.append(listener)

    def end_now(self) -> None:
        """Stop, and give nobody time to finish."""
        self._stopping.set()
        self._at_once.set()

    def start(self) -> None:
        """Start every worker. Inside the running loop."""
        self._tasks = [asyncio.create_task(self._keep(worker)) for worker in self.workers]

    async def stop(self) -> None:
        """Ask every worker to stop, and wait until all have."""
        self._stopping.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, worker: Worker) -> None:
        lately: deque[float] = deque()
        while not self._stopping.is_set():
            await self._live(worker)
            if self._stopping.is_set():
                break
            rest = self._died(worker, lately)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), rest)
        self._stand(worker, "stopped")

    def _died(self, worker: Worker, lately: deque[float]) -> float:
        """Note a death; returns how long to rest before the next start."""
        now, patience = time.monotonic(), self._patience
        lacks = worker.code == LACKS_SOMETHING and time.time() - worker.since < patience.settled
        worker.deaths += 1
        lately.append(now)
        while lately and now - lately[0] > patience.window:
            lately.popleft()
        if lacks or len(lately) >= patience.too_often:
            log.error("%s has ended %d times lately, last with %s", worker.name, len(lately), worker.code)
            self._stand(worker, "failing")
            return patience.longest
        log.warning("%s has ended with %s and is started again", worker.name, worker.code)
        self._stand(worker, "resting")
        return min(patience.longest, patience.first * float(2 ** (len(lately) - 1)))

    async def _live(self, worker: Worker) -> None:
        """One life of a worker, from its start to its end."""
        worker.code, worker.since = None, time.time()
        try:
            process = await self._started(worker.name)
        except OSError as failure:
            log.error("%s cannot be started (%s)", worker.name, type(failure).__name__)
            worker.code = LACKS_SOMETHING
            return
        worker.pid = process.pid
        self._stand(worker, "running")
        try:
            await self._until_end_or_stop(process)
        finally:
            if process.returncode is None:
                await self._end(process)
            worker.code, worker.pid = process.returncode, None

    async def _started(self, name: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._command(name), stdin=subprocess.PIPE, stdout=sys.stderr.fileno(), stderr=None,
            env=dict(self._environment) if self._environment is not None else None, **_apart(),
        )  # fmt: skip

    async def _until_end_or_stop(self, process: asyncio.subprocess.Process) -> None:
        ended = asyncio.create_task(process.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((ended, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (ended, stopping):
                task.cancel()
            await asyncio.gather(ended, stopping, return_exceptions=True)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """By closing its input; by force if that does not help, or nobody wants to wait."""
        assert process.stdin is not None
        process.stdin.close()
        ended, at_once = asyncio.create_task(process.wait()), asyncio.create_task(self._at_once.wait())
        await asyncio.wait((ended, at_once), timeout=self._patience.to_stop, return_when=asyncio.FIRST_COMPLETED)
        at_once.cancel()
        if not ended.done():
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await ended

    def _stand(self, worker: Worker, standing: Standing) -> None:
        worker.standing, worker.since = standing, time.time()
        for listener in self._listeners:
            listener(worker)


def _apart() -> dict[str, Any]:
    """A group of its own: Ctrl-C in the terminal is the office's to hear, not the worker's."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
