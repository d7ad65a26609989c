"""The bot that measures tumours at the demo hospital, in a real browser. The hospital's database says what came of it.

The heads are synthetic: what the skill says of them shows that the way from PACS to EHR works, nothing about the skill.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from robot_library.bot import assemble
from robot_library.cli.site import open_key, running
from robot_library.engine.engine import Engine
from robot_library.hospital import ACCOUNTS, Hospital, verdict
from robot_library.hospital.neuro import write
from robot_library.hospital.neuro.scenario import LESION_ML
from robot_library.interfaces import Credential, PersonAnswer
from robot_library.parsing.library import Library
from robot_library.safeguards.vault import Vault

pytestmark = [pytest.mark.slow, pytest.mark.browser]
SEED = 1
BOT = "brain-tumour-measure"
ROOT = Path(__file__).parents[2]


@dataclass
class Worked:
    """The hospital after the bot has been through its worklist: order number → (outcome, reason)."""

    hospital: Hospital
    home: Path
    outcomes: dict[str, tuple[str, str]] = field(default_factory=dict)

    def rows(self, query: str, *values: str) -> list[Any]:
        """What the hospital's database answers."""
        database = sqlite3.connect(self.hospital.database)
        try:
            return database.execute(query, values).fetchall()
        finally:
            database.close()

    def order(self, trap: str) -> str:
        """The number of the order that is this trap."""
        return str(self.rows("SELECT order_id FROM orders WHERE trap = ?", trap)[0][0])

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[Engine]:
        """The bot, ready to work in its home."""
        key = open_key(self.home, create=True)
        account = Credential("rpabot", ACCOUNTS["rpabot"].password)
        hospital = self.hospital
        assembly = assemble(
            BOT, Library(ROOT), self.home, key,
            vault=Vault({"ehr-bot": account, "pacs-bot": account}),
            values={"WETREAD_EHR_URL": hospital.ehr_url, "WETREAD_PACS_URL": hospital.pacs_url,
                    "WETREAD_DICOMWEB_URL": hospital.dicomweb_url},
        )  # fmt: skip
        async with running(self.home, key, assembly) as engine:
            yield engine

    async def work(self) -> None:
        """Every order of the worklist."""
        async with self.engine() as engine:
            await engine.collect(BOT)
            await engine.run_until_idle()
            orders = {view.item.id: view.item.payload["order"] for view in await engine.items(BOT)}
            self.outcomes = {orders[run.item]: (run.outcome, run.reason) for run in await engine.runs(BOT)}


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    folder = tmp_path_factory.mktemp("brain")
    settings: dict[str, Any] = {"grid_ms": (0, 50), "field_ms": (0, 50), "tour": False}
    with Hospital(folder / "hospital", seed=SEED, story=write, **settings) as hospital:
        found = Worked(hospital, folder / "home")
        asyncio.run(found.work())
        yield found


def test_every_order_becomes_what_it_should(worked: Worked) -> None:
    wanted = dict(worked.rows("SELECT order_id, expected_outcome FROM orders"))
    assert {order: outcome for order, (outcome, _) in worked.outcomes.items()} == wanted, worked.outcomes
    judged = verdict(worked.hospital.database)
    assert judged.right, judged.items
    assert (judged.orders, judged.typed) == (7, 1)


@pytest.mark.parametrize(
    ("trap", "reason"),
    [
        ("no_flair", "0 of 2 series fit 'FLAIR' (flair)"),
        ("uneven_gap", "abstained (series): "),
        ("skull_stripped", "abstained (unlike_training): "),
        ("mislabelled", "abstained (unlike_training): "),
        ("wrong_header", ""),
        ("no_lesion", "is uncertain"),
    ],
)
def test_each_refusal_has_its_own_reason(worked: Worked, trap: str, reason: str) -> None:
    assert reason in worked.outcomes[worked.order(trap)][1]


def test_the_report_holds_the_measurements_of_the_lesion(worked: Worked) -> None:
    ((text,),) = worked.rows("SELECT text FROM saves WHERE order_id = ?", worked.order("plain"))
    assert text.startswith("AI DRAFT, NOT VERIFIED")
    volume = re.search(r"Volume: ([\d.]+) ml", text)
    diameter = re.search(r"Largest diameter, axial: ([\d.]+) mm", text)
    assert volume is not None, text
    assert diameter is not None, text
    assert float(volume[1]) == pytest.approx(LESION_ML, rel=0.25)
    ball = (6 * LESION_ML * 1000 / np.pi) ** (1 / 3)  # no body of this volume has a smaller diameter
    assert ball * 0.8 < float(diameter[1]) < ball * 2
    assert re.search(r"Position, from the middle of the head: (left|right)?", text)


def test_the_picture_with_the_outline_is_attached_once(worked: Worked) -> None:
    ((name, kind, content),) = worked.rows("SELECT filename, content_type, content FROM attachments")
    assert (name[-4:], kind) == (".png", "image/png")
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert min(picture.shape[:2]) > 400
    assert (np.ptp(picture.astype(int), axis=2) > 100).sum() > 50  # the outline has a colour


async def test_a_persons_answer_finishes_what_the_skill_left_to_one(worked: Worked) -> None:
    order = worked.order("no_lesion")
    async with worked.engine() as engine:
        waiting = next(v for v in await engine.items(BOT) if v.item.payload["order"] == order)
        assert await engine.answer(waiting.item.id, PersonAnswer(verdict="correct", who="dr.chen", decision="negative"))
        await engine.run_until_idle()
        assert (await engine.run(waiting.item.id)).outcome == "typed"
    ((text,),) = worked.rows("SELECT text FROM saves WHERE order_id = ?", order)
    assert "The reviewer found no tumour" in text
    assert "dr.chen (person)" in text
    assert " ml" not in text
