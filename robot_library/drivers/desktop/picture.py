"""Pictures of a program's window. With mask, everything is covered but what the map declares to be nobody's."""

from __future__ import annotations

from typing import Any

import numpy as np

from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.thing import Thing
from robot_library.drivers.desktop.windows import Window

COVER = (0xB1, 0xA4, 0x9A)


def window_picture(desk: Desk, windows: list[Window], plain: list[Box]) -> bytes:
    """PNG of the front window, all of it covered but the `plain` boxes (screen coordinates)."""
    if not windows:
        return _png(np.full((32, 32, 3), COVER, np.uint8))
    front = windows[-1]
    desk.windows.activate(front.id)
    shot = desk.capture.bgra(Box(front.x, front.y, front.width, front.height))[..., :3]
    covered = np.full_like(shot, COVER)
    for box in plain:
        left, top = max(0, box.x - front.x), max(0, box.y - front.y)
        rows, columns = slice(top, top + max(0, box.height)), slice(left, left + max(0, box.width))
        covered[rows, columns] = shot[rows, columns]
    return _png(covered)


def bare_picture(desk: Desk, thing: Thing | None, windows: list[Window]) -> bytes:
    """PNG of a thing, or of the front window, as it is: full of patient data."""
    if thing is not None:
        if thing.window:
            desk.windows.activate(thing.window)
        return _png(desk.capture.bgra(thing.box)[..., :3])
    front = windows[-1] if windows else None
    if front is not None:
        desk.windows.activate(front.id)
    box = None if front is None else Box(front.x, front.y, front.width, front.height)
    return _png(desk.capture.bgra(box)[..., :3])


def _png(picture: Any) -> bytes:
    import cv2

    return bytes(cv2.imencode(".png", picture)[1])
