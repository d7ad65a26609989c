"""Pictures of a display, and waiting until what it shows holds still."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from robot_library.drivers.desktop.display import Display, reached
from robot_library.errors import DriverLost, ScreenNotReached, SetupError

Grey = npt.NDArray[np.uint8]
_POLL_S = 0.02


class Box(NamedTuple):
    """A rectangle of the screen, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        """Its middle."""
        return self.x + self.width // 2, self.y + self.height // 2


class Capture:
    """A connection to one display for pictures. Used by one thread at a time. `hides`: where our own sign lies,
    which is painted out: nothing is found on it."""

    def __init__(self, display: Display, *, hides: Callable[[], Box | None] = lambda: None) -> None:
        self._hides = hides
        try:
            import mss
        except ImportError:
            raise SetupError("The desktop extra is not installed.", cure="pip install 'wetread[desktop]'") from None
        self._failure = mss.ScreenShotError
        try:
            with reached(display):
                self._mss: Any = mss.MSS(display=display.name) if hasattr(mss, "MSS") else mss.mss(display=display.name)
        except mss.ScreenShotError:
            raise SetupError(f"No picture of the display {display.name} can be taken.") from None
        whole = self._mss.monitors[0]
        self.whole = Box(whole["left"], whole["top"], whole["width"], whole["height"])
        self._room: npt.NDArray[np.uint8] | None = None
        """The last picture that nobody has: its memory is for the next one. Memory that was given back to the system
        comes in anew page by page, which takes four times as long as the picture itself."""

    def close(self) -> None:
        """Leave the display."""
        self._room = None
        self._mss.close()

    def bgra(self, box: Box | None = None) -> npt.NDArray[np.uint8]:
        """Pixels (rows, columns, blue green red and one more) of a part of the screen, or of all of it."""
        box = self._inside(box or self.whole)
        self._room = None
        try:
            shot = self._mss.grab({"left": box.x, "top": box.y, "width": box.width, "height": box.height})
        except self._failure:
            raise DriverLost("The display is gone.", cure="The part starts anew.") from None
        pixels = np.frombuffer(shot.raw, np.uint8).reshape(box.height, box.width, 4)
        return pixels if (sign := self._hides()) is None else _without(pixels, box, sign)

    def grey(self, box: Box | None = None) -> Grey:
        """Grey values (rows, columns), 0 black to 255 white."""
        import cv2

        self._room = self.bgra(box)
        return np.asarray(cv2.cvtColor(self._room, cv2.COLOR_BGRA2GRAY), np.uint8)

    def still(self, box: Box | None, seconds: float, stop: Callable[[], None], quiet_s: float = 0.15) -> Grey:
        """The part once it has not changed for `quiet_s`. ScreenNotReached if it keeps moving."""
        end, since = time.monotonic() + seconds, time.monotonic()
        last = self.grey(box)
        while time.monotonic() - since < quiet_s:
            stop()
            time.sleep(_POLL_S)
            now = self.grey(box)
            if not np.array_equal(now, last):
                last, since = now, time.monotonic()
            if time.monotonic() > end:
                raise ScreenNotReached("The screen does not come to rest.", cure="Something keeps moving on it.")
        return last

    def _inside(self, box: Box) -> Box:
        left, top = max(box.x, self.whole.x), max(box.y, self.whole.y)
        right = min(box.x + box.width, self.whole.x + self.whole.width)
        bottom = min(box.y + box.height, self.whole.y + self.whole.height)
        if right <= left or bottom <= top:
            raise ScreenNotReached("What is looked for lies outside the screen.")
        return Box(left, top, right - left, bottom - top)


def _without(pixels: npt.NDArray[np.uint8], box: Box, sign: Box) -> npt.NDArray[np.uint8]:
    """A picture of `box` with the sign painted out."""
    painted = pixels.copy()
    left, top = max(0, sign.x - box.x), max(0, sign.y - box.y)
    right, bottom = max(0, sign.x + sign.width - box.x), max(0, sign.y + sign.height - box.y)
    painted[top:bottom, left:right] = 0
    return painted
