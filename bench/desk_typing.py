"""typing_wrong: texts put into a GTK field by each way, and through a viewer; wrong is what shows something else, not
refused."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

from bench.desk import clinic, labelled, shown
from bench.results import Result
from robot_library.drivers.desktop import DesktopDriver
from robot_library.drivers.desktop.set_text import WAYS, AccessibleField, set_text
from robot_library.errors import ItemError
from robot_library.model.bot import App
from tests.desktop.remote import MAP, MAPS, far_side, typed

_PARTS = (
    "00123456", "O'Neill", "Grüße", "Łódź", "İstanbul", "<b>&amp;</b>", "€ 5,00", "±2 mm", "漢字", "김민준", "Иванов",
    "a\\b", "50 %", "~ ^ ` ´", "§ 4 {x} [y] |z|", "zyZY", "no pneumothorax.", "≥ 3 cm × 2",
)  # fmt: skip


def measure(quick: bool) -> Result:
    """200 texts by accessibility, 60 pasted, 60 typed; 200 typed through a viewer, by key and copied out again."""
    here = _here(quick)
    far = asyncio.run(_far(3 if quick else 200))
    extra = {**here, "viewer": far}
    return Result("typing_wrong", float(here["wrong"] + far["wrong"]), "wrong texts", "0", None, extra)


def _texts(count: int) -> Iterator[str]:
    chance = random.Random(6)
    for number in range(count):
        yield " ".join(chance.sample(_PARTS, chance.randint(1, 4))) + f" {number:04d}"


def _here(quick: bool) -> dict[str, int]:
    counts = {"exact": 0, "refused": 0, "wrong": 0}
    with shown(clinic("form"), size=(1440, 900)) as (desk, [nodes]):
        window = desk.windows.all()[-1].id
        field = labelled(desk, nodes, "Findings")
        for way in WAYS:
            for text in _texts(5 if quick else 200 if way == "accessibility" else 60):
                desk.accessibility.set_text(field, "")
                refused = False
                try:
                    set_text(desk, AccessibleField(desk, field, window, (way,)), text)
                except ItemError:
                    refused = True
                right = desk.accessibility.text(field) == ("" if refused else text)
                counts["wrong" if not right else "refused" if refused else "exact"] += 1
    return counts


async def _far(count: int) -> dict[str, int]:
    far, driver = far_side(), DesktopDriver(lambda name: (MAPS / name,))
    try:
        session = await driver.session("ehr", App(map=MAP.system, program=far.program()), MAP, None)
        await session.open("form", {})
        return dict(await typed(far, session, list(_texts(count))))
    finally:
        await driver.close()
        far.close()
