"""Whether something was pressed or typed in a window of this process, or of one that it has started."""

from __future__ import annotations

import os

from robot_library.drivers.desktop.display import Display
from robot_library.drivers.desktop.windows import Windows, family_of

_KEY, _BUTTON = 2, 4


class OwnWindows:
    """Asked by one thread. Moves count for nothing: on their way people cross every window there is."""

    def __init__(self, display: Display) -> None:
        self._windows = Windows(display)
        self._family: set[int] = set()

    def __call__(self, kind: int, x: int, y: int) -> bool:
        """Of a key: whether such a window has the keys; of a button: whether one lies at this point of the screen."""
        if kind not in (_KEY, _BUTTON):
            return False
        number = self._windows.focused() if kind == _KEY else self._windows.at(x, y)
        pid = next((one.pid for one in self._windows.all() if one.id == number), 0)
        if pid and pid not in self._family:
            self._family = family_of(os.getpid())
        return pid in self._family

    def close(self) -> None:
        """Leave the display."""
        self._windows.close()
