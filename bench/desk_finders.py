"""Ways to find a picture on a screen, each as it comes: what each would press."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import cv2

from bench.desk_targets import Sight, Wanted
from robot_library.drivers.desktop.coarse import Coarse
from robot_library.drivers.desktop.images import find_all, find_scaled

Middle = tuple[float, float] | None
Look = Callable[[Wanted], Middle]
RECOGNITION = "WETREAD_BENCH_RECOGNITION"
"""Names a Python with rpaframework-recognition, which pins an older OpenCV than ours and so has a place of its own."""
INSTALL = (
    "python -m venv recognition && recognition/bin/pip install rpaframework rpaframework-recognition, "
    f"then {RECOGNITION}=recognition/bin/python"
)
"""What puts it there."""

_ASK = """
import json, sys, time
from pathlib import Path
from RPA.recognition import templates
for line in sys.stdin:
    screen, wanted = json.loads(line)
    begun = time.perf_counter()
    try:
        found = templates.find(Path(screen), Path(wanted))
    except Exception:
        found = []
    middle = [(found[0].left + found[0].right) / 2, (found[0].top + found[0].bottom) / 2] if len(found) == 1 else None
    print(json.dumps([middle, time.perf_counter() - begun]), flush=True)
"""


def wetread(sight: Sight) -> Look:
    """Ours: one find or nothing; other scales only where somebody has said so, here where the screen is larger."""
    coarse = Coarse(cv2.cvtColor(sight.screen, cv2.COLOR_BGR2GRAY))  # type: ignore[arg-type]
    find = find_scaled if "125" in sight.name else find_all

    def look(wanted: Wanted) -> Middle:
        hits = find(coarse, cv2.cvtColor(wanted.picture, cv2.COLOR_BGR2GRAY))  # type: ignore[arg-type]
        return hits[0].box.middle if len(hits) == 1 else None

    return look


def pyautogui(sight: Sight, **how: Any) -> Look:
    """`pyautogui.locate`: the first place that scores."""
    import pyscreeze

    def look(wanted: Wanted) -> Middle:
        with contextlib.suppress(pyscreeze.ImageNotFoundException, ValueError):
            if found := pyscreeze.locate(wanted.picture, sight.screen, **how):
                return found.left + found.width / 2, found.top + found.height / 2
        return None

    return look


def pyautogui_at_90(sight: Sight) -> Look:
    """The same with `confidence=0.9`, which its users give once nothing is found."""
    return pyautogui(sight, confidence=0.9)


def match_template(sight: Sight) -> Look:
    """Plain cv2.matchTemplate: the best place, if it scores 0.90."""
    grey = cv2.cvtColor(sight.screen, cv2.COLOR_BGR2GRAY)

    def look(wanted: Wanted) -> Middle:
        piece = cv2.cvtColor(wanted.picture, cv2.COLOR_BGR2GRAY)
        _, best, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(grey, piece, cv2.TM_CCOEFF_NORMED))
        return (x + piece.shape[1] / 2, y + piece.shape[0] / 2) if best >= 0.9 else None

    return look


@cache
def _asked() -> subprocess.Popen[str]:
    """A Python that has RPA.Images' search, kept for all questions: it takes seconds to start."""
    command = [os.environ[RECOGNITION], "-c", _ASK]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")


def rpa_images(sight: Sight) -> Look:
    """RPA.Images' search (rpaframework-recognition) at its own confidence, in its own Python."""
    asked, folder = _asked(), Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, True)
    cv2.imwrite(str(folder / "screen.png"), sight.screen)

    def look(wanted: Wanted) -> Middle:
        cv2.imwrite(str(folder / "wanted.png"), wanted.picture)
        assert asked.stdin is not None
        assert asked.stdout is not None
        asked.stdin.write(json.dumps([str(folder / "screen.png"), str(folder / "wanted.png")]) + "\n")
        asked.stdin.flush()
        middle, _ = json.loads(asked.stdout.readline())
        return tuple(middle) if middle else None

    return look


FINDERS: dict[str, Callable[[Sight], Look]] = {
    "wetread": wetread, "pyautogui": pyautogui, "pyautogui_at_90": pyautogui_at_90, "match_template": match_template,
}  # fmt: skip
