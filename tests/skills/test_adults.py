"""Adults and older children, as DICOM with their true age, never reach the children's model."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

from robot_library.hospital.films import Film, FilmPatient, FilmStudy, film_dataset
from robot_library.hospital.films.film import exposed
from robot_library.imaging.headers import read_image
from robot_library.imaging.pixels import read_grayscale
from robot_library.model.finding import Abstention, Finding
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.host import LocalSkillHost
from tests.skills.films import PNEUMONIA, SKILLS

pytestmark = pytest.mark.data

TAKEN = date(2017, 6, 1)


class Row(NamedTuple):
    file: Path
    age: int
    sex: str
    view: str


def rows(data_dir: Path) -> list[Row]:
    folder = data_dir / "cxr_nih"
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        return [Row(folder / r["file"], int(r["age"]), r["sex"], r["view"]) for r in csv.DictReader(stream)]


def as_dicom(row: Row, age: int) -> bytes:
    """The film as a real DX object of a person of `age` years, twelve bits."""
    from io import BytesIO

    grey = cv2.imread(str(row.file), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    black, span = exposed(12)
    pixels = (black + grey.astype(np.float32) * (span / 255)).astype(np.uint16)
    film = Film(pixels=pixels, bits=12, view="PA" if row.view == "PA" else "AP", kind="normal", seed=0)
    born = date(TAKEN.year - age, 1, 1)
    patient = FilmPatient("1", "NIH", "Adult^Any", born, row.sex)
    study = FilmStudy("A1", "1.2.826.0.1.1", "1.2.826.0.1.2", TAKEN)
    buffer = BytesIO()
    film_dataset(film, patient=patient, study=study).save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


DATA: dict[str, bytes] = {}
HOST = LocalSkillHost([SKILLS], lambda image: read_grayscale(DATA[image.sha256]).pixels)


def say(data: bytes) -> Finding | Abstention:
    image = read_image(data, "blob", "file")
    DATA.clear()
    DATA[image.sha256] = data
    return HOST.run_now(PNEUMONIA.name, image)


@pytest.mark.slow
def test_every_film_of_a_patient_of_six_years_or_older_is_refused_for_the_age(data_dir: Path) -> None:
    old = [row for row in rows(data_dir) if row.age >= 6]
    assert len(old) > 250
    for row in old:
        answer = say(as_dicom(row, row.age))
        assert isinstance(answer, Abstention), row.file.name
        assert answer.code == AbstentionCode.AGE_OUT_OF_RANGE, (row.file.name, answer.code)


def test_it_is_the_age_that_refuses(data_dir: Path) -> None:
    """The same objects with a child's age pass the header: the refusal above was not for another reason."""
    codes = set()
    for row in rows(data_dir)[:12]:
        answer = say(as_dicom(row, 3))
        codes.add(answer.code if isinstance(answer, Abstention) else "read")
    assert codes <= {"read", AbstentionCode.UNLIKE_TRAINING.value, AbstentionCode.SATURATED.value}
    assert "read" in codes
