"""Word that a go has ended. In this process it comes at once; for goes that another process ran, or that were
given up, one look every few seconds asks for all that are waited for together."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

log = logging.getLogger("wetread.engine")
LOOK_EVERY = 2.0
Look = Callable[[list[str]], Awaitable[set[str]]]


@dataclass
class Word:
    """What is heard of one go."""

    heard: asyncio.Event = field(default_factory=asyncio.Event)
    dead: bool = False


class Words:
    """The goes that are waited for. `ended` and `dead` say which of some goes have ended, or were given up."""

    def __init__(self, ended: Look, dead: Look) -> None:
        self._look_ended, self._look_dead = ended, dead
        self._awaited: dict[str, Word] = {}
        self._watcher: asyncio.Task[None] | None = None

    def expect(self, go: str) -> Word:
        """Wait for word of a go from now on."""
        if self._watcher is None or self._watcher.done():
            # Outside the case that asks first: what the watcher does is no step of that case.
            self._watcher = asyncio.create_task(self._watch(), context=contextvars.Context())
        return self._awaited.setdefault(go, Word())

    def forget(self, go: str) -> None:
        """Wait for it no more."""
        self._awaited.pop(go, None)

    def tell(self, go: str) -> None:
        """It has ended."""
        if (word := self._awaited.get(go)) is not None:
            word.heard.set()

    async def stop(self) -> None:
        """Look no more."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
            self._watcher = None

    async def _watch(self) -> None:
        while self._awaited:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self._look()
            except Exception as failure:
                log.warning("looking for ended goes failed (%s)", type(failure).__name__)

    async def _look(self) -> None:
        quiet = [go for go, word in self._awaited.items() if not word.heard.is_set()]
        if not quiet:
            return
        ended = await self._look_ended(quiet)
        dead = await self._look_dead([go for go in quiet if go not in ended])
        for go in ended | dead:
            if (word := self._awaited.get(go)) is not None:
                word.dead = go in dead
                word.heard.set()
