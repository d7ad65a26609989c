"""Whether this machine's clock goes as time passes. One that was set, or that a wakened machine had wrong for a while,
is not believed at once in what cannot be taken back: deleting, and ending what waits for a person."""

from __future__ import annotations

import time
from collections.abc import Callable

from robot_library.engine.fleet.lease import clock

JUMP = 60.0
"""Seconds that a clock may be off, from one look to the next, before it has jumped."""
Seconds = Callable[[], float]


class Steady:
    """Asked again and again. `passed` counts seconds that nobody can set; sleeping is no jump."""

    def __init__(self, wall: Seconds = time.time, passed: Seconds = clock) -> None:
        self._wall, self._passed = wall, passed
        self._off, self._since = wall() - passed(), passed()
        self.jumped = False
        """Whether it has, ever."""

    def seconds(self) -> float:
        """For how long it has gone evenly, as far as anybody has looked."""
        now, off = self._passed(), self._wall() - self._passed()
        if abs(off - self._off) > JUMP:
            self._since, self.jumped = now, True
        self._off = off
        return now - self._since

    def believed(self, after: float) -> bool:
        """Whether it has never jumped, or long enough ago."""
        return self.seconds() >= after or not self.jumped
