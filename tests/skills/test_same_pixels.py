"""Training code and host make the same tensor of a film, bit by bit."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pydicom import dcmread

from robot_library.imaging.pixels import read_grayscale
from robot_library.skills.host import Skill
from tests.skills.films import PNEUMONIA
from tests.skills.test_adults import Row, as_dicom, rows

pytestmark = pytest.mark.data
SKILL = Skill(PNEUMONIA)


@pytest.fixture
def prepare(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What fit.py, export.py and calibration give the network; the scripts are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(PNEUMONIA / "train"))
    before = set(sys.modules)
    yield import_module("augment").prepare
    for name in set(sys.modules) - before:
        if str(PNEUMONIA) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def stored(data_dir: Path, n: int) -> list[np.ndarray]:
    """Films of the training part, evenly spread over the table."""
    folder = data_dir / "cxr_kermany224"
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        files = [row["file"] for row in csv.DictReader(stream) if row["split"] == "train"]
    films = [cv2.imread(str(folder / file), cv2.IMREAD_GRAYSCALE) for file in files[:: len(files) // n][:n]]
    return [film for film in films if film is not None]


def check(prepare: Any, films: list[np.ndarray]) -> None:
    for film in films:
        ours = SKILL.prepare(film.astype(np.float32) / np.float32(255))[0, 0]
        np.testing.assert_array_equal(ours.view(np.uint32), prepare(film).view(np.uint32))


def test_twenty_films(prepare: Any, data_dir: Path) -> None:
    films = stored(data_dir, 20)
    assert len(films) == 20
    check(prepare, films)


@pytest.mark.evidence
def test_two_hundred_films(prepare: Any, data_dir: Path) -> None:
    films = stored(data_dir, 200)
    assert len(films) == 200
    check(prepare, films)


def eight_bits(grey: np.ndarray, like: Row) -> bytes:
    """A DX object of these very values; LINEAR window over all of them, so that 0 is black and 255 white."""
    dataset = dcmread(BytesIO(as_dicom(like, 40)))
    dataset.Rows, dataset.Columns = grey.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.WindowCenter, dataset.WindowWidth = "128", "256"
    dataset.PixelData = grey.tobytes()
    dataset["PixelData"].VR = "OB"
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def test_films_that_come_as_dicom_are_the_same_films(prepare: Any, data_dir: Path) -> None:
    """20 films of adults through the imaging room: what the training code makes of the very same values."""
    for row in rows(data_dir)[:20]:
        grey = cv2.imread(str(row.file), cv2.IMREAD_GRAYSCALE)
        assert grey is not None
        small = np.asarray(cv2.resize(grey, (224, 224), interpolation=cv2.INTER_AREA), np.uint8)
        ours = SKILL.prepare(read_grayscale(eight_bits(small, row)).pixels)[0, 0]
        np.testing.assert_array_equal(ours.view(np.uint32), prepare(small).view(np.uint32))
