"""The pneumonia skill reads the films through the real imaging room: the demo's plumbing, no evidence for the skill."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from robot_library.hospital.films import FilmPatient, FilmStudy, Kind, film_dataset, make_film
from robot_library.imaging.film import read_film
from robot_library.imaging.headers import read_image
from robot_library.model.finding import Finding
from robot_library.skills.host import LocalSkillHost

SKILLS = Path(__file__).parents[2] / "skills"
DATA: dict[str, bytes] = {}
CHILD = FilmPatient("0001", "DEMO", "Test^Child", date(2023, 1, 1), "F")
STUDY = FilmStudy("A1", "1.2.3", "1.2.3.1", date(2026, 11, 20))
EXPECTED: dict[Kind, str] = {"normal": "negative", "pneumonia": "positive"}


@pytest.fixture(scope="module")
def host() -> LocalSkillHost:
    """All gates, those of the skills asked first included."""
    return LocalSkillHost([SKILLS], lambda image: np.asarray(read_film(image, DATA[image.sha256]).pixels))


def read(host: LocalSkillHost, seed: int, kind: Kind, photometric: str = "MONOCHROME2") -> tuple[str, float]:
    """(decision or abstention code, score) of one film, from DICOM bytes as a PACS would give them."""
    film = make_film(seed, kind, rows=960, cols=1120)
    file = io.BytesIO()
    options = {"photometric": photometric}
    film_dataset(film, patient=CHILD, study=STUDY, **options).save_as(file, enforce_file_format=True)  # type: ignore[arg-type]
    image = read_image(file.getvalue(), "film", "dicomweb")
    DATA[image.sha256] = file.getvalue()
    said = host.run_now("chest-xray-pneumonia", image)
    return (said.decision, said.score) if isinstance(said, Finding) else (said.code, float("nan"))


@pytest.mark.parametrize("kind", ["normal", "pneumonia"])
def test_films_are_read_decisively_as_what_they_are(host: LocalSkillHost, kind: Kind) -> None:
    decisions = [read(host, seed, kind)[0] for seed in range(12)]
    assert decisions.count(EXPECTED[kind]) >= 11, decisions


def test_a_monochrome1_twin_is_read_with_the_same_score(host: LocalSkillHost) -> None:
    assert read(host, 2, "pneumonia") == read(host, 2, "pneumonia", "MONOCHROME1")
