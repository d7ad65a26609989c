"""No synthetic film is a near copy of a training film (nearest-training-neighbour test).

A copy is much nearer to one training film than to all others. So what is compared is not only the distance to the
nearest training film but its ratio to the distance of the tenth nearest, and the yardstick is how real films lie to the
training films of *other* patients. Disturbed training films, put through the same test, are caught: it can fail.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from robot_library.hospital.films.film import Kind
from robot_library.hospital.films.generator import draw

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
SEEDS = 60
REAL = 1000
pytestmark = [pytest.mark.data, pytest.mark.slow]


@dataclass(frozen=True)
class Nearest:
    """Distance to the nearest training film, and that divided by the distance to the tenth nearest: (n,) each."""

    distance: Floats
    ratio: Floats


@dataclass(frozen=True)
class Training:
    """The training films (n, 224, 224), their descriptors (n, d), the patients they show (n,)."""

    films: Bytes
    descriptors: Floats
    patients: npt.NDArray[np.str_]

    def nearest(self, films: Bytes, patients: npt.NDArray[np.str_] | None = None) -> Nearest:
        """How `films` lie to the training films, those of the same patient left out if `patients` are given."""
        closeness = descriptors(films) @ self.descriptors.T
        if patients is not None:
            closeness[patients[:, None] == self.patients[None]] = -1
        ten = np.sort(closeness, axis=1)[:, ::-1][:, :10]
        distance = np.sqrt((2 - 2 * ten).clip(0))
        return Nearest(distance[:, 0], distance[:, 0] / distance[:, 9])


def descriptors(films: Bytes) -> Floats:
    """Anatomy without exposure: 64 pixels, slow shading taken off, rim cut (markers, collimation), unit length."""
    rows = []
    for film in films:
        small = cv2.resize(film, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
        fine = (small - cv2.GaussianBlur(small, (0, 0), 4))[6:-6, 6:-6].ravel()
        fine -= fine.mean()
        rows.append(fine / np.linalg.norm(fine))
    return np.stack(rows).astype(np.float32)


@pytest.fixture(scope="module")
def training(data_dir: Path) -> Training:
    folder = data_dir / "cxr_kermany224"
    with (folder / "labels.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["split"] == "train"]
    films = np.stack([np.asarray(cv2.imread(str(folder / r["file"]), cv2.IMREAD_GRAYSCALE), np.uint8) for r in rows])
    return Training(films, descriptors(films), np.array([row["patient"] for row in rows]))


@pytest.fixture(scope="module")
def real(training: Training) -> Nearest:
    chosen = np.random.default_rng(0).choice(len(training.films), REAL, replace=False)
    return training.nearest(training.films[chosen], training.patients[chosen])


@pytest.fixture(scope="module")
def synthetic(training: Training) -> Nearest:
    kinds: tuple[Kind, ...] = ("normal", "pneumonia")
    films = np.stack([np.rint(255 * draw(seed, kind)).astype(np.uint8) for kind in kinds for seed in range(SEEDS)])
    return training.nearest(films)


def test_no_synthetic_film_has_one_training_film_that_stands_out(real: Nearest, synthetic: Nearest) -> None:
    assert synthetic.ratio.min() > np.quantile(real.ratio, 0.002)
    assert (synthetic.ratio < np.quantile(real.ratio, 0.05)).mean() < 0.15
    assert np.median(synthetic.ratio) > np.median(real.ratio) - 0.03


def test_synthetic_films_keep_the_distance_that_real_patients_keep(real: Nearest, synthetic: Nearest) -> None:
    # Drawn from class densities, films lie nearer to the middle of their class than real ones: a little less is due.
    assert synthetic.distance.min() > 0.75 * np.quantile(real.distance, 0.01)
    assert np.median(synthetic.distance) > 0.75 * np.median(real.distance)


def test_a_disturbed_copy_would_be_caught(training: Training, synthetic: Nearest) -> None:
    rng = np.random.default_rng(1)
    copies = []
    for film in training.films[rng.choice(len(training.films), 50, replace=False)]:
        shift = np.array(
            [[1 + rng.normal(0, 0.005), 0, rng.normal(0, 1)], [0, 1 + rng.normal(0, 0.005), rng.normal(0, 1)]]
        )
        moved = cv2.warpAffine(film, shift, (224, 224), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        copies.append((0.8 * cv2.GaussianBlur(moved, (0, 0), 1) + 20 + rng.normal(0, 8, moved.shape)).clip(0, 255))
    caught = training.nearest(np.stack(copies).astype(np.uint8))
    assert np.quantile(caught.ratio, 0.9) < synthetic.ratio.min()
    assert np.quantile(caught.distance, 0.9) < synthetic.distance.min()
