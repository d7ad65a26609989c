"""The tumour bot on GNU Health and Orthanc: one order, end to end. The EHR and the PACS are asked what came of it."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pytest

from robot_library.hospital.heads import make_head
from tests.hospital.bot import bot_at, outcomes
from tests.hospital.lab import brain, oracle
from tests.hospital.lab.cases import Person
from tests.hospital.lab.site import Lab

pytestmark = [pytest.mark.hospital, pytest.mark.browser, pytest.mark.slow]

BOT = "brain-tumour-measure-gnuhealth"
ROBOT = "rpabot"
GRETA = Person("00990017", "Greta", "Sjöberg-O'Neil", "f", dt.date(1968, 4, 30))
LESION_ML = 40.0


async def test_a_lesion_is_measured_and_its_draft_typed_once(lab: Lab, tmp_path: Path) -> None:
    made = brain.make(lab, GRETA, make_head(1, lesion_ml=LESION_ML))
    before = oracle.results(lab)
    async with bot_at(lab, tmp_path / "home", BOT) as engine:
        await engine.submit(BOT, {"order": made.order}, made.order)
        await engine.run_until_idle()
        became = (await outcomes(engine, BOT))[made.order]
    assert became.outcome == "typed", became.reason
    after = oracle.results(lab)
    assert {order for order in after if after[order] != before[order]} == {made.order}

    result, films = after[made.order], oracle.objects(lab)
    assert (result.puid, result.writes_by(ROBOT), len(result.attachments)) == (GRETA.puid, 1, 1)
    assert all(write.fields == ("comment",) for write in result.writes if write.user == ROBOT)
    named = [uid for uid in films if uid in re.findall(r"[\d.]+", result.text)]
    assert [films[uid] for uid in named] == [(made.study, GRETA.puid)]
    volume = re.search(r"Volume: ([\d.]+) ml", result.text)
    assert volume is not None, result.text
    assert float(volume[1]) == pytest.approx(LESION_ML, rel=0.25)
    (picture,) = result.attachments.values()
    assert outlined(picture) > 50


def outlined(png: bytes) -> int:
    """How many pixels of a picture have a strong colour."""
    import cv2

    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return int((np.ptp(picture.astype(int), axis=2) > 100).sum())
