"""The training volumes: where they are, which fold each patient belongs to, and how a volume becomes a tensor.

Patients of `brain_lgg` (the eval split) are never returned by `patients`; `evaluate.py` is the only file that asks
`read_split` for them.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 256
CHANNELS = ("pre", "flair", "post")
FOLDS, MEMBERS = 3, 2
"""Members (and gates) leave out folds 0 and 1; the patients of fold 2 are in every fit."""
TRAIN, EVAL = "brain_lgg_train", "brain_lgg"
SAME = 2.0
"""Mean difference in grey values (of 255) below which two sequences are one, but for JPEG: a missing sequence."""

Stored = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Volume:
    """One patient: slices (n, 256, 256, 3) uint8 as stored, from below to above, and the mask (n, 256, 256) bool."""

    patient: str
    stored: Stored
    mask: NDArray[np.bool_]

    @property
    def missing(self) -> bool:
        """Whether a sequence is a copy of another: the source of the data replaced what was missing by FLAIR."""
        planes = self.stored.astype(np.int16)
        pairs = ((0, 1), (0, 2), (1, 2))
        return any(np.abs(planes[..., a] - planes[..., b]).mean() < SAME for a, b in pairs)

    def tensor(self) -> Floats:
        """What the network receives: (n, 3, 256, 256)."""
        return prepare(self.stored)


def data_folder() -> Path:
    """The folder below which the data sets lie: WETREAD_DATA, or ../shared/data beside the repository."""
    default = Path(__file__).resolve().parents[3].parent / "shared" / "data"
    folder = Path(os.environ.get("WETREAD_DATA", default))
    if not (folder / TRAIN / "labels.csv").is_file():
        raise SystemExit(f"no {TRAIN}/labels.csv in {folder}: set WETREAD_DATA (README.md says where it is from)")
    return folder


def folds(patients: Iterable[str]) -> dict[str, int]:
    """0, 1 or 2 for each patient: dealt out in the order of a hash of the id, whatever the order of the rows."""
    shuffled = sorted(set(patients), key=lambda patient: hashlib.sha256(f"fold:{patient}".encode()).digest())
    return {patient: place % FOLDS for place, patient in enumerate(shuffled)}


def read_split(split: str, out: int | None = None, only: int | None = None) -> list[Volume]:
    """Volumes of `brain_lgg_train` or `brain_lgg` in the order of labels.csv: all, all but a fold, or one fold."""
    folder = data_folder() / split
    rows: dict[str, list[dict[str, str]]] = {}
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            rows.setdefault(row["patient"], []).append(row)
    place = folds(rows)
    kept = [patient for patient in rows if place[patient] != out and only in (None, place[patient])]
    return [_volume(folder, patient, rows[patient]) for patient in kept]


def _volume(folder: Path, patient: str, rows: list[dict[str, str]]) -> Volume:
    rows = sorted(rows, key=lambda row: int(row["slice"]))
    stored = np.empty((len(rows), SIDE, SIDE, 3), np.uint8)
    mask = np.zeros((len(rows), SIDE, SIDE), np.bool_)
    for index, row in enumerate(rows):
        image = cv2.imread(str(folder / row["file"]), cv2.IMREAD_COLOR)
        if image is None or image.shape != (SIDE, SIDE, 3):
            raise SystemExit(f"{row['file']}: not a readable slice of {SIDE} x {SIDE}")
        stored[index] = image[..., ::-1]
        if row["mask"]:
            outline = cv2.imread(str(folder / row["mask"]), cv2.IMREAD_GRAYSCALE)
            if outline is None or outline.shape != (SIDE, SIDE):
                raise SystemExit(f"{row['mask']}: not a readable mask of {SIDE} x {SIDE}")
            mask[index] = outline > 127
    return Volume(patient, stored, mask)


def patients(out: int | None = None, only: int | None = None) -> list[Volume]:
    """Training patients: all, all but the fold `out`, or `only` that fold."""
    return read_split(TRAIN, out, only)


def tables(stored: Stored) -> Floats:
    """(3, 256): what each stored grey value of each channel becomes in the network's tensor.

    Per volume and channel: clipped to percentiles 1 and 99, then mean 0 and deviation 1 over the whole volume; the same
    bits as the skill host's percentile_clip and standardize (float32, moments in float64).
    """
    found = np.empty((3, 256), np.float32)
    for channel in range(3):
        values = stored[..., channel]
        low, high = np.percentile(values.astype(np.float32), (1, 99))
        table = np.clip(np.arange(256, dtype=np.float32), np.float32(low), np.float32(high))
        counts = np.bincount(values.ravel(), minlength=256)
        mean = float(counts @ table.astype(np.float64)) / values.size
        deviation = float(np.sqrt(counts @ np.square(table.astype(np.float64) - mean) / values.size))
        found[channel] = (table - np.float32(mean)) / np.float32(max(deviation, 1e-6))
    return found


def prepare(stored: Stored) -> Floats:
    """(n, h, w, 3) uint8 → (n, 3, h, w) float32, normalised by `tables`."""
    lookup = tables(stored)
    return np.stack([lookup[channel][stored[..., channel]] for channel in range(3)], axis=1)
