"""ocr_field_ms, ocr_speedup_vs_tesseract: a known field cut out of a screen and read, beside tesseract.

The fields are a GTK program's, in five typefaces and sizes and three themes; both read the same pictures.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import cv2

from bench.desk import clinic, labelled, shown
from bench.results import Result, spread
from robot_library.drivers.desktop.capture import Box
from robot_library.ocr.reader import Reader

_WORDS = (
    "Chest PA", "No pneumothorax", "O'Neill, Zoe", "1961-04-09", "00418075", "MRN 77-1204", "Preliminary", "40/400",
    "Heart 14 cm", "Room 12, bed B", "LABHOSP", "2 of 2 images", "Weber, Noah", "Follow-up in 6 weeks",
)  # fmt: skip


_LOOKS = (
    ("DejaVu Sans 10", "Adwaita"),
    ("Nimbus Sans 9", "Adwaita"),
    ("DejaVu Serif 11", "Adwaita:dark"),
    ("DejaVu Sans Mono 8", "HighContrast"),
    ("Noto Sans CJK JP 13", "Adwaita"),
)


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
    looks = {}
    for font, theme in _LOOKS[: 1 if quick else None]:
        read = [_one(reader, text, grey) for text, grey in _fields(chance, font, theme, 4 if quick else 24)]
        looks[f"{font}, {theme}"] = read
    every = [one for read in looks.values() for one in read]
    return {
        "fields": len(every), "ours_ms": spread([one.ms for one in every], 2),
        "theirs_ms": spread([one.its_ms for one in every], 2), **_rightly(every),
        "looks": {name: _rightly(read) for name, read in looks.items()},
    }  # fmt: skip


class _One(NamedTuple):
    """One field: what stands there, what each read, in how many milliseconds."""

    text: str
    mine: str
    ms: float
    its: str
    its_ms: float


def _one(reader: Reader, text: str, grey: Any) -> _One:
    begun = time.perf_counter()
    mine = reader.line(grey).text
    between = time.perf_counter()
    its = _tesseract(grey)
    return _One(text, mine, (between - begun) * 1000, its, (time.perf_counter() - between) * 1000)


def _rightly(read: Sequence[_One]) -> dict[str, float]:
    return {
        "ours_exact": sum(one.mine == one.text for one in read),
        "theirs_exact": sum(one.its == one.text for one in read),
        "ours_characters_right": round(sum(_alike(one.text, one.mine) for one in read) / len(read), 4),
        "theirs_characters_right": round(sum(_alike(one.text, one.its) for one in read) / len(read), 4),
    }


def _fields(chance: random.Random, font: str, theme: str, count: int) -> Iterator[tuple[str, Any]]:
    """Texts and pictures of a field that shows them."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "gtk-3.0" / "settings.ini"
        settings.parent.mkdir()
        settings.write_text(f"[Settings]\ngtk-font-name={font}\n", encoding="utf-8")
        env = {"XDG_CONFIG_HOME": folder, "GTK_THEME": theme}
        with shown(clinic("form"), size=(1440, 900), env=env) as (desk, [nodes]):
            field = labelled(desk, nodes, "Findings")
            place = Box(*desk.accessibility.place(field))
            for _ in range(count):
                text = " ".join(chance.sample(_WORDS, 2))
                desk.accessibility.set_text(field, text)
                yield text, desk.capture.still(place, 30, lambda: None, 0.1)


def _alike(wanted: str, read: str) -> float:
    """Share of the characters that were read, spaces aside: readers part words differently."""
    wanted, read = wanted.replace(" ", ""), read.replace(" ", "")
    same = sum(block.size for block in SequenceMatcher(None, wanted, read, autojunk=False).get_matching_blocks())
    return same / max(len(wanted), len(read), 1)


def _tesseract(grey: Any) -> str:
    png = cv2.imencode(".png", grey)[1].tobytes()
    command = ["tesseract", "-", "-", "--psm", "7", "--dpi", "96"]
    return subprocess.run(command, input=png, capture_output=True, check=True).stdout.decode("utf-8").strip()
