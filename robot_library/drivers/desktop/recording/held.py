"""Presses and keys of a display, each held by the X server until it is said whether programs get it.

A passive grab in synchronous mode: the server freezes the pointer, or the keyboard, at the press; keys that follow a
press wait until their program has it, and do not end up in another box. `let_through` has it replayed as if nobody had
held it; `withhold` lets no program see it. A display whose holder dies goes on by itself.

While a program holds the mouse for itself (an open menu, the open list of a box) nothing is held: what opens a menu has
to be judged by what stands in the menu. While a key is held, programs do not say what has the keys: Enter and space are
taken away first, judged then, and sent by us. In a text they are not held (`arm`), or letters would come out of order.
"""

from __future__ import annotations

import contextlib
import queue
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from robot_library.drivers.desktop.display import Display
from robot_library.drivers.desktop.windows import Windows
from robot_library.errors import DriverLost, SetupError

_LEFT, _REST = 1, (2, 3)
_SHIFT, _LOCK, _CONTROL, _ALT, _NUM, _SUPER = 0x1, 0x2, 0x4, 0x8, 0x10, 0x40
_LOCKS = (0, _LOCK, _NUM, _LOCK | _NUM)
_CHORDS = (_CONTROL, _CONTROL | _SHIFT, _ALT, _ALT | _SHIFT, _CONTROL | _ALT, _SUPER)
_MODIFIERS = ("Control", "Shift", "Alt", "Super", "Meta", "Hyper", "ISO_")
_KINDS = {
    "Return": "enter", "KP_Enter": "enter", "space": "space", "Tab": "move", "Up": "move", "Down": "move",
    **dict.fromkeys((*(f"F{number}" for number in range(1, 13)), "Menu"), "chord"),
}  # fmt: skip
_EDITING = ("a", "c", "v", "x", "z", "y", "Home", "End", "Left", "Right", "BackSpace", "Delete")
"""With Control they change only the text of a box, or nothing."""
_PASSED_S = 0.05
"""So long a press is given to reach its program by way of the window manager."""


@dataclass(frozen=True)
class Stroke:
    """A button of the mouse or a key, held. `key`: enter, space, move (what goes to another box) or chord (a
    combination, a function key)."""

    kind: Literal["left", "other button", "key"]
    at: tuple[int, int]
    time: int
    """The server's clock, in milliseconds."""
    key: str = ""
    code: int = 0

    @property
    def sent(self) -> bool:
        """It has to be taken away before it is judged, and is sent by us."""
        return self.key in ("enter", "space")


