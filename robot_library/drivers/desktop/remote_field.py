"""Text into a field of which only pixels come from another machine: typed key by key, then copied out again.

What it holds is told letter for letter by the remote clipboard alone; pixels cannot tell O from 0. A text is never put
into that clipboard: what comes out of it can only have come from the field. First one letter is copied, then the whole:
an answer to an earlier question, come late, is not taken for this one's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.keys import FocusLost, keysym
from robot_library.drivers.desktop.look import ONE_LINE, Thing
from robot_library.drivers.desktop.remote import Echo, blank, silent
from robot_library.errors import ApplicationException, TypingNotProven

_CONTROL, _SHIFT, _HOME, _RIGHT, _DELETE = 0xFFE3, 0xFFE1, 0xFF50, 0xFF53, 0xFFFF
_A, _C = 0x61, 0x63
_ASKED = 4
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
"""How X programs write letters beyond Latin-1 into a clipboard that has no others."""


def put_remote(desk: Desk, thing: Thing, text: str, go_on: Callable[[], None] = lambda: None) -> str:
    """Make the field show `text`, exactly; returns it.

    TypingNotProven where that cannot be shown: it is taken out again. FocusLost where another window has the keys.
    SystemDown where the picture freezes or goes: no more is typed.
    """
    field = RemoteField(desk, thing)
    if "\n" in text and field.one_line:
        raise TypingNotProven("The field has one line, and the text has several.", cure="Use another field.")
    if _ESCAPED.search(text):
        raise TypingNotProven("The text holds what a remote clipboard uses as a sign for another letter.")
    for character in set(text):
        keysym(character)
    try:
        field.type(text, go_on)
        if field.shows() == text:
            return text
    except FocusLost:
        field.still_there()
        if not field.empty():
            raise _left() from None
        raise
    if not field.empty():
        raise _left()
    raise TypingNotProven(
        "What the field shows is not what was typed, or nobody can say.",
        cure="It was taken out again; nothing was saved. Does the viewer share the clipboard?",
    )


def _left() -> TypingNotProven:
    return TypingNotProven(
        "What the field shows is not what was typed, or nobody can say, and it could not be taken out again.",
        cure="Nothing was saved, but a text stands in the field: look there before anybody saves.",
    )


class RemoteField:
    """One field at its place in a viewer's window."""

    def __init__(self, desk: Desk, thing: Thing) -> None:
        self._desk, self._box, self.window = desk, thing.box, thing.window
        self.one_line = thing.box.height < ONE_LINE  # where a line's end would press Enter

    def take(self) -> None:
        """Give it the keys, its text selected. FocusLost if its window does not have them or is covered."""
        self._desk.windows.activate(self.window)
        if self._desk.windows.at(*self._box.middle) != self.window:
            raise FocusLost
        self._desk.hand.click(*self._box.middle)
        self._chord(_CONTROL, _A)

    def type(self, text: str, go_on: Callable[[], None]) -> None:
        """Exchange its text for this one, as fast as the picture follows."""
        self.take()
        if not text:
            return self._chord(_DELETE)
        echo = Echo(self._desk.capture, self._desk.pace, self._whole(), go_on)
        self._desk.keys.type(text, self.window, echo.heard)
        return echo.heard()

    def shows(self) -> str | None:
        """Its text, letter for letter; None if nobody can say. Its text is selected afterwards."""
        self.take()
        if blank(self._desk.capture, self._box):
            return ""
        for _ in range(_ASKED):  # a server may keep its clipboard to itself for the first seconds of a session
            if (shown := self._copied()) is not None:
                return shown
        return None

    def _copied(self) -> str | None:
        self._desk.clipboard.clear()
        try:
            self._chord(_CONTROL, _HOME)
            self._chord(_SHIFT, _RIGHT)
            self._chord(_CONTROL, _C)
            first = self._comes(lambda came: 0 < len(came) <= 3)
            if first is None:
                return None
            self._chord(_CONTROL, _A)
            self._chord(_CONTROL, _C)
            whole = self._comes(lambda came: came != first)
        finally:
            self._desk.clipboard.clear()
        return whole if whole is not None and whole.startswith(first) else None

    def empty(self) -> bool:
        """Leave it empty; False where it does not show that it is."""
        for _ in range(_ASKED):
            try:
                self.take()
                self._chord(_DELETE)
            except (ApplicationException, TypingNotProven):
                return False
            end = time.monotonic() + self._desk.pace.answer
            while time.monotonic() < end:
                if blank(self._desk.capture, self._box):
                    return True
        return False

    def still_there(self) -> None:
        """SystemDown if its window is gone."""
        if not any(window.id == self.window for window in self._desk.windows.all()):
            raise silent("disconnected") from None

    def _comes(self, wanted: Callable[[str], bool]) -> str | None:
        """The next text like this that the remote clipboard holds."""
        began = time.monotonic()
        while time.monotonic() - began < self._desk.pace.answer:
            came = self._desk.clipboard.text()
            if came is not None and wanted(came := _letters(came)):
                return came
            time.sleep(0.03)
        return None

    def _chord(self, *symbols: int) -> None:
        self._desk.keys.chord(self.window, *symbols)

    def _whole(self) -> Box:
        shown = next((w for w in self._desk.windows.all() if w.id == self.window), None)
        if shown is None:
            raise silent("disconnected")
        return Box(shown.x, shown.y, shown.width, shown.height)


def _letters(copied: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), copied.replace("\r\n", "\n"))
