"""The demo hospital, whose network loses the answer to the first save of each order and to each first picture.

Usage as `python -m robot_library.hospital`. What was asked for is done; whoever asked never hears of it.
"""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from robot_library.hospital import server
from robot_library.hospital.__main__ import main
from robot_library.hospital.chaos import Trouble, Unreliable, cut, swallow

FINAL = re.compile(r"/api/results/[^/]+(/attachments)?")


class LosesAnswers(Unreliable):
    """Stands where the hospital's own chaos stands."""

    def __init__(self, app: ASGIApp, trouble: Trouble) -> None:
        super().__init__(app, trouble)
        self._inner = app
        self._lost: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Do what is asked; the first answer of each final request goes nowhere."""
        final = scope["type"] == "http" and scope["method"] == "POST" and FINAL.fullmatch(scope["path"])
        if not final or scope["path"] in self._lost:
            await super().__call__(scope, receive, send)
            return
        self._lost.add(scope["path"])
        await self._inner(scope, receive, swallow)
        await cut(send)


if __name__ == "__main__":
    server.Unreliable = LosesAnswers  # type: ignore[attr-defined]
    raise SystemExit(main())
