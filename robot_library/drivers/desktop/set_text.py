"""Text into a field, exactly or not at all: by accessibility, else pasted, else typed; each time it is read back.

A way that leaves anything else than the text is undone and the next one is tried. Where none can be proven, the field
is emptied and TypingNotProven is raised: a text stands in the record's form only as it should be.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.keys import FocusLost, keysym
from robot_library.drivers.desktop.nodes import Absent, Node, has
from robot_library.errors import OrderHeld, TypingNotProven

Way = Literal["accessibility", "clipboard", "keys"]
WAYS: tuple[Way, ...] = ("accessibility", "clipboard", "keys")
CONTROL, LETTER_A, LETTER_C, LETTER_V, DELETE = 0xFFE3, 0x61, 0x63, 0x76, 0xFFFF
_SHOWN_S, _OTHER_S = 1.5, 0.4
"""How long a field may take to show what it was given, and how long something else must stand in it to be believed."""


class Field(Protocol):
    """A field as `set_text` needs it."""

    window: int
    one_line: bool
    editable: bool
    """It takes text by accessibility."""
    ways: Sequence[Way]

    def take(self) -> None:
        """Give it the keys inside its window, its text selected. FocusLost if it cannot have them."""

    def check(self) -> None:
        """FocusLost if it has lost them."""

    def put(self, text: str) -> None:
        """Exchange its text by accessibility."""

    def shows(self) -> str | None:
        """Its text now, letter for letter; None if nobody can say."""


def set_text(
    desk: Desk, field: Field, text: str, go_on: Callable[[], None] = lambda: None, *, empty: bool = False
) -> str:  # fmt: skip
    """Make the field show `text`; returns what it shows, which is `text`. `empty`: it was seen to be, and must be yet.

    Raises TypingNotProven if no way can be proven, FocusLost if another window has the keys and keeps them, OrderHeld
    where a text has come into it meanwhile.
    """
    if field.one_line and "\n" in text:
        raise TypingNotProven("The field has one line, and the text has several.", cure="Use another field.")
    for character in set(text):
        keysym(character)
    lost: FocusLost | None = None
    for way in field.ways:
        go_on()
        before = field.shows()
        if empty and way == field.ways[0] and (before or "").strip() and before != text:
            raise OrderHeld("A field that was empty holds text by now; nothing was typed over it.")
        try:
            _by(desk, field, text, way, go_on)
            if _proven(field, text, before):
                return text
        except FocusLost as failure:
            lost = failure
        except Absent:
            pass
        _undo(desk, field)
    raise lost or TypingNotProven(
        "What the field shows is not what was typed.", cure="It was taken out again; nothing was saved."
    )


def _by(desk: Desk, field: Field, text: str, way: Way, go_on: Callable[[], None]) -> None:
    if way == "accessibility":
        return field.put(text)
    desk.windows.activate(field.window)

    def still_ours() -> None:
        go_on()
        desk.hand.untouched()
        field.check()

    if way == "keys" or not text:
        field.take()  # what is selected is replaced by the first stroke
        if not text:
            return desk.keys.chord(field.window, DELETE)
        return desk.keys.type(text, field.window, still_ours)

    def paste() -> None:
        field.take()
        still_ours()
        desk.keys.chord(field.window, CONTROL, LETTER_V)

    desk.clipboard.give(text, field.window, paste)
    return None


def _proven(field: Field, text: str, before: str | None) -> bool:
    """The field shows the text, twice in a row. Given up soon where it has come to rest on something else."""
    end, last, since = time.monotonic() + _SHOWN_S, before, time.monotonic()
    while (now := time.monotonic()) < end:
        shown = field.shows()
        if shown == last == text:
            return True
        if shown != last:
            last, since = shown, now
        elif shown not in (before, text) and now - since > _OTHER_S:
            return False
        time.sleep(0.02)
    return False


def _undo(desk: Desk, field: Field) -> None:
    """Leave the field empty, as it was; what cannot be undone is found by whoever reads it next."""
    try:
        if field.editable:
            field.put("")
        if field.shows() != "":  # nobody can say counts as text, too
            field.take()
            desk.keys.chord(field.window, DELETE)
    except (FocusLost, Absent, TypingNotProven):
        return


class AccessibleField:
    """A field of a program's tree."""

    def __init__(self, desk: Desk, node: Node, window: int, ways: Sequence[Way] = WAYS) -> None:
        self._desk, self.node, self.window = desk, node, window
        self.one_line = not node.has("multi_line")
        self.editable = "EditableText" in node.interfaces
        self.ways: Sequence[Way] = tuple(way for way in ways if self.editable or way != "accessibility")

    def take(self) -> None:
        """See Field."""
        self._desk.accessibility.focus(self.node)
        end = time.monotonic() + _SHOWN_S
        while not self._focused():
            if time.monotonic() > end:
                raise FocusLost
            time.sleep(0.02)
        self._desk.keys.chord(self.window, CONTROL, LETTER_A)

    def check(self) -> None:
        """See Field."""
        if not self._focused():
            raise FocusLost

    def put(self, text: str) -> None:
        """See Field."""
        self._desk.accessibility.set_text(self.node, text)

    def shows(self) -> str | None:
        """See Field."""
        return self._desk.accessibility.text(self.node)

    def _focused(self) -> bool:
        return has(self._desk.accessibility.states(self.node), "focused")
