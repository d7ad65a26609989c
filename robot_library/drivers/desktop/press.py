"""Pressing one thing: by its key where it takes the keys, else as its program offers it, else with the pointer; and
only where nothing lies over it.

A button is given the keys and then the space bar, as a person without a mouse does it: the field that had them before
lets go of them, and is heard. A program that answers a press which came over the accessibility bus with a box of its
own is deaf on that bus until the box is closed (GTK's nested loops).
"""

from __future__ import annotations

import time
from dataclasses import replace

from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.images import looks_alike
from robot_library.drivers.desktop.nodes import Absent, Node, has
from robot_library.drivers.desktop.roles import BUTTONS
from robot_library.drivers.desktop.thing import Thing
from robot_library.errors import DriverLost, TargetNotFound

_SPACE = 0x20
_FOCUS_S, _SCROLLED_S = 2.0, 0.05


class Displaced(TargetNotFound):
    """Something else stands where it was seen: nothing was pressed."""

    def __init__(self) -> None:
        super().__init__("It no longer stands where it was seen; nothing was pressed.", cure="What moves the window?")


def press(desk: Desk, thing: Thing, *, double: bool = False) -> None:
    """Bring the thing's window to the front and press it. Nothing is pressed if it does not come, or is covered.

    ScreenNotReached or TargetNotFound: nothing was pressed. DriverLost: nobody knows.
    """
    if thing.window:
        desk.windows.activate(thing.window)
    node = thing.node
    if node is not None and node.role == "table cell":
        thing = _scrolled_to(desk, thing, node)
    elif node is not None and not double:
        if thing.window and node.role in BUTTONS and _has_keys(desk, node):
            return desk.keys.chord(thing.window, _SPACE)
        try:
            if desk.accessibility.act(node):
                return None
        except Absent:
            raise DriverLost("Nobody knows whether it was pressed: it went away.", cure="Look at the record.") from None
    x, y = thing.box.middle
    if thing.box.width <= 0 or thing.box.height <= 0:
        raise TargetNotFound("It is not on the screen.", cure="Scroll to it in the map's 'reach'.")
    _still_there(desk, thing)
    desk.hand.click(x, y, times=2 if double else 1, over=thing.window)
    return None


def _still_there(desk: Desk, thing: Thing) -> None:
    """Displaced where something else stands by now where a thing was seen: a banner has come, its window has moved."""
    if thing.seen is None:
        return
    now = desk.capture.grey(thing.box)
    if now.shape == thing.seen.shape and not looks_alike(now, thing.seen):
        raise Displaced


def _has_keys(desk: Desk, node: Node) -> bool:
    """Give a button the keys; whether it has them. A button that cannot have any is pressed otherwise."""
    try:
        if not node.has("focusable") or not desk.accessibility.focus(node):
            return False
        end = time.monotonic() + _FOCUS_S
        while time.monotonic() < end:
            if has(desk.accessibility.states(node), "focused"):
                return True
            time.sleep(0.01)
    except Absent:
        raise TargetNotFound("It went away before it was pressed.") from None
    return False


def _scrolled_to(desk: Desk, thing: Thing, cell: Node) -> Thing:
    """A cell that its list has scrolled to: given the keys, a list shows it."""
    try:
        grid = Box(*desk.accessibility.place(replace(cell, path=cell.parent)))
        if not _holds(grid, thing.box):
            thing = _shown(desk, thing, cell, grid)
    except Absent:
        raise TargetNotFound("It went away before it was pressed.") from None
    if not _holds(grid, thing.box):
        raise TargetNotFound("The list does not scroll to it.", cure="Search in the list in the map's 'reach'.")
    return thing


def _shown(desk: Desk, thing: Thing, cell: Node, grid: Box) -> Thing:
    """The cell where it stands once its list shows it and has come to rest.

    A list that has just come up hears nothing at first: it is asked again as long as the cell is out of sight.
    """
    end, last = time.monotonic() + _FOCUS_S, thing.box
    while time.monotonic() < end:
        if not _holds(grid, last) and not desk.accessibility.focus(cell):
            break
        time.sleep(_SCROLLED_S)
        now = Box(*desk.accessibility.place(cell))
        if now == last and _holds(grid, now):
            break
        last = now
    return replace(thing, box=last)


def _holds(outer: Box, inner: Box) -> bool:
    x, y = inner.middle
    return outer.x <= x < outer.x + outer.width and outer.y <= y < outer.y + outer.height
