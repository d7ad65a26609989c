"""The one wait engine: look again until it is so, or patience is over."""

from __future__ import annotations

import asyncio

FIRST_PAUSE, LONGEST_PAUSE = 0.015, 0.05
"""Seconds between two looks; short at first, because most screens are nearly there."""


class Patience:
    """A deadline on the running loop's clock."""

    def __init__(self, seconds: float) -> None:
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        self._end = self._began + seconds
        self._pause = FIRST_PAUSE

    @property
    def spent(self) -> float:
        """Seconds since the beginning."""
        return self._clock() - self._began

    @property
    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - self._clock())

    @property
    def over(self) -> bool:
        """No time is left."""
        return self._clock() >= self._end

    def milliseconds(self, at_most: float = float("inf")) -> float:
        """What is left as a Playwright timeout (never 0, which means for ever there)."""
        return max(1.0, min(self.left, at_most) * 1000)

    async def pause(self) -> None:
        """Give the page a moment before the next look."""
        await asyncio.sleep(min(self._pause, self.left))
        self._pause = min(self._pause * 1.4, LONGEST_PAUSE)
