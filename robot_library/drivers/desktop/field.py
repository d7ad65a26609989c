"""Which kind of field a thing is, and putting text into it: one that its program tells of, or mere pixels."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.keys import FocusLost
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.nodes import Absent
from robot_library.drivers.desktop.reading import ONE_LINE
from robot_library.drivers.desktop.remote_field import RemoteField, put_remote
from robot_library.drivers.desktop.roles import BUTTONS
from robot_library.drivers.desktop.set_text import CONTROL, LETTER_A, LETTER_C, AccessibleField, Field, Way, set_text
from robot_library.drivers.desktop.tells import top
from robot_library.drivers.desktop.thing import Thing
from robot_library.errors import ScreenNotReached, TargetNotFound, TypingNotProven

_COPY_S = 2.0


def put_text(
    desk: Desk, thing: Thing, text: str, go_on: Callable[[], None] = lambda: None, *, empty: bool = False
) -> str:  # fmt: skip
    """Make the thing show `text`, exactly; see `set_text`. TargetNotFound for what takes no text.

    It has the keys then, as if a person had typed: many a form hears of a text when its field lets go of them.
    """
    if desk.remote:
        return put_remote(desk, thing, text, go_on)
    field = _field(desk, thing)
    if isinstance(field, AccessibleField) and thing.window:
        desk.windows.activate(thing.window)
        desk.accessibility.focus(field.node)
    return set_text(desk, field, text, go_on, empty=empty)


def let_go(look: Look, thing: Thing) -> None:
    """Give the keys to a button of the same window: the field's form hears that the text is finished."""
    if thing.node is None:
        return
    for tree in look.trees:
        outermost = top(tree, thing.node)
        for node in tree:
            ready = node.shown and node.has("sensitive") and node.has("focusable")
            if ready and node.role in BUTTONS and top(tree, node) == outermost and look.told.focus(node):
                return


def put_secret(desk: Desk, thing: Thing, secret: str) -> None:
    """Type a password: a field never shows it, so only its length can be read back. It never sees the clipboard."""
    node = thing.node
    if node is None:
        if desk.remote:  # its first letter must be seen to come into this field: no other one hides a password
            return RemoteField(desk, thing).type(secret)
        field = PixelField(desk, thing)
        desk.windows.activate(thing.window)
        field.take()
        return desk.keys.type(secret, thing.window)
    if not desk.accessibility.set_text(node, secret) or desk.accessibility.length(node) != len(secret):
        raise TypingNotProven("The password field did not take the password.", cure="Compare the map with the window.")
    return None


def exactly(desk: Desk, thing: Thing) -> Thing:
    """The field with its text letter for letter, where it was only read from a remote picture."""
    if not desk.remote or thing.node is not None or not thing.text:
        return thing
    shown = RemoteField(desk, thing).shows()
    if shown is None:
        raise ScreenNotReached(
            "A remote field cannot be read letter for letter.", cure="Does the viewer share the clipboard?"
        )
    return replace(thing, text=shown)


def _field(desk: Desk, thing: Thing) -> Field:
    node = thing.node
    if node is None:
        return PixelField(desk, thing)
    if "Text" not in node.interfaces:
        raise TargetNotFound("This is nothing that can be typed into.", cure="Correct the map.")
    return AccessibleField(desk, node, thing.window)


class PixelField:
    """A field of which only pixels come. What it holds is proven by copying it out again: letters that look alike are
    told apart by nothing else."""

    editable = False
    ways: Sequence[Way] = ("clipboard", "keys")

    def __init__(self, desk: Desk, thing: Thing) -> None:
        self._desk, self._box, self.window = desk, thing.box, thing.window
        self.one_line = thing.box.height < ONE_LINE
        """A line's end would press Enter there, and with it whatever the form does by itself."""

    def take(self) -> None:
        """See Field."""
        self.check()
        if self._desk.windows.at(*self._box.middle) != self.window:
            raise FocusLost
        self._desk.hand.click(*self._box.middle, over=self.window)
        self.check()
        self._desk.keys.chord(self.window, CONTROL, LETTER_A)

    def check(self) -> None:
        """See Field."""
        if self._desk.windows.focused() != self.window:
            raise FocusLost

    def put(self, text: str) -> None:
        """Pixels have no such way."""
        raise Absent("There is no accessibility behind pixels.")

    def shows(self) -> str | None:
        """Select all, copy, read the clipboard. None if nothing came: an empty field, or no shared clipboard."""
        self._desk.windows.activate(self.window)
        self.take()
        self._desk.clipboard.clear()
        self._desk.keys.chord(self.window, CONTROL, LETTER_C)
        end = time.monotonic() + _COPY_S
        while (text := self._desk.clipboard.text()) is None and time.monotonic() < end:
            time.sleep(0.03)
        self._desk.clipboard.clear()
        return text
