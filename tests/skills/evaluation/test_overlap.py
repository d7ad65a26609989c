"""Dice by definition, and where there is nothing to compare."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom.dataset import FileDataset
from sklearn.metrics import f1_score

from robot_library.errors import AuthoringError
from robot_library.skills.evaluation.figures import Answer
from robot_library.skills.evaluation.labels import Row, Table
from robot_library.skills.evaluation.overlap import Overlap, Pair, dice, overlap, pair
from robot_library.skills.evaluation.report import Evaluated, render
from robot_library.skills.evaluation.volumes import VolumeAsker
from tests.imaging.dicoms import written
from tests.imaging.slabs import enhanced, slab
from tests.skills.volume_skills import threshold_model, write_skill

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


def case(folder: Path, objects: list[FileDataset], number: int) -> Row:
    """A row with the objects as one channel, and a white mask named like the first."""
    place, masks = folder / f"{number}", folder / f"{number}-mask"
    place.mkdir()
    masks.mkdir()
    for at, one in enumerate(objects):
        (place / f"{at}.dcm").write_bytes(written(one))
    white = np.full((objects[0].Rows, objects[0].Columns), 255, np.uint8)
    (masks / "0.png").write_bytes(cv2.imencode(".png", white)[1].tobytes())
    return Row(line=number, patient=f"p{number}", mask=masks, series={"t1": place})


def test_what_a_model_fails_for_is_counted_and_a_picture_is_no_mask_of_several_slices(tmp_path: Path) -> None:
    """On the first of the slices alone, the Dice of a perfect skill would be next to nothing."""
    bright = np.full((12, 16, 5), 1400, np.uint16)
    bright[0] = 0  # some contrast
    given = {"kind": "volume", "name": "volume", "shape": [-1, 1, 16, 12], "channels": [{"name": "t1"}]}
    write_skill(tmp_path / "skills", threshold_model([-1, 1, 16, 12]), input=given)
    rows = (case(tmp_path, slab(bright), 2), case(tmp_path, slab(bright[:8]), 3))
    sheet = Table(Path("t.csv"), rows, ("file:t1", "mask", "patient"), (), b"")
    asker = VolumeAsker([tmp_path / "skills"], "threshold")
    found, failed = asker.ask(sheet, rows, lambda *_: None)
    assert isinstance(found, Pair)
    assert found.dice == pytest.approx(2 * 176 / (5 * 176 + 192))  # of five slices one is marked, whole
    assert failed == Answer(code="model_failed")
    whole = case(tmp_path, [enhanced(slab(bright))], 4)
    with pytest.raises(AuthoringError, match="several slices"):
        asker.ask(sheet, [whole], lambda *_: None)
