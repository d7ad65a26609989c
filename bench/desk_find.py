"""find_speedup_vs_pyautogui, find_ms, find_wrong: small pictures found on a screen of 1920 × 1080.

Targets are the buttons, labels and icons of a GTK program and of Tryton's sign-in, cut out by the places the programs
tell. Each is looked for on the same screen, on it as JPEG, and at 125 %; wrong is whatever is found at another place.
pyautogui looks for the same pictures on the same display with its own defaults. Both sides take the picture themselves.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from functools import cache
from typing import Any

import cv2
import numpy as np

from bench.desk import clinic, shown
from bench.results import Result, spread
from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import reached
from robot_library.drivers.desktop.images import Hit, find_all, find_scaled

_ROLES = ("push button", "check box", "label", "icon", "toggle button", "combo box")
_NEAR = 3


def measure(quick: bool) -> Result:
    """How many times as fast as `pyautogui.locateOnScreen`."""
    found = _found(quick)
    value = round(found["theirs_ms"]["median"] / found["ours_ms"]["median"], 2)
    against = "pyautogui.locateOnScreen, same pictures and display"
    return Result("find_speedup_vs_pyautogui", value, "times as fast", against, value, found)


def find_ms(quick: bool) -> Result:
    """Milliseconds to take a picture of the screen and find a target in it."""
    found = _found(quick)
    return Result("find_ms", found["ours_ms"]["median"], "ms", "nothing", None, {"times": found["ours_ms"]})


def find_wrong(quick: bool) -> Result:
    """How often something else was found than what was looked for."""
    found = _found(quick)
    return Result("find_wrong", float(found["wrong"]), "wrong finds", "0", None, {"hits": found["hits"]})


@cache
def _found(quick: bool) -> dict[str, Any]:
    with shown(("tryton",), clinic("gallery")) as (desk, programs):
        screen = desk.capture.grey()
        boxes = _targets(desk, screen, [node for nodes in programs for node in nodes])[: 12 if quick else None]
        variants = {"same": screen, "jpeg": _jpeg(screen), "at_125": _scaled(screen, 1.25)}
        hits, wrong = dict.fromkeys(variants, 0), 0
        for name, picture in variants.items():
            for box in boxes:
                right, others = _judged(picture, screen, box, 1.25 if name == "at_125" else 1.0)
                hits[name] += right
                wrong += others
        here = os.getcwd()
        with tempfile.TemporaryDirectory() as folder:  # scrot writes where it stands
            os.chdir(folder)
            try:
                ours, theirs = _timed(desk, screen, boxes)
            finally:
                os.chdir(here)
    return {
        "targets": len(boxes), "hits": hits, "wrong": wrong, "ours_ms": spread(ours, 2), "theirs_ms": spread(theirs, 2),
    }  # fmt: skip


def _targets(desk: Desk, screen: Any, nodes: list[Any]) -> list[Box]:
    """Boxes of things that look like nothing else on the screen."""
    boxes = []
    for node in nodes:
        if node.role in _ROLES and "Component" in node.interfaces:
            box = Box(*desk.accessibility.place(node))
            inside = box.x >= 0 and box.y >= 0 and box.x + box.width <= 1920 and box.y + box.height <= 1080
            if inside and box.width >= 16 and box.height >= 12 and desk.windows.at(*box.middle):
                cut = screen[box.y : box.y + box.height, box.x : box.x + box.width]
                if cut.std() > 4 and len(find_all(screen, cut, 0.995)) == 1:
                    boxes.append(box)
    return boxes


def _judged(picture: Any, screen: Any, box: Box, scale: float) -> tuple[int, int]:
    """Whether it was found where it is and nowhere else; how many other places were taken for it. Two finds are refused
    by the driver: they are no hit, and nothing is pressed."""
    cut = screen[box.y : box.y + box.height, box.x : box.x + box.width]
    hits: list[Hit] = find_all(picture, cut) if scale == 1.0 else find_scaled(picture, cut)
    if len(hits) != 1:
        return 0, 0
    x, y = hits[0].box.x / scale, hits[0].box.y / scale
    there = abs(x - box.x) <= _NEAR and abs(y - box.y) <= _NEAR
    return int(there), int(not there)


def _timed(desk: Desk, screen: Any, boxes: list[Box]) -> tuple[list[float], list[float]]:
    pyautogui = desk.hand.gui
    ours, theirs = [], []
    sys.modules["pyscreeze"].RUNNING_X11 = True  # type: ignore[attr-defined]  # as a desktop's session says
    for box in boxes[:: max(1, len(boxes) // 16)]:
        cut = screen[box.y : box.y + box.height, box.x : box.x + box.width]
        color = np.ascontiguousarray(desk.capture.bgra(box)[..., :3])
        for _ in range(2):
            begun = time.perf_counter()
            find_all(desk.capture.grey(), cut)
            ours.append((time.perf_counter() - begun) * 1000)
            with reached(desk.display):
                begun = time.perf_counter()
                with contextlib.suppress(pyautogui.ImageNotFoundException):
                    pyautogui.locateOnScreen(color)
                theirs.append((time.perf_counter() - begun) * 1000)
    return ours, theirs


def _jpeg(screen: Any) -> Any:
    return cv2.imdecode(cv2.imencode(".jpg", screen, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_GRAYSCALE)


def _scaled(screen: Any, scale: float) -> Any:
    return cv2.resize(screen, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
