"""A synthetic head: three sequences, a lesion of the size that was asked for, the same each time, honest geometry."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pydicom
import pytest

from robot_library.errors import SetupError
from robot_library.hospital.films import FilmPatient, FilmStudy
from robot_library.hospital.heads import SEQUENCES, Head, Sequence, make_head, model
from robot_library.hospital.heads.dicom import MRSeries, slice_dataset
from robot_library.hospital.people import Registry


@pytest.fixture(scope="module")
def head() -> Head:
    return make_head(1, lesion_ml=30)


def test_the_lesion_has_the_volume_that_was_asked_for(head: Head) -> None:
    assert head.lesion_ml == pytest.approx(30, rel=0.01)
    rows = np.flatnonzero(head.lesion.any(axis=(1, 2)))
    assert (np.diff(rows) == 1).all()  # one piece from below to above


def test_the_lesion_is_bright_on_flair_and_dark_on_t1(head: Head) -> None:
    around = (head.stored["pre"] > 250) & ~head.lesion
    inside = {name: np.median(head.stored[name][head.lesion]) for name in SEQUENCES}
    tissue = {name: np.median(head.stored[name][around]) for name in SEQUENCES}
    assert inside["flair"] > 1.3 * tissue["flair"]
    assert inside["pre"] < 0.95 * tissue["pre"]


def test_values_fit_into_twelve_bits_and_air_is_dark(head: Head) -> None:
    for name in SEQUENCES:
        values = head.stored[name]
        assert values.shape == (22, 256, 256)
        assert 500 < np.percentile(values, 99.5) < 4096
        assert np.median(values[:, :20, :20]) < 0.1 * np.percentile(values, 99.5)


def test_a_seed_gives_the_same_head_and_another_seed_another() -> None:
    first, again, other = make_head(3), make_head(3), make_head(4)
    assert all((first.stored[name] == again.stored[name]).all() for name in SEQUENCES)
    assert (first.stored["pre"] != other.stored["pre"]).mean() > 0.5
    assert not first.lesion.any()


@pytest.mark.parametrize("wrong", [{"slices": 3}, {"lesion_ml": 900.0}])
def test_what_cannot_be_made_is_said(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="4 to 120 ml"):
        make_head(1, **wrong)  # type: ignore[arg-type]


def test_absent_weights_are_a_setup_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "bundled", lambda: tmp_path)  # as in the wheel, which has none
    model.weights.cache_clear()
    with pytest.raises(SetupError, match="not in the wheel"):
        make_head(1)
    model.weights.cache_clear()


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_a_slice_is_a_whole_mr_object_with_its_place(head: Head, sequence: Sequence) -> None:
    import random
    from datetime import date

    person = Registry(random.Random(1), date(2026, 3, 2)).add("Petrov", "Ivan", date(1980, 2, 3), "M")
    made = slice_dataset(
        head, 5, "1.2.3.4",
        series=MRSeries("1.2.3", 2, sequence, "FLAIR", "1.2.9"),
        patient=FilmPatient(person.mrn, "MEADOW", person.dicom_name, person.birth_date, person.sex),
        study=FilmStudy("ACC1", "1.2", "1.2.3", date(2026, 3, 2), "MRI brain"),
    )  # fmt: skip
    packed = io.BytesIO()
    made.save_as(packed, enforce_file_format=True)
    found = pydicom.dcmread(io.BytesIO(packed.getvalue()))
    assert (found.pixel_array == head.stored[sequence][5]).all()
    assert (found.Modality, found.BodyPartExamined, found.PatientAge) == ("MR", "BRAIN", "046Y")
    assert "RescaleSlope" not in found
    height = (5 - 21 / 2) * head.between
    assert float(found.ImagePositionPatient[2]) == pytest.approx(height, abs=0.01)
    assert list(found.ImageOrientationPatient) == [1, 0, 0, 0, 1, 0]
