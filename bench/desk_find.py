"""find_speedup_vs_pyautogui, find_ms, find_wrong: small pictures found on a screen of 1920 × 1080.

Each target is looked for on its screen, on it as JPEG and at 125 %, where its program draws itself at 125 % or in other
themes, and where it is painted over. Wrong is one find, which would be pressed, at another place than its own.
pyautogui, plain matchTemplate and RPA.Images look for the same on the same pictures. For the times, ours and
pyautogui's take the picture of the display themselves.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import cv2

from bench.desk import clinic, shown
from bench.desk_finders import FINDERS, INSTALL, RECOGNITION, Look, rpa_images
from bench.desk_targets import Sight, sights
from bench.results import Result, spread
from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import reached
from robot_library.drivers.desktop.images import find_all


def measure(quick: bool) -> Result:
    """How many times as fast as `pyautogui.locateOnScreen`."""
    found = _timed(quick)
    value = round(found["theirs_ms"]["median"] / found["ours_ms"]["median"], 2)
    against = "pyautogui.locateOnScreen, same pictures and display"
    return Result("find_speedup_vs_pyautogui", value, "times as fast", against, value, found)


def find_ms(quick: bool) -> Result:
    """Milliseconds to take a picture of the screen and find a target in it."""
    found = _timed(quick)
    extra = {"times": found["ours_ms"], "cpu_ms": found["ours_cpu_ms"]}
    return Result("find_ms", found["ours_ms"]["median"], "ms", "nothing", None, extra)


def find_wrong(quick: bool) -> Result:
    """How often something else was found than what was looked for."""
    seen = list(sights(quick))
    asked = Counter(dict.fromkeys(dict.fromkeys(sight.name for sight in seen), 0))
    for sight in seen:
        asked[sight.name] += len(sight.wanted)
    finders = dict(FINDERS) if not quick else {"wetread": FINDERS["wetread"]}
    if os.environ.get(RECOGNITION):
        finders["rpa_images"] = rpa_images
    judged = {name: _judged(finder, seen) for name, finder in finders.items()}
    judged.setdefault("rpa_images", {"not_installed": INSTALL})
    extra = {"asked": dict(asked), "finders": judged}
    return Result("find_wrong", float(sum(judged["wetread"]["wrong"].values())), "wrong finds", "0", None, extra)


def _judged(finder: Callable[[Sight], Look], seen: list[Sight]) -> dict[str, Any]:
    """Hits and wrong finds by kind of sight. Two finds are refused: no hit, and nothing is pressed."""
    hits, wrong = (dict.fromkeys((s.name for s in seen), 0) for _ in range(2))
    took = []
    for sight in seen:
        look = finder(sight)
        for wanted in sight.wanted:
            begun = time.perf_counter()
            middle = look(wanted)
            took.append((time.perf_counter() - begun) * 1000)
            if middle is not None:
                right = wanted.there is not None and _inside(wanted.there, *middle)
                hits[sight.name] += int(right)
                wrong[sight.name] += int(not right)
    return {"hits": hits, "wrong": wrong, "ms": spread(took, 2)}


def _inside(box: Box, x: float, y: float) -> bool:
    return box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height


@cache
def _timed(quick: bool) -> dict[str, Any]:
    wanted = next(sight for sight in sights(True) if sight.name == "same").wanted
    ours, cpu, theirs = [], [], []
    with shown(clinic("gallery")) as (desk, _), _somewhere():
        desk.hand  # noqa: B018  # imports pyautogui under this display, and with it pyscreeze
        sys.modules["pyscreeze"].RUNNING_X11 = True  # type: ignore[attr-defined]  # as a desktop's session says
        for one in wanted[: 3 if quick else None]:
            for _ in range(2):
                wall, busy = _ours(desk, one.picture)
                ours.append(wall)
                cpu.append(busy)
                theirs.append(_theirs(desk, one.picture))
    return {
        "targets": len(wanted), "ours_ms": spread(ours, 2), "ours_cpu_ms": spread(cpu, 2),
        "theirs_ms": spread(theirs, 2), "at_best": round(min(theirs) / min(ours), 2),
    }  # fmt: skip


def _ours(desk: Desk, picture: Any) -> tuple[float, float]:
    """Milliseconds, and those of the processor."""
    wanted = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    begun, busy = time.perf_counter(), time.process_time()
    find_all(desk.capture.grey(), wanted)  # type: ignore[arg-type]
    return (time.perf_counter() - begun) * 1000, (time.process_time() - busy) * 1000


def _theirs(desk: Desk, picture: Any) -> float:
    gui = desk.hand.gui
    with reached(desk.display):
        begun = time.perf_counter()
        with contextlib.suppress(gui.ImageNotFoundException):
            gui.locateOnScreen(picture)
        return (time.perf_counter() - begun) * 1000


@contextlib.contextmanager
def _somewhere() -> Iterator[None]:
    """In an empty folder: scrot writes where it stands."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)
