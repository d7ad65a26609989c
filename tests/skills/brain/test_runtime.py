"""The skill as shipped, through the host: the same tensor as in training, good masks, wrong volumes refused."""

from __future__ import annotations

from importlib import import_module
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from robot_library.skills.codes import AbstentionCode
from robot_library.skills.golden import run_golden
from robot_library.skills.host import Skill
from robot_library.skills.volume_ops import Grid
from robot_library.skills.volumes import Scan
from tests.skills.brain.conftest import SKILL

AXIAL = np.diag([-1.0, -1.0, 5.0, 1.0])
"""Voxel axes to the left, to the back, upwards; 1 x 1 x 5 mm."""


@pytest.fixture(scope="module")
def skill() -> Skill:
    return Skill(SKILL)


def as_scan(stored: NDArray[np.uint8], every: int = 1) -> Scan:
    """A stored volume (n, 256, 256, 3) as the host loads one."""
    channels = np.ascontiguousarray(stored[::every].transpose(3, 2, 1, 0)).astype(np.float32)
    _, i, j, k = channels.shape
    uids = tuple(f"1.2.{place}" for place in range(k))
    return Scan(channels, Grid((i, j, k), AXIAL), (uids, uids, uids))


def eval_volumes(scripts: Path, n: int) -> list[Any]:
    """The first n patients of the eval split that have all three sequences."""
    slices = import_module("slices")
    return [volume for volume in slices.read_split(slices.EVAL) if not volume.missing][:n]


def test_the_licence_of_the_data_is_the_weights(skill: Skill) -> None:
    assert skill.manifest.model.use == "non-commercial"
    assert "non-commercial" in skill.manifest.model.license
    assert "NON-COMMERCIAL" in (SKILL / "LICENSE").read_text(encoding="utf-8")
    assert (SKILL / "model.onnx").stat().st_size <= 10_000_000


def test_golden_cases_agree(skill: Skill) -> None:
    results = run_golden(skill)
    assert len(results) >= 2
    assert all(result.passed for result in results), [str(result) for result in results]


@pytest.mark.data
def test_training_and_host_make_the_same_tensor(
    skill: Skill, scripts: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit, on the volumes of ten patients, more than two hundred slices."""
    monkeypatch.setenv("WETREAD_DATA", str(data_dir))
    volumes = import_module("slices").patients(only=2)[:10]
    assert sum(len(volume.stored) for volume in volumes) > 200
    for volume in volumes:
        np.testing.assert_array_equal(skill.prepare(as_scan(volume.stored)), volume.tensor())


@pytest.mark.data
def test_masks_of_new_patients_agree_with_the_expert(
    skill: Skill, scripts: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WETREAD_DATA", str(data_dir))
    found = []
    for volume in eval_volumes(scripts, 3):
        reading = skill.read(as_scan(volume.stored))
        assert reading.code is None, volume.patient
        mask = reading.masks["tumour"].transpose(2, 1, 0)
        found.append(import_module("figures").dice(mask, volume.mask))
    assert min(found) > 0.5, found
    assert np.mean(found) > 0.7, found


@pytest.mark.data
def test_other_orders_are_refused(skill: Skill, scripts: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other order of the sequences of three patients; every third slice, for speed."""
    monkeypatch.setenv("WETREAD_DATA", str(data_dir))
    for volume in eval_volumes(scripts, 3):
        for order in permutations(range(3)):
            code = skill.read(as_scan(volume.stored[..., list(order)], every=2)).code
            assert (code is AbstentionCode.UNLIKE_TRAINING) == (order != (0, 1, 2)), (volume.patient, order)


@pytest.mark.data
def test_a_really_skull_stripped_patient_is_refused(
    skill: Skill, scripts: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WETREAD_DATA", str(data_dir))
    others = import_module("others")
    for every, pad in ((7, True), (10, False)):
        stripped = others.bet(("t1", "fla", "t1c"), every, pad)
        assert skill.read(as_scan(stripped)).code is AbstentionCode.UNLIKE_TRAINING
