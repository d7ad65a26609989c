"""Pressing one thing: as its program offers it, else with the pointer, and only where nothing lies over it."""

from __future__ import annotations

from robot_library.drivers.desktop.accessibility import Absent
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.look import Thing
from robot_library.errors import DriverLost, ScreenNotReached, TargetNotFound


def press(desk: Desk, thing: Thing, *, double: bool = False) -> None:
    """Bring the thing's window to the front and press it. Nothing is pressed if it does not come, or is covered.

    ScreenNotReached or TargetNotFound: nothing was pressed. DriverLost: nobody knows.
    """
    if thing.window:
        desk.windows.activate(thing.window)
    node = thing.node
    if node is not None and not double and node.role != "table cell":
        try:
            if desk.accessibility.act(node):
                return
        except Absent:
            raise DriverLost("Nobody knows whether it was pressed: it went away.", cure="Look at the record.") from None
    x, y = thing.box.middle
    if thing.box.width <= 0 or thing.box.height <= 0:
        raise TargetNotFound("It is not on the screen.", cure="Scroll to it in the map's 'reach'.")
    if thing.window and desk.windows.at(x, y) != thing.window:
        raise ScreenNotReached("Another window lies over it; nothing was pressed.")
    desk.hand.click(x, y, times=2 if double else 1)
