"""The person before a browser that shows its windows: their stop key, and their hand in a window of the bot's.

The bot's own clicks and keys never pass over the display, so that people can go on using their machine: only what is
pressed or typed in the bot's own windows counts as a hand.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from robot_library.abilities import AtScreenSaid
from robot_library.errors import HandsOff, SetupError
from robot_library.model.at_screen import AtScreen

if TYPE_CHECKING:
    from robot_library.drivers.desktop.own_windows import OwnWindows
    from robot_library.drivers.desktop.watch import Watch
    from robot_library.drivers.desktop.windows_keys import HotKeys

log = logging.getLogger("wetread.browser")


class BrowserWatch:
    """Over the display that a browser shows its windows on; does nothing where that cannot be watched. On Windows: the
    keys only."""

    def __init__(self, rules: AtScreen, said: Callable[[AtScreenSaid], None]) -> None:
        self._said, self._stopped = said, False
        self._windows: OwnWindows | None = None
        self._watch: Watch | None = None
        self._keys: HotKeys | None = None
        if sys.platform == "win32":
            from robot_library.drivers.desktop.windows_keys import HotKeys

            self._keys = HotKeys(rules, self._pressed)
            return
        from robot_library.drivers.desktop.display import own_display
        from robot_library.drivers.desktop.own_windows import OwnWindows
        from robot_library.drivers.desktop.watch import watch_over

        try:
            display = own_display()
            self._windows = OwnWindows(display)
        except SetupError as lacking:
            log.warning("there is no stop key for the bots' browser here: %s", lacking.message)
            return
        self._watch = watch_over(display, rules, said, self._windows)

    def begin(self, who: object) -> None:
        """A session of this browser is at work."""
        if self._watch is not None:
            self._watch.begin(who)

    def rest(self, who: object) -> None:
        """It is not, for the time being."""
        if self._watch is not None:
            self._watch.rest(who)

    def check(self) -> None:
        """HandsOff if a person has pressed or typed in one of its windows, or the stop key."""
        if self._watch is not None:
            self._watch.check()
        if self._stopped:
            raise HandsOff("the stop key was pressed")

    def close(self) -> None:
        """Look no more."""
        for part in (self._watch, self._windows, self._keys):
            if part is not None:
                part.close()

    def _pressed(self, said: AtScreenSaid) -> None:
        self._stopped = said == "stop"
        self._said(said)