class Held:
    """Holds from the start to `close`. SetupError where another program holds presses already.

    All it says to the server is said by a thread of its own, which stops keys at once, however long somebody looks at
    something else meanwhile: Xlib's connections are not for two threads.
    """

    def __init__(self, display: Display) -> None:
        from Xlib import XK, error
        from Xlib.ext import xtest

        self._windows = Windows(display)
        self._link, self._x, self._fake = self._windows.link, self._windows.x, xtest.fake_input
        self._names: dict[int, str] = {}
        for name, sym in vars(XK).items():
            if name.startswith("XK_"):
                self._names.setdefault(sym, name[3:])  # F12 is L2, too
        self._strokes: queue.SimpleQueue[Stroke] = queue.SimpleQueue()
        self._over = False
        self._asks: queue.SimpleQueue[tuple[Callable[[], None], threading.Event]] = queue.SimpleQueue()
        self._wakes, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._work, name="presses", daemon=True)
        self._armed: set[str] = set()
        refused, self._taken = error.CatchError(error.BadAccess), error.CatchError(error.BadAccess)
        for button in (_LEFT, *_REST):
            self._windows.root.grab_button(
                button, self._x.AnyModifier, False, self._x.ButtonPressMask | self._x.ButtonReleaseMask,
                self._x.GrabModeSync, self._x.GrabModeAsync, self._x.NONE, self._x.NONE, refused,
            )  # fmt: skip
        self._link.sync()
        if refused.get_error() is not None:
            self._leave()
            raise SetupError(
                "Another program holds every press on this display.", cure="End what records or draws on the screen."
            )
        self._grab(self._chords())
        self._grab(self._plain("move", "chord"))
        self._arm({"enter", "space"})
        self._thread.start()

    def arm(self, *keys: Literal["enter", "space"]) -> None:
        """Hold these two keys, or only one, or none of them."""
        if self._armed != {*keys}:
            self._do(lambda: self._arm({*keys}))

    def _arm(self, keys: set[str]) -> None:
        for key in keys - self._armed:
            self._grab(self._plain(key))
        for key in self._armed - keys:
            for code, state in self._plain(key):
                self._windows.root.ungrab_key(code, state)
        self._armed = keys
        self._link.sync()

    def _grab(self, keys: Iterable[tuple[int, int]]) -> None:
        """A combination that the window manager has already is no program's: it is let be."""
        free, still = self._x.GrabModeAsync, self._x.GrabModeSync
        for code, state in keys:
            self._windows.root.grab_key(code, state, False, free, still, self._taken)
        self._link.sync()

    def _plain(self, *kinds: str) -> Iterator[tuple[int, int]]:
        codes = {self._link.keysym_to_keycode(sym) for sym, name in self._names.items() if _KINDS.get(name) in kinds}
        yield from ((code, state | locks) for code in codes - {0} for state in (0, _SHIFT) for locks in _LOCKS)

    def _chords(self) -> Iterator[tuple[int, int]]:
        info = self._link.display.info
        for code in range(info.min_keycode, info.max_keycode + 1):
            yield from ((code, state | locks) for state in _CHORDS for locks in _LOCKS)

    def close(self) -> None:
        """Hold nothing any more; what is held now goes to its program."""
        self._do(self._end)
        self._thread.join()
        self._leave()

    def _end(self) -> None:
        self._over = True
        self._link.allow_events(self._x.ReplayPointer, self._x.CurrentTime)
        self._link.allow_events(self._x.ReplayKeyboard, self._x.CurrentTime)
        self._link.sync()

    def _leave(self) -> None:
        self._wakes.close()
        self._woken.close()
        self._windows.close()

    # ---- what comes ----------------------------------------------------------------------------------------------

    def next(self, seconds: float) -> Stroke | None:
        """The next press, held; None if none came in that time. Releases and keys that only edit a text are no news.
        DriverLost once nothing is held any more."""
        with contextlib.suppress(queue.Empty):
            return self._strokes.get(timeout=seconds)
        if self._over:
            raise DriverLost("Presses are held no more.", cure="Is the display still there? Begin again.")
        return None

    def _work(self) -> None:
        """The thread. Whatever ends it, nobody waits for it then."""
        try:
            with contextlib.suppress(*self._windows.gone):
                while not self._over:
                    if not self._link.pending_events():
                        select.select([self._link.fileno(), self._woken], [], [])
                    while self._link.pending_events():
                        if (stroke := self._stroke(self._link.next_event())) is not None:
                            self._strokes.put(stroke)
                    self._answer()
        finally:
            self._over = True

    def _answer(self) -> None:
        while not self._asks.empty():
            what, done = self._asks.get()
            self._woken.recv(1)
            try:
                what()
            finally:
                done.set()

    def _do(self, what: Callable[[], None]) -> None:
        """Have the thread do something, and wait until it is done, or the thread has ended."""
        done = threading.Event()
        self._asks.put((what, done))
        self._wakes.send(b".")
        while not done.wait(_PASSED_S) and not self._over:
            pass

    def _stroke(self, event: Any) -> Stroke | None:
        at = (int(getattr(event, "root_x", 0)), int(getattr(event, "root_y", 0)))
        if event.type == self._x.ButtonPress:
            self._stop_keys()
            return Stroke("left" if event.detail == _LEFT else "other button", at, int(event.time))
        if event.type != self._x.KeyPress:
            return None
        code, with_ = int(event.detail), int(event.state) & ~(_LOCK | _NUM | _SHIFT)
        name = self._names.get(self._link.keycode_to_keysym(code, 0), "")
        stroke = Stroke("key", at, int(event.time), "chord" if with_ else _KINDS.get(name, "chord"), code)
        if name.startswith(_MODIFIERS) or (with_ == _CONTROL and name in _EDITING):
            self._pass(stroke)
            return None
        return stroke

    def _stop_keys(self) -> None:
        """What is typed next waits: the window manager takes its time over a press, and keys would overtake it. (Not as
        part of the grab of the button: a second press would then hold the keys that were typed before it.)"""
        free, still = self._x.GrabModeAsync, self._x.GrabModeSync
        self._windows.root.grab_keyboard(False, free, still, self._x.CurrentTime)

    # ---- what becomes of it --------------------------------------------------------------------------------------

    def let_through(self, stroke: Stroke, *, typed: bool = False) -> None:
        """The program gets it. `typed`: a text is pressed, and what is typed waits until it has the keys. Else a
        program may want to hold mouse and keyboard itself, as it does for an open menu, and would not open it."""
        self._do(lambda: self._pass(stroke, typed=typed))

    def _pass(self, stroke: Stroke, *, typed: bool = False) -> None:
        if stroke.sent:
            return self._send(stroke)
        if stroke.kind == "key":
            self._link.allow_events(self._x.ReplayKeyboard, self._x.CurrentTime)
        else:
            if not typed:
                self._link.ungrab_keyboard(self._x.CurrentTime)
            self._link.allow_events(self._x.ReplayPointer, self._x.CurrentTime)
            self._link.sync()
            if typed:
                time.sleep(_PASSED_S)
                self._link.ungrab_keyboard(self._x.CurrentTime)
        self._link.sync()
        return None

    def withhold(self) -> None:
        """No program gets it. Of Enter and space this is done before they are judged."""
        self._do(self._swallow)

    def _swallow(self) -> None:
        self._link.allow_events(self._x.AsyncBoth, self._x.CurrentTime)
        self._link.ungrab_keyboard(self._x.CurrentTime)
        self._link.sync()

    def _send(self, stroke: Stroke) -> None:
        """A key that was taken away."""
        armed = self._armed
        self._arm(set())
        for kind in (self._x.KeyPress, self._x.KeyRelease):
            self._fake(self._link, kind, stroke.code)
        self._link.sync()
        self._arm(armed)
