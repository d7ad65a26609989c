"""Where items wait while their line is held: in this process, holding nothing, the most urgent first.

When a hold may be over, one item is let through; if it goes, two, four, and so on, so that a long queue does not run
against a closed door all at once.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from robot_library.errors import LineHeld

log = logging.getLogger("wetread.engine")
LOOK_EVERY = 0.5
Look = Callable[[str, LineHeld], Awaitable[LineHeld | None]]


@dataclass
class _Line:
    held: LineHeld
    waiting: list[tuple[int, int, asyncio.Future[None]]] = field(default_factory=list)
    batch: int = 1


class Turnstile:
    """`look` asks whether a hold still holds: the newer hold, or None if it may be over."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._lines: dict[str, _Line] = {}
        self._order = itertools.count()
        self._watcher: asyncio.Task[None] | None = None

    def held(self, line: str) -> LineHeld | None:
        """Why this line's items wait; None if they do not."""
        found = self._lines.get(line)
        return None if found is None else found.held

    def lines(self) -> list[tuple[str, LineHeld, int]]:
        """Every held line, why, and how many wait before it."""
        return [(line, one.held, len(one.waiting)) for line, one in self._lines.items()]

    def hold(self, line: str, held: LineHeld) -> None:
        """A go of this line was held: those that follow wait here first."""
        found = self._lines.setdefault(line, _Line(held))
        found.held, found.batch = held, 1
        if self._watcher is None or self._watcher.done():
            # Outside the case that asks first: what the watcher does is no step of that case.
            self._watcher = asyncio.create_task(self._watch(), context=contextvars.Context())

    async def turn(self, line: str, rank: int) -> None:
        """Return when it is this item's turn; at once where nothing is held."""
        found = self._lines.get(line)
        if found is None:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(found.waiting, (rank, next(self._order), future))
        await future

    async def stop(self) -> None:
        """Let nobody through any more."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
            self._watcher = None

    async def _watch(self) -> None:
        while self._lines:
            await asyncio.sleep(LOOK_EVERY)
            for line, one in list(self._lines.items()):
                try:
                    await self._try(line, one)
                except Exception as failure:
                    log.warning("looking whether %s is still held failed (%s)", line, type(failure).__name__)

    async def _try(self, line: str, one: _Line) -> None:
        if (still := await self._look(line, one.held)) is not None:
            one.held = still
            return
        let, one.batch = one.batch, one.batch * 2
        while let and one.waiting:
            _, _, future = heapq.heappop(one.waiting)
            if not future.done():
                future.set_result(None)
                let -= 1
        if not one.waiting and self._lines.get(line) is one:
            del self._lines[line]
