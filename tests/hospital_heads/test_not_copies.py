"""No synthetic head is a near copy of a training patient's (nearest-training-neighbour test, slice by slice).

As for the films (tests/hospital_films/test_not_copies.py): what is compared is the distance to the nearest training
patient and its ratio to that of the tenth nearest; the yardstick is how real patients lie to all others.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from robot_library.hospital.heads import SEQUENCES, make_head

Floats = npt.NDArray[np.float32]
SEEDS = 8
LEVELS = 10
pytestmark = [pytest.mark.data, pytest.mark.slow]


@dataclass(frozen=True)
class Nearest:
    """Of each slice (n,): distance to the nearest patient, and that over the distance to the tenth nearest patient."""

    distance: Floats
    ratio: Floats


def framed(planes: npt.NDArray[np.uint8]) -> Floats:
    """Slice (h, w, 3) cut to its head, 64 x 64, slow shading taken off, unit length: anatomy without exposure."""
    grey = cv2.resize(planes, (128, 128), interpolation=cv2.INTER_AREA).astype(np.float32)
    bright = grey.mean(axis=-1) > 0.15 * np.percentile(grey[::2, ::2], 99.5)
    rows, columns = np.flatnonzero(bright.mean(axis=1) > 0.03), np.flatnonzero(bright.mean(axis=0) > 0.03)
    if len(rows) < 20 or len(columns) < 20:
        rows, columns = np.arange(len(grey)), np.arange(len(grey))
    cut = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    small = cv2.resize(cut, (64, 64), interpolation=cv2.INTER_AREA)
    fine = (small - cv2.GaussianBlur(small, (0, 0), 4)).ravel()
    fine -= fine.mean()
    return np.asarray(fine / max(float(np.linalg.norm(fine)), 1e-6), np.float32)


@dataclass(frozen=True)
class Training:
    """Descriptors (n, d) of all training slices and the patient of each."""

    found: Floats
    patients: npt.NDArray[np.str_]

    def nearest(self, asked: Floats, but: npt.NDArray[np.str_] | None = None) -> Nearest:
        """How `asked` lie to the patients, each by its nearest slice; `but` names whom to leave out for each."""
        names = np.unique(self.patients)
        alike = asked @ self.found.T
        by_patient = np.stack([alike[:, self.patients == name].max(axis=1) for name in names], axis=1)
        if but is not None:
            by_patient[but[:, None] == names[None]] = -1
        ten = np.sort(by_patient, axis=1)[:, ::-1][:, :10]
        distance = np.sqrt((2 - 2 * ten).clip(0))
        return Nearest(distance[:, 0], distance[:, 0] / distance[:, 9])


@pytest.fixture(scope="module")
def slices(data_dir: Path) -> list[tuple[str, npt.NDArray[np.uint8]]]:
    folder = data_dir / "brain_lgg_train"
    with (folder / "labels.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return [(row["patient"], np.asarray(cv2.imread(str(folder / row["file"])), np.uint8)[..., ::-1]) for row in rows]


@pytest.fixture(scope="module")
def training(slices: list[tuple[str, npt.NDArray[np.uint8]]]) -> Training:
    return Training(np.stack([framed(image) for _, image in slices]), np.array([patient for patient, _ in slices]))


@pytest.fixture(scope="module")
def real(training: Training) -> Nearest:
    chosen = np.random.default_rng(0).choice(len(training.found), 600, replace=False)
    return training.nearest(training.found[chosen], training.patients[chosen])


@pytest.fixture(scope="module")
def synthetic(training: Training) -> Nearest:
    asked = []
    for seed in range(SEEDS):
        head = make_head(seed, lesion_ml=25 if seed % 2 else None)
        for level in np.linspace(1, head.slices - 2, LEVELS).astype(int):
            planes = [head.stored[name][level] / np.percentile(head.stored[name], 99.5) for name in SEQUENCES]
            asked.append(framed((np.stack(planes, axis=-1) * 230).clip(0, 255).astype(np.uint8)))
    return training.nearest(np.stack(asked))


def test_no_synthetic_slice_has_one_training_patient_that_stands_out(real: Nearest, synthetic: Nearest) -> None:
    assert synthetic.ratio.min() > np.quantile(real.ratio, 0.002)
    assert (synthetic.ratio < np.quantile(real.ratio, 0.05)).mean() < 0.10  # of real ones 0.05
    assert np.median(synthetic.ratio) > np.median(real.ratio) - 0.03


def test_synthetic_slices_keep_the_distance_that_real_patients_keep(real: Nearest, synthetic: Nearest) -> None:
    # Drawn about the mean head, they lie nearer to the middle than real ones: a little less is due.
    assert synthetic.distance.min() > 0.75 * np.quantile(real.distance, 0.01)


def test_a_disturbed_copy_would_be_caught(
    slices: list[tuple[str, npt.NDArray[np.uint8]]], training: Training, real: Nearest, synthetic: Nearest
) -> None:
    rng = np.random.default_rng(1)
    copies = []
    for place in rng.choice(len(slices), 60, replace=False):
        image = slices[place][1].astype(np.float32)
        if (image > 40).mean() < 0.15:
            continue  # little but air
        shift = np.array(
            [[1 + rng.normal(0, 0.005), 0, rng.normal(0, 1)], [0, 1 + rng.normal(0, 0.005), rng.normal(0, 1)]]
        )
        moved = cv2.GaussianBlur(cv2.warpAffine(image, shift, image.shape[:2]), (0, 0), 1)
        copies.append(framed((0.8 * moved + 5 + rng.normal(0, 4, moved.shape)).clip(0, 255).astype(np.uint8)))
    caught = training.nearest(np.stack(copies))
    assert np.quantile(caught.ratio, 0.85) < synthetic.ratio.min()
