"""Pointing on the person's own display: by coordinates, or by a click that reaches no program."""

from __future__ import annotations

from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import own_display
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.point import Pointed, Spot, point
from robot_library.drivers.desktop.reading import Reading
from robot_library.errors import TargetNotFound


def pointed_at(
    at: Spot | None, *, fixed: bool, remote: bool, anchor: Spot | None = None, size: Spot = (160, 24)
) -> Pointed:
    """What is at a point, or at the next click, of the display that DISPLAY names."""
    desk = Desk(own_display(), remote=remote)
    try:
        at = at or desk.windows.clicked()
        window = next((each for each in desk.windows.all() if each.id == desk.windows.at(*at)), None)
        if window is None:
            raise TargetNotFound("There is no program's window at this point.", cure="Point into the window.")
        desk.windows.activate(window.id)
        desk.capture.still(None, 10, lambda: None)
        look = Look(desk, window.pid, Reading())
        return point(look, at, fixed=fixed, anchor=anchor, size=size)
    finally:
        desk.close()
