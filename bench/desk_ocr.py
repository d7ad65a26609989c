"""ocr_field_ms, ocr_speedup_vs_tesseract: a known field cut out of a screen and read, beside tesseract."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from difflib import SequenceMatcher
from functools import cache
from typing import Any

import cv2

from bench.desk import clinic, labelled, shown
from bench.results import Result, spread
from robot_library.drivers.desktop.capture import Box
from robot_library.ocr.reader import Reader

_WORDS = (
    "Chest PA", "No pneumothorax", "O'Neill, Zoe", "1961-04-09", "00418075", "MRN 77-1204", "Preliminary", "40/400",
    "Heart 14 cm", "Room 12, bed B", "LABHOSP", "2 of 2 images", "Weber, Noah", "Follow-up in 6 weeks",
)  # fmt: skip


def measure(quick: bool) -> Result:
    """Milliseconds to read a field."""
    found = _read(quick)
    return Result("ocr_field_ms", found["ours_ms"]["median"], "ms", "nothing", None, found)


def speedup(quick: bool) -> Result:
    """How many times as fast as tesseract on the same pictures."""
    found = _read(quick)
    value = round(found["theirs_ms"]["median"] / found["ours_ms"]["median"], 2)
    return Result("ocr_speedup_vs_tesseract", value, "times as fast", "tesseract --psm 7", value, found)


@cache
def _read(quick: bool) -> dict[str, Any]:
    if shutil.which("tesseract") is None:
        raise RuntimeError("tesseract is not here: tests/hospital/system.sh")
    chance, reader = random.Random(4), Reader(threads=2)
    ours, theirs, exact, right, other = [], [], 0, 0.0, 0.0
    fields = 4 if quick else 100
    with shown(clinic("form"), size=(1440, 900)) as (desk, [nodes]):
        field = labelled(desk, nodes, "Findings")
        place = Box(*desk.accessibility.place(field))
        for _ in range(fields):
            text = " ".join(chance.sample(_WORDS, 2))
            desk.accessibility.set_text(field, text)
            grey = desk.capture.still(place, 5, lambda: None, 0.1)
            begun = time.perf_counter()
            mine = reader.line(grey).text
            ours.append((time.perf_counter() - begun) * 1000)
            begun = time.perf_counter()
            its = _tesseract(grey)
            theirs.append((time.perf_counter() - begun) * 1000)
            exact += mine == text
            right += _alike(text, mine)
            other += _alike(text, its)
    return {
        "fields": fields, "ours_ms": spread(ours, 2), "theirs_ms": spread(theirs, 2), "ours_exact": exact,
        "ours_characters_right": round(right / fields, 4), "theirs_characters_right": round(other / fields, 4),
    }  # fmt: skip


def _alike(wanted: str, read: str) -> float:
    """Share of the characters that were read, spaces aside: readers part words differently."""
    wanted, read = wanted.replace(" ", ""), read.replace(" ", "")
    same = sum(block.size for block in SequenceMatcher(None, wanted, read, autojunk=False).get_matching_blocks())
    return same / max(len(wanted), len(read), 1)


def _tesseract(grey: Any) -> str:
    png = cv2.imencode(".png", grey)[1].tobytes()
    command = ["tesseract", "-", "-", "--psm", "7", "--dpi", "96"]
    return subprocess.run(command, input=png, capture_output=True, check=True).stdout.decode("utf-8").strip()
