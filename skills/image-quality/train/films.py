"""The films: ordinary ones of three sources, cut by patient; `eval` is read by evaluate.py alone."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Film = NDArray[np.float32]
SOURCES = ("children, 224 px", "adults, 512 px", "synthetic, 1200 x 1400")
_FOLDERS = ("cxr_kermany224", "cxr_nih")


@dataclass(frozen=True)
class Ordinary:
    """One film as it is: its source, whose it is, its pixels 0..1."""

    source: str
    patient: str
    pixels: Film


def data_folder() -> Path:
    """The folder of the data sets: WETREAD_DATA, else ../shared/data beside the repository."""
    default = Path(__file__).resolve().parents[3].parent / "shared" / "data"
    return Path(os.environ.get("WETREAD_DATA", default))


def real(source: int, split: str) -> list[tuple[Path, str]]:
    """(file, patient) of a source's split, in a fixed order that has nothing to do with the labels."""
    folder = data_folder() / _FOLDERS[source]
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        rows = [(row["file"], row["patient"]) for row in csv.DictReader(stream) if row["split"] == split]
    return [(folder / file, patient) for file, patient in sorted(rows, key=lambda row: _hash(row[0]))]


def in_calibration(patient: str, share: float) -> bool:
    """Whether a patient is kept away from fitting; by a hash, whatever the order of the rows."""
    return _hash(patient) < share


def _hash(text: str) -> float:
    return int.from_bytes(hashlib.sha256(f"quality:{text}".encode()).digest()[:4], "big") / 2**32


def read(file: Path) -> Film:
    """Grey film 0..1. SystemExit if it cannot be read."""
    pixels = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise SystemExit(f"{file.name}: not a readable film (README.md says where the data come from)")
    return pixels.astype(np.float32) / np.float32(255)


def synthetic(seeds: range) -> Iterator[Ordinary]:
    """Films of the demo hospital's generator, one imagined patient a seed."""
    from robot_library.hospital.films import make_film
    from robot_library.skills.golden import shown

    for seed in seeds:
        film = shown(make_film(seed, "normal" if seed % 2 else "pneumonia"))
        yield Ordinary(SOURCES[2], f"seed {seed}", film)


def ordinary(part: str) -> Iterator[Ordinary]:
    """The films of `fit` or `calibration`: 350 and 250 of children, 40 each of adults, 30 and 24 synthetic."""
    held = part == "calibration"
    for source, share, most in ((0, 0.2, 250 if held else 350), (1, 0.5, 1000)):
        chosen = [row for row in real(source, "train") if in_calibration(row[1], share) == held][:most]
        yield from (Ordinary(SOURCES[source], patient, read(file)) for file, patient in chosen)
    yield from synthetic(range(5000, 5024) if held else range(4000, 4030))


def held_out(source: int) -> list[tuple[Path, str]]:
    """The official `eval` films. Only evaluate.py calls this, and every call is a line of eval_log.csv."""
    return real(source, "eval")
