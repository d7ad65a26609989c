"""The pointer and hot-keys, by pyautogui: one display at a time, its fail-safe corner on.

pyautogui belongs to the display it was imported under; it is led to ours before each move. Data is never typed with it:
it drops what it does not know in silence.
"""

from __future__ import annotations

import importlib
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

from robot_library.drivers.desktop.display import Display, reached
from robot_library.drivers.desktop.monitors import corners
from robot_library.drivers.desktop.watch import Watch, told
from robot_library.drivers.desktop.windows import Windows
from robot_library.errors import HandsOff, ScreenNotReached, SetupError

_ONE = threading.RLock()
_NEAR = 3
"""Pixels by which the pointer may stand off where we left it."""


class Hand:
    """Moves the pointer of one display. Raises HandsOff when a person has taken it."""

    def __init__(self, display: Display, windows: Windows, watch: Watch | None = None) -> None:
        self._display, self._windows, self._watch = display, windows, watch
        self._left_at: tuple[int, int] | None = None
        self.clicked = 0.0
        """When the last click was, by time.monotonic()."""
        self.gui: Any = _pyautogui(display)

    def move(self, x: int, y: int) -> None:
        """Only lead the pointer there."""
        self._do(lambda gui: gui.moveTo(x, y), (x, y))

    def click(self, x: int, y: int, *, times: int = 1, button: str = "left", over: int = 0) -> None:
        """Click at a point of the screen. `over`: the window that must lie there on top, looked at and clicked while
        nothing else on the display can move; ScreenNotReached, and nothing was clicked, if it does not."""

        def work(gui: Any) -> None:
            with self._windows.held():
                gui.moveTo(x, y)
                if over and self._windows.at(x, y) != over:
                    raise ScreenNotReached("Another window lies over it; nothing was pressed.")
                gui.click(x, y, clicks=times, interval=0.08, button=button)
                self.clicked = time.monotonic()

        self._do(work, (x, y))

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Press at one point, let go at another."""
        self._do(lambda gui: (gui.moveTo(*start), gui.dragTo(*end, duration=0.2, button="left")), end)

    def scroll(self, x: int, y: int, notches: int) -> None:
        """Turn the wheel over a point; up is positive."""
        self._do(lambda gui: (gui.moveTo(x, y), gui.scroll(notches)), (x, y))

    def hotkey(self, *keys: str) -> None:
        """Press keys together, as pyautogui names them: hotkey("ctrl", "o")."""
        unknown = [key for key in keys if key not in self.gui.KEYBOARD_KEYS]
        if unknown:
            raise SetupError(f"There is no key {unknown[0]!r}.", cure="Use names such as ctrl, alt, shift, enter, f5.")
        self._do(lambda gui: gui.hotkey(*keys, interval=0.0), None)

    def untouched(self) -> None:
        """HandsOff if a person is at work here: what the watch has seen, and without one, where the pointer stands."""
        if self._watch is not None:
            return self._watch.check()
        if self._display.private or self._left_at is None:
            return None
        x, y = self._windows.pointer()
        if abs(x - self._left_at[0]) > _NEAR or abs(y - self._left_at[1]) > _NEAR:
            self._left_at = None
            raise HandsOff("a person has moved the mouse")
        return None

    def _do(self, work: Callable[[Any], Any], end: tuple[int, int] | None) -> None:
        self.untouched()
        with _ONE:
            self._lead()
            try:
                work(self.gui)
            except self.gui.FailSafeException:
                raise HandsOff("the pointer stands in a corner of the screen: a person has stopped the bot") from None
        if end is not None:
            self._left_at = self._windows.pointer()

    def _lead(self) -> None:
        """Make pyautogui work on this display."""
        module = getattr(self.gui, "platformModule", None)
        if module is not None and hasattr(module, "_display"):
            module._display = self._windows.link
            module.fake_input = told(self._watch, _sends())
            self.gui.FAILSAFE_POINTS[:] = corners(self._windows.link)


def _sends() -> Any:
    from Xlib.ext import xtest

    return xtest.fake_input


def _pyautogui(display: Display) -> Any:
    """The module, imported late: it needs a display then, and ends the process where tkinter is missing."""
    with _ONE:
        try:
            with reached(display), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what it and its friends leave open while they look around
                gui: Any = importlib.import_module("pyautogui")
                for module in ("pyscreeze", "mouseinfo"):
                    vars(sys.modules[module]).pop("whichProc", None)
        except ImportError:
            problem = SetupError("The desktop extra is not installed.", cure="pip install 'wetread[desktop]'")
        except SystemExit:
            problem = SetupError("pyautogui needs tkinter.", cure="sudo apt-get install python3-tk")
        except Exception as failure:  # KeyError without DISPLAY, Xlib's own errors with a wrong cookie
            problem = SetupError(
                f"The pointer of display {display.name} cannot be had ({type(failure).__name__}).",
                cure="Is the display there, and is XAUTHORITY right?",
            )
        else:
            _close_its_own(gui)
            gui.PAUSE, gui.MINIMUM_DURATION, gui.FAILSAFE = 0.0, 0.0, True
            return gui
    raise problem


def _close_its_own(gui: Any) -> None:
    """Close the connections it has opened while it was imported: it is led to ours, and an idle one holds a display."""
    for module in (getattr(gui, "platformModule", None), sys.modules.get("mouseinfo")):
        own = getattr(module, "_display", None)
        if own is not None and not getattr(module, "wetread_closed", False):
            own.close()
            module.wetread_closed = True  # type: ignore[union-attr]
