"""Server-sent events: pages are told which topics have changed, and ask for those parts anew.

Nothing of what has changed travels here, so that a slow reader misses nothing: whatever happened meanwhile is one set
of topics, told when it can be. The world is looked at once a second, and only while somebody listens.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from starlette.responses import PlainTextResponse, Response, StreamingResponse

log = logging.getLogger("wetread.web")
Look = Callable[[], Awaitable[Mapping[str, str]]]
"""Topic → something that differs whenever the topic has changed."""
_BEAT, _MOST = 15.0, 200


class Listener:
    """One page that listens: what it has not been told yet, as a set, so that it can never grow."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._some = asyncio.Event()

    def tell(self, topics: set[str]) -> None:
        """Something has changed."""
        self._topics |= topics
        self._some.set()

    async def next(self, patience: float) -> list[str]:
        """What has changed since this was last asked; empty after `patience` seconds of nothing."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._some.wait()
        self._some.clear()
        topics, self._topics = sorted(self._topics), set()
        return topics


class Live:
    """Watches the world for everybody who listens."""

    def __init__(self, look: Look, *, every: float = 1.0, beat: float = _BEAT, most: int = _MOST) -> None:
        self._look, self._every, self._beat, self._most = look, every, beat, most
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._seen: dict[str, str] = {}
        self._closed = False

    def close(self) -> None:
        """Send everybody away; streams end, so that a server can stop."""
        self._closed = True
        for listener in self._listeners:
            listener.tell(set())

    def stream(self, still: Callable[[], bool]) -> Response:
        """Events for one page, as long as `still` says that it may listen."""
        if len(self._listeners) >= self._most or self._closed:
            return PlainTextResponse("Too many pages listen already.", 503, {"retry-after": "30"})
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._events(still), media_type="text/event-stream", headers=headers)

    async def _events(self, still: Callable[[], bool]) -> AsyncIterator[str]:
        listener = Listener()
        self._listeners.add(listener)
        if self._task is None or self._task.done():
            self._seen = {}
            self._task = asyncio.create_task(self._watch())
        # Whoever comes may have missed something since the page was made, or while the line was cut: told all once.
        listener.tell(set(self._seen))
        try:
            yield "retry: 3000\n\n"
            while not self._closed:
                topics = await listener.next(self._beat)
                if not still():
                    yield "event: gone\ndata: {}\n\n"
                    return
                changed = f"event: changed\ndata: {json.dumps(topics)}\n\n"
                yield changed if topics else "event: still\ndata: still here\n\n"
        finally:
            self._listeners.discard(listener)

    async def _watch(self) -> None:
        while self._listeners and not self._closed:
            try:
                now = dict(await self._look())
            except Exception as failure:
                log.warning("what has changed cannot be seen (%s)", type(failure).__name__)
            else:
                self._compare(now)
            await asyncio.sleep(self._every)

    def _compare(self, now: dict[str, str]) -> None:
        changed = {topic for topic in now if self._seen.get(topic) != now[topic]}
        self._seen = now
        if changed:
            for listener in tuple(self._listeners):
                listener.tell(changed)
