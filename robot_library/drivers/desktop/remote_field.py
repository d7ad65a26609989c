"""Text into a field of which only pixels come from another machine: typed key by key, then copied out again.

What it holds is told letter for letter by the remote clipboard alone; pixels cannot tell O from 0. A text is never put
into that clipboard: what comes out of it can only have come from the field. The first letter is copied, then the rest,
then the whole, and only a whole that is these two counts: an answer to an earlier question, come late, is not taken for
this one's.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable

from robot_library.drivers.desktop.capture import Box, Grey
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.keys import FocusLost, keysym
from robot_library.drivers.desktop.reading import ONE_LINE
from robot_library.drivers.desktop.remote import CARET, Echo, blank, changed, columns, ink, inked, silent, steady
from robot_library.drivers.desktop.thing import Thing
from robot_library.errors import ScreenNotReached, TypingNotProven

_CONTROL, _SHIFT, _HOME, _END, _RIGHT, _DELETE = 0xFFE3, 0xFFE1, 0xFF50, 0xFF57, 0xFF53, 0xFFFF
_A, _C = 0x61, 0x63
_ASKED = 4
_INSET = 16
_CLICK_S, _BLINK_S = 0.9, 2.0
"""A click is seen within the first, a caret that blinks comes or goes within the second."""
_DOUBLE_S = 0.5
_SELECTED = 0.6
"""Of the columns with ink, so many change when a text is selected; fewer, when a caret blinks beside one letter."""
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
        if (shown := field.shows()) == text:
            return text
    except (FocusLost, TypingNotProven):  # also in the middle of it, where a key is held or caps lock is on
        field.still_there()
        if not field.empty():
            raise _left() from None
        raise
    if not field.empty():
        raise _left()
    raise TypingNotProven(
        "What the field shows is not what was typed, or nobody can say.",
        cure="It was taken out again; nothing was saved. Another field may hold its first letter: look there first."
        if shown is not None and shown == text[1:]
        else "It was taken out again; nothing was saved. Does the viewer share the clipboard?",
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
        x, y, width, height = thing.box
        self._seen = Box(x - _INSET, y, width + _INSET, height)  # its border, too: it shows who has the keys

    def take(self) -> bool:
        """Give it the keys; False where no click is seen to come: another field may have them. FocusLost if its window
        does not have them or is covered."""
        self._front()
        places = self._box.middle, self._left
        for place in places if inked(self._desk.capture, self._box) <= CARET else reversed(places):
            before = self._pointed(place)
            self._desk.hand.click(*place, over=self.window)
            if self._arrives(before, _CLICK_S):
                return True
        return self._blinks()

    def _blinks(self) -> bool:
        """Whether what may be a caret is one, with the keys: one that has stood still for long (GTK's does) blinks
        again after any key, and Shift alone does nothing anywhere."""
        if not 0 < inked(self._desk.capture, self._box) <= CARET:
            return False
        before = self._desk.capture.grey(self._seen)
        self._chord(_SHIFT)
        return self._arrives(before, _BLINK_S)

    def _front(self) -> None:
        self._desk.windows.activate(self.window)
        if self._desk.windows.at(*self._box.middle) != self.window:
            raise FocusLost

    def _pointed(self, place: tuple[int, int]) -> Grey:
        """What it looks like with the pointer there: a field that shows that the pointer is over it shows no click. Two
        clicks are no double click."""
        time.sleep(max(0.0, self._desk.hand.clicked + _DOUBLE_S - time.monotonic()))
        if self._desk.windows.pointer() != place:
            self._desk.hand.move(*place)
            time.sleep(self._desk.pace.quiet)
            steady(self._desk.capture, self._seen, self._desk.pace)
        return self._desk.capture.grey(self._seen)

    def _arrives(self, before: Grey, seconds: float) -> bool:
        """Wait until a click is seen in the field: a caret that comes or moves, a selection that ends. A viewer
        may hand on keys sooner than a click before them (TigerVNC sends itself each click once around)."""
        end = time.monotonic() + max(seconds, self._desk.pace.answer / 8)
        while not changed(self._desk.capture.grey(self._seen), before).any():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        steady(self._desk.capture, self._box, self._desk.pace)
        return True

    def _selected(self) -> bool:
        """Select its text; False where that is not seen in what stands there: another field may have the keys."""
        before = steady(self._desk.capture, self._box, self._desk.pace)
        text = columns(ink(before))
        self._chord(_CONTROL, _A)
        end = time.monotonic() + self._desk.pace.answer
        while (text & columns(changed(self._desk.capture.grey(self._box), before))).sum() < _SELECTED * text.sum():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    @property
    def _left(self) -> tuple[int, int]:
        """Its left end: of a short text, only a click there moves a caret that stands behind it."""
        return self._box.x + min(self._box.width, self._box.height) // 2, self._box.middle[1]

    def type(self, text: str, go_on: Callable[[], None] = lambda: None) -> None:
        """Exchange its text for this one, as fast as the picture follows. TypingNotProven, and nothing was typed, where
        no click is seen to come: another field may have the keys."""
        if not text:
            return self._clear()
        if not self.take() or (inked(self._desk.capture, self._box) > CARET and not self._selected()):
            raise TypingNotProven(
                "The field does not show that it has the keys.",
                cure="Nothing was typed. Does its caret blink, and does the target's area take in where that stands?",
            )
        echo = Echo(self._desk.capture, self._desk.pace, self._whole(), self._box, go_on, seen=not text[0].isspace())
        self._desk.keys.type(text, self.window, echo.heard, first=1)
        return echo.heard()

    def _clear(self) -> None:
        if inked(self._desk.capture, self._box) and self.take() and self._selected():
            self._chord(_DELETE)

    def shows(self) -> str | None:
        """Its text, letter for letter; None if nobody can say."""
        for _ in range(_ASKED):  # a server may keep its clipboard to itself for the first seconds of a session
            self._front()
            if inked(self._desk.capture, self._box) <= CARET:
                self.take()  # a caret that has not blinked for a while blinks again
            if blank(self._desk.capture, self._box):
                return ""
            if (shown := self._copied()) is not None:
                return shown
        return None

    def _copied(self) -> str | None:
        """Its text, asked for once. A viewer hands on what was copied as of the last click it has had, so the clipboard
        is emptied before that click: an older claim to it is refused by the display."""
        self._desk.clipboard.clear()
        if not (self.take() and self._selected()):
            return None
        try:
            self._copy((_CONTROL, _HOME), (_SHIFT, _RIGHT))
            first = self._comes(lambda came: 0 < len(came) <= 3)
            if first is None:
                self._copy((_CONTROL, _A))  # many a server tells what has changed only: the next question is a change
                self._comes(lambda came: True)
                return None
            self._copy((_CONTROL, _HOME), (_RIGHT,), (_CONTROL, _SHIFT, _END))
            came = _Came(first)
            if self._comes(came.more) is None:
                return None
            self._copy((_CONTROL, _A))
            return self._comes(came.whole)
        finally:
            self._desk.clipboard.clear()

    def _copy(self, *chords: tuple[int, ...]) -> None:
        for chord in (*chords, (_CONTROL, _C)):
            self._chord(*chord)

    def empty(self) -> bool:
        """Leave it empty; False where it does not show that it is."""
        for _ in range(_ASKED):
            with contextlib.suppress(ScreenNotReached, TypingNotProven):  # a pop-up may go, a key be let go of
                self._clear()
            end = time.monotonic() + self._desk.pace.answer / 2
            while time.monotonic() < end:
                if blank(self._desk.capture, self._box):
                    return True
                time.sleep(0.05)
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


class _Came:
    """What has come since the first letter: the whole is the one that is this letter and another one of them."""

    def __init__(self, first: str) -> None:
        self._first, self._seen = first, list[str]()

    def more(self, text: str) -> bool:
        """It is another one than the first letter."""
        if text != self._first and text not in self._seen:
            self._seen.append(text)
        return bool(self._seen)

    def whole(self, text: str) -> bool:
        """It is the first letter and the rest."""
        self.more(text)
        return text in [self._first + rest for rest in self._seen]


def _letters(copied: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), copied.replace("\r\n", "\n"))
