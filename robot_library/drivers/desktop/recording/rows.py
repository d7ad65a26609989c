"""Presses in a row of a grid: one selects it, two open it. Which it was is known half a second later."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from robot_library.drivers.desktop.recording.held import Stroke
from robot_library.drivers.desktop.recording.press import Spotted
from robot_library.drivers.desktop.recording.sight import Seen
from robot_library.model.heard import Heard, Press

_DOUBLE_MS = 500
_NEAR = 5
"""Pixels between the two presses."""


class Rows:
    """Holds back what it has to tell until it is known whether a second press comes."""

    def __init__(self, hear: Callable[[Heard], None]) -> None:
        self._hear = hear
        self._waiting: tuple[Press, Stroke, int, float] | None = None

    def first(self, found: Spotted, seen: Seen, stroke: Stroke, window: int) -> None:
        """A press in a row that may be the first of two. `window`: the one that got it."""
        own = next((text for header, text in found.cells if header == found.own), "")
        press = Press(seen.sight, own, "cell", (), found.cells, found.own, found.rows)
        self._waiting = press, stroke, window, time.monotonic()

    def second(self, stroke: Stroke, window: int) -> bool:
        """Whether this press is the second of two, and in the same window: another one, which the first has brought,
        may have a button there. What waited is told."""
        if self._waiting is None:
            return False
        press, first, where, _ = self._waiting
        near = max(abs(stroke.at[0] - first.at[0]), abs(stroke.at[1] - first.at[1])) < _NEAR
        double = stroke.kind == "left" and near and window == where and stroke.time - first.time < _DOUBLE_MS
        self._waiting = None
        self._hear(replace(press, double=double))
        return double

    def over(self) -> bool:
        """Whether nothing waits, or nothing any more: then the screens may be looked at again."""
        if self._waiting is not None and time.monotonic() < self._waiting[3] + _DOUBLE_MS / 1000:
            return False
        self.settle()
        return True

    def settle(self) -> None:
        """No second press came."""
        if self._waiting is not None:
            press, self._waiting = self._waiting[0], None
            self._hear(press)
