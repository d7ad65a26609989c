"""The lab's films against the skill, without a lab: what should be typed must be certain, and of the right thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.bot import skill_host
from robot_library.imaging.received import Received
from robot_library.imaging.study import assemble
from robot_library.model.finding import Finding
from robot_library.parsing.library import Library
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from tests.hospital.lab.cases import CASES, Case
from tests.hospital.lab.studies import files

READ = [case for case in CASES if case.expected in ("typed", "already_reported")]
ORDERS = {case.key: f"{number:03}" for number, case in enumerate(CASES, 1)}


@pytest.mark.parametrize("case", READ, ids=[case.key for case in READ])
async def test_the_skill_is_certain(case: Case, tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path, SiteKey(bytes(range(32))))
    received = [Received(f"object {n}", blobs.put(data)) for n, data in enumerate(files(case, ORDERS), 1)]
    study = assemble(received, blobs, "file")
    (film,) = [image for image in study.images if image.role == "frontal"]
    answer = await skill_host(Library.find(), blobs).run("chest-xray-pneumonia", film)
    assert isinstance(answer, Finding), answer
    assert answer.decision == ("positive" if case.shots[0].kind == "pneumonia" else "negative")
