"""Dice by definition, and where there is nothing to compare."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from sklearn.metrics import f1_score

from robot_library.errors import AuthoringError
from robot_library.skills.evaluation.figures import Answer
from robot_library.skills.evaluation.labels import Row, Table
from robot_library.skills.evaluation.overlap import Overlap, dice, overlap, pair
from robot_library.skills.evaluation.report import Evaluated, render
from robot_library.skills.evaluation.volumes import VolumeAsker

FULL, EMPTY = np.ones((3, 4), bool), np.zeros((3, 4), bool)


def measured(cases: list[tuple[np.ndarray, np.ndarray] | str], patients: list[str] | None = None) -> Overlap:
    rows = tuple(
        Row(line=i, patient=patients[i] if patients else str(i), groups={"sex": "F"}) for i in range(len(cases))
    )
    answers = [Answer(code=c) if isinstance(c, str) else pair(r, c[0], c[1]) for r, c in zip(rows, cases, strict=True)]
    sheet = Table(Path("t.csv"), rows, ("file", "mask", "patient", "sex"), (), b"")
    return overlap(sheet, rows, answers, "ml")


def test_dice_is_the_f1_of_the_voxels() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.random((5, 6, 7)) < 0.3, rng.random((5, 6, 7)) < 0.4
    value = dice(one, other)
    assert value is not None
    assert math.isclose(value, f1_score(one.ravel(), other.ravel()))
    assert dice(EMPTY, EMPTY) is None
    assert dice(FULL, EMPTY) == 0
    with pytest.raises(ValueError, match="grid"):
        dice(FULL, FULL.T)


def test_empty_truth_counts_as_alarm_or_none_and_never_as_dice() -> None:
    found = measured([(FULL, FULL), (FULL, EMPTY), (EMPTY, FULL), (EMPTY, EMPTY), "series"])
    assert (found.n, found.asked, found.refused) == (4, 5, {"series": 1})
    assert (found.missed, found.empty, found.false_alarms) == (1, 2, 1)
    assert found.dice is not None
    assert (found.dice.value, found.median) == (0.5, 0.5)


def test_means_are_by_patient() -> None:
    found = measured([(FULL, FULL), (FULL, FULL), (FULL, EMPTY)], ["a", "a", "b"])
    assert found.dice is not None
    assert found.dice.value == 0.5
    assert found.patients == 2


@pytest.mark.parametrize("cases", [[], ["series"], [(EMPTY, EMPTY)], [(FULL, FULL)]])
def test_next_to_nothing_still_gives_a_page(cases: list[tuple[np.ndarray, np.ndarray] | str]) -> None:
    found = measured(cases)
    assert found.dice is None or found.dice.low < 0.5
    whole = Evaluated(skill="x", label="y", data="t", data_sha256="0", date="d", overlap=found)
    assert "<html" in render(whole, None)
    assert whole.summary("r")["n"] == found.n
    assert "dice" in whole.summary("r")


def test_a_picture_is_no_mask_of_a_file_with_several_slices(tmp_path: Path) -> None:
    """It would lie on the first slice alone, and the Dice of a perfect skill would be next to nothing."""
    (tmp_path / "head.png").write_bytes(cv2.imencode(".png", np.full((3, 4), 255, np.uint8))[1].tobytes())
    row = Row(line=2, patient="p", mask=tmp_path)
    sheet = Table(Path("t.csv"), (row,), ("mask",), (), b"")
    asker = object.__new__(VolumeAsker)  # its skill is not asked
    asker.hashes = []
    assert asker._expert(sheet, row, ["head"], (4, 3, 1)).all()
    with pytest.raises(AuthoringError, match="several slices"):
        asker._expert(sheet, row, ["head"] * 5, (4, 3, 5))
