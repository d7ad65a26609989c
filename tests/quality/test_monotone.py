"""Real films made worse: the measure that names the fault must follow it."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest

from robot_library.imaging.quality import MEASURES, MeasuredFilm
from tests.quality.films import Film

pytestmark = pytest.mark.data
FILMS = 4


@pytest.fixture(scope="module")
def films(data_dir: Path) -> list[Film]:
    found: list[Film] = []
    for folder in ("cxr_kermany224", "cxr_nih"):
        with (data_dir / folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
            rows = [row["file"] for row in csv.DictReader(stream) if row["split"] == "train"][:FILMS]
        found += [_read(data_dir / folder / name) for name in rows]
    return found


def _read(file: Path) -> Film:
    pixels = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    return pixels.astype(np.float32) / np.float32(255)


def median(films: list[Film], name: str) -> float:
    return float(np.median([MEASURES[name].of(MeasuredFilm(film)) for film in films]))


def worse(films: list[Film], fault: str, strength: float) -> list[Film]:
    rng = np.random.default_rng(1)
    match fault:
        case "noise":
            return [
                np.clip(f + rng.normal(0, 0.05 * strength * min(f.shape) / 224, f.shape), 0, 1).astype(np.float32)
                for f in films
            ]
        case "blur":
            return [
                np.asarray(cv2.GaussianBlur(f, (0, 0), 0.01 + strength * min(f.shape) / 70), np.float32) for f in films
            ]
        case "white":
            return [np.clip(f * (1 + strength), 0, 1) for f in films]
        case _:
            return [0.2 + f * (1 - strength) * 0.6 for f in films]


@pytest.mark.parametrize(
    ("fault", "name", "sign"),
    [
        ("noise", "noise.sigma", 1),
        ("noise", "contrast.to_noise", -1),
        ("blur", "sharpness.blur", 1),
        ("blur", "sharpness.detail", -1),
        ("white", "clipping.white", 1),
        ("flat", "exposure.range", -1),
    ],
)
def test_the_stronger_the_fault_the_further_the_measure(films: list[Film], fault: str, name: str, sign: int) -> None:
    values = [median(worse(films, fault, strength), name) for strength in (0.0, 0.25, 0.5, 0.9)]
    assert all(sign * (after - before) > 0 for before, after in itertools.pairwise(values)), values
