"""Random trouble with a seed: slowness, dropped connections, renamed ids, pop-ups nobody asked for."""

from __future__ import annotations

import asyncio
import random

from starlette.types import ASGIApp, Receive, Scope, Send

SLOW, DROP_BEFORE, DROP_AFTER, NOTICE = 0.25, 0.02, 0.02, 0.08
"""Chances: a request is slow, dropped undone, dropped *after* it was done; a page brings a pop-up."""
NOTICES = (
    "Scheduled maintenance tonight from 02:00 to 02:20.",
    "Please remember to wash your hands.",
    "Printer 4B is out of paper.",
)


class Trouble:
    """The dice. Without a seed nothing ever happens, but ids still differ from page to page."""

    def __init__(self, seed: int | None) -> None:
        self.active = seed is not None
        self._dice = random.Random(f"chaos-{seed}")  # noqa: S311 - trouble is repeated by its seed
        self._first_id = 11

    def id_base(self) -> int:
        """Where the element ids of the next page begin."""
        self._first_id += self._dice.randint(7, 90)
        return self._first_id

    def id_prefix(self) -> str:
        """What element ids begin with; renamed at random in trouble."""
        return f"x{self._dice.getrandbits(24):06x}-" if self.active else "ui-id-"

    def notice(self) -> str | None:
        """Text of a pop-up for this page, mostly none."""
        return self._dice.choice(NOTICES) if self._happens(NOTICE) else None

    def delay(self, span_ms: tuple[int, int]) -> float:
        """Seconds until late content arrives."""
        return self._dice.uniform(*span_ms) / 1000

    def _happens(self, chance: float) -> bool:
        return self.active and self._dice.random() < chance

    def plan(self) -> tuple[float, str]:
        """Extra seconds for a request, and whether its connection drops: ``before``, ``after`` or not (empty)."""
        seconds = self._dice.uniform(0.2, 1.2) if self._happens(SLOW) else 0.0
        if self._happens(DROP_BEFORE):
            return seconds, "before"
        return seconds, "after" if self._happens(DROP_AFTER) else ""


class Unreliable:
    """Lets ``Trouble`` loose on an application. Must be outermost: it cuts the server's own transport."""

    def __init__(self, app: ASGIApp, trouble: Trouble) -> None:
        self._app = app
        self._trouble = trouble

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, late or never."""
        if scope["type"] != "http" or not self._trouble.active or scope["path"].startswith("/static/"):
            await self._app(scope, receive, send)
            return
        seconds, drop = self._trouble.plan()
        if seconds:
            await asyncio.sleep(seconds)
        if drop != "before":
            await self._app(scope, receive, swallow if drop else send)
        if drop:
            await cut(send)


async def swallow(message: object) -> None:
    """A send that goes nowhere: the work was done, the answer is lost."""


async def cut(send: Send) -> None:
    """Close the TCP connection without an answer."""
    # ASGI has no word for this; uvicorn's send is a bound method of the object that holds the transport.
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("chaos needs uvicorn's own connection to cut; something stands before the middleware")
    transport.abort()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
