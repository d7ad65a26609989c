"""What is wrong in the office right now, each thing said once: for pages, programs and the log."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta

log = logging.getLogger("wetread.office")
_MOST = 200


@dataclass(frozen=True)
class Trouble:
    """Something that is wrong. `bot` is "" where it is the whole office's; `text` names no patient."""

    name: str
    bot: str
    text: str
    since: float
    until: float | None = None
    """When it is no longer said by itself; None as long as it holds."""


class Troubles:
    """Said when they begin, kept until they are over."""

    def __init__(self) -> None:
        self._now: dict[str, Trouble] = {}

    def say(self, name: str, bot: str, text: str, *, lasts: timedelta | None = None) -> None:
        """It holds. Saying the same again changes nothing but how long it lasts."""
        now, before = time.time(), self._now.get(name)
        if before is None or before.text != text:
            log.error("%s%s", f"bot {bot}: " if bot else "", text)
        until = now + lasts.total_seconds() if lasts else None
        same = before is not None and before.text == text
        self._now[name] = Trouble(name, bot, text, before.since if before and same else now, until)
        while len(self._now) > _MOST:
            self._now.pop(next(iter(self._now)))

    def over(self, name: str) -> None:
        """It no longer holds."""
        if self._now.pop(name, None) is not None:
            log.info("over: %s", name)

    def over_for(self, bot: str) -> None:
        """The bot no longer runs here, and so its triggers trouble nobody."""
        for name, one in [*self._now.items()]:
            if one.bot == bot and one.until is None:
                del self._now[name]

    def all(self) -> list[Trouble]:
        """What holds now, oldest first."""
        now = time.time()
        for name, one in [*self._now.items()]:
            if one.until is not None and one.until < now:
                del self._now[name]
        return sorted(self._now.values(), key=lambda one: one.since)
