"""Word that something has happened to an item: its go has ended, its person has answered, it was taken away.

In this process it comes at once. What other processes did is seen in the items' table: one small question twice a
second for all that are waited for, however many. A word is only a nudge: whoever hears it looks for himself.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger("wetread.engine")
LOOK_EVERY = 0.5
_DEAD_EVERY, _DEAD_OVERLAP = 2.0, 86_400.0
"""What was given up is heard of though this host's clock is ahead of the database's, or was: nobody else tells it."""
_OVERLAP = 60.0
"""Seconds that a change may be seen late: clocks of hosts differ, and a transaction may wait before it is on disk."""
BY_ITSELF = 300.0
"""So long at most does anybody wait before he looks without having heard anything."""
Changed = Callable[[float], Awaitable[list[tuple[str, float]]]]
GivenUp = Callable[[float], Awaitable[set[str]]]


class Ear:
    """Hears of one item."""

    def __init__(self) -> None:
        self._heard = asyncio.Event()

    def nudge(self) -> None:
        """Something has happened."""
        self._heard.set()

    def ready(self) -> None:
        """Before looking: what happens from now on is heard."""
        self._heard.clear()

    async def wait(self, seconds: float = BY_ITSELF) -> None:
        """Return when something has happened since `ready`, or after so many seconds."""
        try:
            async with asyncio.timeout(min(seconds, BY_ITSELF)):
                await self._heard.wait()
        except TimeoutError:
            return


class Words:
    """`changed` tells which items have changed since a moment, and when; `given_up` which goes were given up since."""

    def __init__(self, changed: Changed, given_up: GivenUp) -> None:
        self._look_changed, self._look_given_up = changed, given_up
        self._ears: dict[str, set[Ear]] = {}
        self._seen: dict[str, float] = {}
        self._dead: set[str] = set()
        self._looked = 0.0
        self._looked_for_dead = 0.0
        self._watcher: asyncio.Task[None] | None = None

    @contextmanager
    def about(self, item: str) -> Iterator[Ear]:
        """Hear of this item meanwhile."""
        if self._watcher is None or self._watcher.done():
            self._looked = time.time()
            # Outside the case that asks first: what the watcher does is no step of that case.
            self._watcher = asyncio.create_task(self._watch(), context=contextvars.Context())
        ear = Ear()
        self._ears.setdefault(item, set()).add(ear)
        try:
            yield ear
        finally:
            ears = self._ears[item]
            ears.discard(ear)
            if not ears:
                del self._ears[item]

    def tell(self, item: str) -> bool:
        """Something has happened to it; False if nobody here waits for it."""
        ears = self._ears.get(item, ())
        for ear in ears:
            ear.nudge()
        return bool(ears)

    def is_dead(self, go: str) -> bool:
        """Whether this go took the process down too often, or broke, and was given up."""
        return go in self._dead

    async def stop(self) -> None:
        """Look no more."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
            self._watcher = None

    async def _watch(self) -> None:
        while self._ears:
            try:
                await self._look()
            except Exception as failure:
                log.warning("looking for what has happened to items failed (%s)", type(failure).__name__)
            await asyncio.sleep(LOOK_EVERY)

    async def _look(self) -> None:
        since, self._looked = self._looked - _OVERLAP, time.time()
        changed = dict(await self._look_changed(since))
        for item, moment in changed.items():
            if item in self._ears and self._seen.get(item) != moment:
                self.tell(item)
        self._seen = changed
        now = time.time()
        if not 0 <= now - self._looked_for_dead <= _DEAD_EVERY:
            since, self._looked_for_dead = min(now, self._looked_for_dead) - _DEAD_OVERLAP, now
            fresh = await self._look_given_up(since) - self._dead
            self._dead |= fresh
            for go in fresh:
                self.tell(go.partition(".")[0])
