"""The films of orders that are to be typed are none that the bundled skill would hand to a person.

That is what makes ``expected_outcome`` true of every hospital; it is no evidence for the skill.
"""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from robot_library.hospital import schema
from robot_library.hospital.films import FilmPatient, FilmStudy, Kind, film_dataset, make_film
from robot_library.hospital.objects import COLUMNS, ROWS, TYPICALITY
from robot_library.hospital.traps import FILM_SEEDS, write
from robot_library.imaging.film import read_film
from robot_library.imaging.headers import read_image
from robot_library.model.finding import Finding
from robot_library.skills.host import LocalSkillHost

SKILLS = Path(__file__).parents[2] / "skills"
DATA: dict[str, bytes] = {}
EXPECTED: dict[Kind, str] = {"normal": "negative", "pneumonia": "positive"}


@pytest.fixture(scope="module")
def host() -> LocalSkillHost:
    """All gates, those of the skills asked first included."""
    return LocalSkillHost([SKILLS], lambda image: np.asarray(read_film(image, DATA[image.sha256]).pixels))


def _read(host: LocalSkillHost, data: bytes) -> tuple[str, float]:
    image = read_image(data, "film", "dicomweb")
    DATA.clear()
    DATA[image.sha256] = data
    said = host.run_now("chest-xray-pneumonia", image)
    return (said.decision, said.score) if isinstance(said, Finding) else (said.code, float("nan"))


def test_every_film_to_be_typed_is_decided(host: LocalSkillHost, template: Path) -> None:
    db = schema.connect_read_only(template / "hospital.sqlite")
    question = (
        "SELECT sop_uid, file, trap FROM instances JOIN studies USING (study_uid) JOIN orders USING (accession) "
        "WHERE expected_outcome = 'typed'"
    )
    found = db.execute(question).fetchall()
    db.close()
    kinds = {i.sop_uid: i.kind for s in write(1).studies for i in s.images}
    read = {row["sop_uid"]: _read(host, (template / row["file"]).read_bytes()) for row in found}
    assert {uid: said[0] for uid, said in read.items()} == {uid: EXPECTED[kinds[uid]] for uid in read}
    pair = [read[row["sop_uid"]] for row in found if row["trap"] == "monochrome_pair"]
    assert pair[0] == pair[1], "both monochromes read the same"


@pytest.mark.evidence
@pytest.mark.parametrize("kind", ["normal", "pneumonia"])
def test_every_film_that_can_stand_in_a_hospital_is_decided(host: LocalSkillHost, kind: Kind) -> None:
    child = FilmPatient("0001", "DEMO", "Test^Child", date(2023, 1, 1), "F")
    study = FilmStudy("A1", "1.2.3", "1.2.3.1", date(2026, 3, 3))
    doubtful = {}
    for seed in FILM_SEEDS:
        film = make_film(seed, kind, rows=ROWS, cols=COLUMNS, typicality=TYPICALITY)
        file = BytesIO()
        film_dataset(film, patient=child, study=study).save_as(file, enforce_file_format=True)
        said = _read(host, file.getvalue())
        if said[0] != EXPECTED[kind]:
            doubtful[seed] = said
    assert doubtful == {}
