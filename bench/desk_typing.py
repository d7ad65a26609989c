"""typing_wrong: texts put into a GTK field by each way; wrong is what shows something else, not refused."""

from __future__ import annotations

import random

from bench.desk import clinic, labelled, shown
from bench.results import Result
from robot_library.drivers.desktop.set_text import WAYS, AccessibleField, set_text
from robot_library.errors import ItemError

_PARTS = (
    "00123456", "O'Neill", "Grüße", "Łódź", "İstanbul", "<b>&amp;</b>", "€ 5,00", "±2 mm", "漢字", "김민준", "Иванов",
    "a\\b", "50 %", "~ ^ ` ´", "§ 4 {x} [y] |z|", "zyZY", "no pneumothorax.", "≥ 3 cm × 2",
)  # fmt: skip


def measure(quick: bool) -> Result:
    """200 texts by accessibility, 60 pasted, 60 typed."""
    counts = {"exact": 0, "refused": 0, "wrong": 0}
    chance = random.Random(6)
    with shown(clinic("form"), size=(1440, 900)) as (desk, [nodes]):
        window = desk.windows.all()[-1].id
        field = labelled(desk, nodes, "Findings")
        for way in WAYS:
            for number in range(5 if quick else 200 if way == "accessibility" else 60):
                text = " ".join(chance.sample(_PARTS, chance.randint(1, 4))) + f" {number:04d}"
                desk.accessibility.set_text(field, "")
                try:
                    set_text(desk, AccessibleField(desk, field, window, (way,)), text)
                except ItemError:
                    counts["refused"] += 1
                    text = ""
                shows = desk.accessibility.text(field)
                counts["exact" if shows == text and text else "wrong" if shows != text else "refused"] += bool(
                    text or shows
                )
    return Result("typing_wrong", float(counts["wrong"]), "wrong texts", "0", None, counts)
