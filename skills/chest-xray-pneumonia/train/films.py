"""The training films: where they are, which patient each belongs to, and the one split that is allowed.

`train` rows are cut by *patient* into a fitting part and a calibration part; `eval` rows are never returned here
(see `evaluate.py`, the only file that may read them).
"""

from __future__ import annotations

import csv
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from robot_library.model.skill import Size
from robot_library.skills.preprocess import resize_stretch

SIDE = 224
CALIBRATION_SHARE = 0.2  # of the patients, by a hash of the patient id: stable whatever the order of the rows


@dataclass(frozen=True)
class Film:
    """One row of labels.csv."""

    file: str
    patient: str
    pneumonia: bool
    kind: str


@dataclass(frozen=True)
class FilmSet:
    """Films (n, 224, 224) uint8 with labels (n,) float32 and the patient of each."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.float32]
    patients: list[str]
    kinds: list[str]


def data_folder() -> Path:
    """The folder `cxr_kermany224`, below WETREAD_DATA or beside the repository (../shared/data)."""
    default = Path(__file__).resolve().parents[3].parent / "shared" / "data"
    folder = Path(os.environ.get("WETREAD_DATA", default)) / "cxr_kermany224"
    if not (folder / "labels.csv").is_file():
        raise SystemExit(f"no labels.csv in {folder}: set WETREAD_DATA (README.md says where the originals are)")
    return folder


def rows(split: str) -> list[Film]:
    """All rows of one split ("train" or "eval") in the order of the file."""
    with (data_folder() / "labels.csv").open(encoding="utf-8", newline="") as stream:
        return [
            Film(row["file"], row["patient"], row["label"] == "PNEUMONIA", row["kind"])
            for row in csv.DictReader(stream)
            if row["split"] == split
        ]


def in_calibration(patient: str) -> bool:
    """True for the fifth of the patients kept away from fitting."""
    digest = hashlib.sha256(f"calibration:{patient}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < CALIBRATION_SHARE


def load(films: list[Film]) -> FilmSet:
    """Decode films as 8-bit grey. Raises SystemExit for a file that is missing or not 224 x 224."""
    folder = data_folder()
    pixels = np.empty((len(films), SIDE, SIDE), np.uint8)
    for index, film in enumerate(films):
        image = cv2.imread(str(folder / film.file), cv2.IMREAD_GRAYSCALE)
        if image is None or image.shape != (SIDE, SIDE):
            raise SystemExit(f"{film.file}: not a readable {SIDE} x {SIDE} film")
        pixels[index] = image
    return FilmSet(
        pixels,
        np.array([film.pneumonia for film in films], np.float32),
        [film.patient for film in films],
        [film.kind for film in films],
    )


def fitting() -> FilmSet:
    """The four fifths of the `train` patients that the network is fitted on, and as much of the feedback."""
    return _with_feedback(load([film for film in rows("train") if not in_calibration(film.patient)]), False)


def calibration() -> FilmSet:
    """The fifth of the `train` patients for calibration and thresholds, and of the feedback; no patient is in both."""
    return _with_feedback(load([film for film in rows("train") if in_calibration(film.patient)]), True)


def feedback(folder: Path) -> FilmSet:
    """What `wetread skills feedback export` wrote: films of any size, stretched to 224 x 224 as the skill does it.

    A "patient" of it is a study: it knows no persons. Raises SystemExit for a film or a label that cannot be read.
    """
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        found = list(csv.DictReader(stream))
    pixels = np.empty((len(found), SIDE, SIDE), np.uint8)
    for index, row in enumerate(found):
        image = cv2.imread(str(folder / row["file"]), cv2.IMREAD_UNCHANGED)
        if image is None or image.ndim != 2 or row["label"] not in ("positive", "negative"):
            raise SystemExit(f"line {index + 2} of {folder / 'labels.csv'}: no grey film, or no decision")
        shown = image.astype(np.float32) / np.iinfo(image.dtype).max
        pixels[index] = np.rint(resize_stretch(shown, Size(height=SIDE, width=SIDE)) * 255)
    return FilmSet(
        pixels,
        np.array([row["label"] == "positive" for row in found], np.float32),
        [f"feedback {row['patient']}" for row in found],
        ["feedback" for _ in found],
    )


def _with_feedback(data: FilmSet, calibrating: bool) -> FilmSet:
    """With this side's part of the folder that WETREAD_FEEDBACK names, if it is set."""
    folder = os.environ.get("WETREAD_FEEDBACK")
    if not folder:
        return data
    more = feedback(Path(folder))
    ours = [k for k, patient in enumerate(more.patients) if in_calibration(patient) == calibrating]
    return FilmSet(
        np.concatenate([data.pixels, more.pixels[ours]]),
        np.concatenate([data.labels, more.labels[ours]]),
        data.patients + [more.patients[k] for k in ours],
        data.kinds + [more.kinds[k] for k in ours],
    )
