"""What a segmentation is worth: Dice and volume error by patient, with intervals by resampling patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from slices import Stored

Bools = NDArray[np.bool_]
Statistic = Callable[[NDArray[np.float64]], Any]

HEAD_MM2, HEAD_MM = 24_000.0, 150.0
"""An adult head of about 155 x 195 mm in its largest axial slice, 150 mm from the lowest slice to the highest."""
SIZES = ((0.0, 15.0), (15.0, 50.0), (50.0, float("inf")))
"""Tumour sizes for the subgroups, nominal ml."""


def dice(found: Bools, truth: Bools) -> float:
    """2 |both| / (|found| + |truth|) over the whole volume; 1 if both are empty."""
    total = int(found.sum()) + int(truth.sum())
    return 2 * int((found & truth).sum()) / total if total else 1.0


def nominal_voxel_ml(stored: Stored) -> float:
    """A voxel's volume if the head were of ordinary size. The data carry no spacing, so this is a guess (± 20 %)."""
    areas = []
    for plane in stored[..., 1]:
        bright = np.asarray(plane > 0.12 * float(np.percentile(plane, 99.5)) + 4, np.uint8)
        bright = np.asarray(cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.uint8)
        outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        areas.append(max((cv2.contourArea(outline) for outline in outlines), default=0.0))
    largest = float(np.percentile(areas, 90))
    return HEAD_MM2 / max(largest, 1.0) * HEAD_MM / len(stored) / 1000


def interval(values: Sequence[float], statistic: Statistic = np.mean, rounds: int = 2000) -> dict[str, float]:
    """A statistic of one value per patient with its 95 % percentile interval over resamplings of patients (seeded)."""
    array = np.asarray(values, np.float64)
    rng = np.random.default_rng(0)
    found = [float(statistic(array[rng.integers(0, len(array), len(array))])) for _ in range(rounds)]
    low, high = np.percentile(found, (2.5, 97.5))
    return {
        "value": round(float(statistic(array)), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "n": len(array),
    }


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Figures of some patients; each row has dice, true_voxels, found_voxels, true_ml (nominal)."""
    scores = [row["dice"] for row in rows]
    relative = [row["found_voxels"] / row["true_voxels"] - 1 for row in rows]
    difference = np.array([row["found_voxels"] - row["true_voxels"] for row in rows], np.float64)
    groups = {}
    for low, high in SIZES:
        some = [row["dice"] for row in rows if low <= row["true_ml"] < high]
        name = f"under {high:g}" if low == 0 else f"{low:g} and more" if np.isinf(high) else f"{low:g} to {high:g}"
        if some:
            groups[f"tumour of {name} ml (nominal)"] = interval(some)
    return {
        "patients": len(rows),
        "dice_mean": interval(scores),
        "dice_median": interval(scores, np.median),
        "dice_below_0.5": int(np.sum(np.array(scores) < 0.5)),
        "relative_volume_error_median": interval(relative, np.median),
        "relative_volume_error_absolute_median": interval(np.abs(relative).tolist(), np.median),
        "volume_bias_voxels": interval(difference.tolist()),
        "volume_limits_of_agreement_voxels": [
            round(float(difference.mean() + sign * 1.96 * difference.std(ddof=1))) for sign in (-1, 1)
        ],
        "by_size": groups,
    }
