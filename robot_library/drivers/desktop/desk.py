"""One display with all that is needed to see it and to work on it. Used by one thread."""

from __future__ import annotations

import sys
from functools import cached_property

from robot_library.drivers.desktop.accessibility import Accessibility
from robot_library.drivers.desktop.capture import Capture
from robot_library.drivers.desktop.clipboard import Clipboard
from robot_library.drivers.desktop.display import Display
from robot_library.drivers.desktop.hand import Hand
from robot_library.drivers.desktop.keys import Keys
from robot_library.drivers.desktop.remote import Pace
from robot_library.drivers.desktop.telling import Telling
from robot_library.drivers.desktop.ui_automation import UiAutomation
from robot_library.drivers.desktop.watch import Watch
from robot_library.drivers.desktop.windows import Windows


class Desk:
    """Opens each connection when it is first needed; `remote`: what is shown comes from another machine, as pixels.
    `watch`: sees the person whose display it is."""

    def __init__(self, display: Display, *, remote: bool = False, watch: Watch | None = None) -> None:
        self.display, self.remote, self.watch = display, remote, watch
        self.windows = Windows(display)
        self.pace = Pace()

    @cached_property
    def capture(self) -> Capture:
        """Pictures."""
        return Capture(self.display, hides=lambda: self.watch.sign.covers if self.watch is not None else None)

    @cached_property
    def hand(self) -> Hand:
        """Pointer and hot-keys."""
        return Hand(self.display, self.windows, self.watch)

    @cached_property
    def keys(self) -> Keys:
        """Characters."""
        return Keys(self.windows, private=self.display.private, watch=self.watch)

    @cached_property
    def clipboard(self) -> Clipboard:
        """Pasting and copying."""
        return Clipboard(self.display, self.windows)

    @cached_property
    def accessibility(self) -> Telling:
        """What programs tell of themselves."""
        return UiAutomation() if sys.platform == "win32" else Accessibility(self.display)

    def close(self) -> None:
        """Leave the display; it stays."""
        for name in ("capture", "clipboard", "accessibility"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()
        self.windows.close()
