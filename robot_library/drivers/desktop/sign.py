"""The sign on a person's screen while a bot has the mouse, and the keys that stop it and let it go on.

The sign lies over everything, lets clicks through, never takes the focus, and is painted out of the bot's own pictures.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import threading
import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.display import Display, reached
from robot_library.drivers.desktop.monitors import monitors
from robot_library.drivers.desktop.sign_words import words_of
from robot_library.model.at_screen import AtScreen

log = logging.getLogger("wetread.desktop")
Said = Literal["stop", "go_on"]
State = Literal["", "at_work", "touched"]
HEIGHT = 30
_COLOURS: dict[State, tuple[int, int, int]] = {"at_work": (20, 70, 175), "touched": (150, 60, 20), "": (0, 0, 0)}
"""Blue, green, red."""
_LOCKS = (0, 2, 16, 18)
"""Caps lock and num lock, which change nothing about a hot-key."""
_MASKS = {"shift": 1, "ctrl": 4, "alt": 8, "super": 64}


class Sign:
    """On one display, with a thread and a connection of its own. `pressed` hears the keys, in that thread."""

    def __init__(self, display: Display, rules: AtScreen, pressed: Callable[[Said], None]) -> None:
        from Xlib import X
        from Xlib.display import Display as Connection

        self._rules, self._pressed, self._x = rules, pressed, X
        self._state: State = ""
        self._told, self._tells = os.pipe()
        with reached(display), warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            self._link = Connection(display.name)
        screen = self._link.screen()
        main = monitors(self._link)[0]
        width = min(760, main.width // 2)
        top = main.y if rules.sign == "top" else main.y + main.height - HEIGHT
        self._place = Box(main.x + (main.width - width) // 2, top, width, HEIGHT)
        self.lacks: list[str] = []
        """Keys that another program has: they do not work here."""
        self._root = screen.root
        self._keys = self._grabbed(screen.root)
        self._window: Any = None if rules.sign == "none" else self._made(screen)
        self._thread = threading.Thread(target=self._live, name="sign", daemon=True)
        self._thread.start()

    @property
    def covers(self) -> Box | None:
        """What of the screen it hides now."""
        return self._place if self._state and self._window is not None else None

    def show(self, state: State) -> None:
        """At work, touched by a person, or no sign at all."""
        if state != self._state:
            self._state = state
            with contextlib.suppress(OSError):
                os.write(self._tells, b"s")

    def close(self) -> None:
        """Take it away, and give the keys back."""
        with contextlib.suppress(OSError):
            os.write(self._tells, b"q")
        self._thread.join(5.0)
        for end in (self._told, self._tells):
            with contextlib.suppress(OSError):
                os.close(end)
        with contextlib.suppress(Exception):  # whatever Xlib says of a display that is gone
            self._root.ungrab_key(self._x.AnyKey, self._x.AnyModifier)
            self._link.sync()  # whoever comes next can have the keys at once
            self._link.close()

    # ---- its thread --------------------------------------------------------------------------------------

    def _live(self) -> None:
        try:
            while self._turn():
                pass
        except Exception as failure:
            log.warning("the sign on the screen and its keys are gone (%s)", type(failure).__name__)

    def _turn(self) -> bool:
        while self._link.pending_events():
            event = self._link.next_event()
            if event.type == self._x.KeyPress:
                said = self._keys.get((event.detail, event.state & sum(_MASKS.values())))
                if said is not None:
                    self._pressed(said)
            elif event.type in (self._x.Expose, self._x.VisibilityNotify):
                self._draw()
        ready, _, _ = select.select([self._link.fileno(), self._told], [], [], 2.0)
        if self._told in ready:
            if b"q" in os.read(self._told, 100):
                return False
            self._draw()
        return True

    def _draw(self) -> None:
        if self._window is None:
            return
        if not self._state:
            self._window.unmap()
        else:
            self._window.map()
            self._window.configure(stack_mode=self._x.Above)
            data, stride = (
                _painted(words_of(self._state, self._rules), _COLOURS[self._state], self._place),
                self._place.width * 4,
            )
            rows = max(1, 60_000 // stride)
            for start in range(0, HEIGHT, rows):
                part = data[start * stride : (start + rows) * stride]
                self._window.put_image(
                    self._pen, 0, start, self._place.width, len(part) // stride, self._x.ZPixmap, self._depth, 0, part
                )
        self._link.flush()

    # ---- windows and keys --------------------------------------------------------------------------------

    def _made(self, screen: Any) -> Any:
        x, self._depth = self._x, screen.root_depth
        window = screen.root.create_window(
            self._place.x, self._place.y, self._place.width, self._place.height, 0, self._depth, x.InputOutput,
            x.CopyFromParent, override_redirect=True, event_mask=x.ExposureMask | x.VisibilityChangeMask,
            background_pixel=screen.black_pixel,
        )  # fmt: skip
        self._pen = window.create_gc()
        window.set_wm_name("wetread")
        window.shape_rectangles(0, 2, 0, 0, 0, [])  # no part of it takes a click: they go to what lies below
        return window

    def _grabbed(self, root: Any) -> dict[tuple[int, int], Said]:
        from Xlib import XK, error

        taken: dict[tuple[int, int], Said] = {}
        names: dict[Said, str] = {"stop": self._rules.stop, "go_on": self._rules.go_on}
        for said, text in names.items():
            *held, key = text.split("+")
            code = self._link.keysym_to_keycode(XK.string_to_keysym(_keysym_name(key)))
            refused, mask = error.CatchError(error.BadAccess), sum(_MASKS[name] for name in held)
            for locks in _LOCKS:
                root.grab_key(code, mask | locks, False, self._x.GrabModeAsync, self._x.GrabModeAsync, onerror=refused)
            self._link.sync()
            if not code or refused.get_error():
                self.lacks.append(text)
                log.warning("the key %s belongs to another program here and does nothing", text)
            else:
                taken[code, mask] = said
        return taken


def _keysym_name(key: str) -> str:
    special = {"scroll_lock": "Scroll_Lock", "pause": "Pause", "insert": "Insert", "end": "End", "home": "Home"}
    return special.get(key, key.upper())


def _painted(words: str, colour: tuple[int, int, int], place: Box) -> bytes:
    """The sign as the server takes it: rows of blue, green, red and one more."""
    import cv2

    picture = np.zeros((place.height, place.width, 4), np.uint8)
    picture[:, :, :3] = colour
    (width, _), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
    at = (max(8, (place.width - width) // 2), 20)
    cv2.putText(picture, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255, 0), 1, cv2.LINE_AA)
    return picture.tobytes()
