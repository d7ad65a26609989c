"""Features of a window of answers against those of the reference: how far apart the two clouds lie, as one number.

The reference keeps the mean of its features and their first AXES principal axes, each scaled to deviation 1 and cut off
at three deviations. A window is laid on the same axes. Both clouds are taken for normal along each axis; their Jeffreys
divergence, summed over the axes, is to normal distributions what the population stability index (PSI) is to bins: the
same sum of (p - q) ln(p / q), so it is warned of and stopped at the same 0.1 and 0.25. By chance it is about
chi-squared(2 x AXES) x (1/n + 1/m).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from robot_library.model.base import Frozen

AXES = 4
LEAST = 50
"""Answers with features below which a reference has no axes."""
_CUT = 3.0
Floats = NDArray[np.float64]


class Cloud(Frozen):
    """The reference's features: n, mean (k), axes (AXES, k) with their scale in them, and per axis mean and variance of
    what lies on it after the cut."""

    n: int
    mean: tuple[float, ...]
    axes: tuple[tuple[float, ...], ...]
    middle: tuple[float, ...]
    variance: tuple[float, ...]

    def placed(self, features: Sequence[Sequence[float]]) -> Floats:
        """(n, AXES) of features (n, k); those of another length are left out."""
        given = [one for one in features if len(one) == len(self.mean)]
        if not given:
            return np.zeros((0, len(self.axes)))
        flat = (np.asarray(given, np.float64) - np.asarray(self.mean)) @ np.asarray(self.axes).T
        return np.asarray(np.clip(flat, -_CUT, _CUT), np.float64)


def cloud(features: Sequence[Sequence[float]]) -> Cloud | None:
    """None where there are too few, or they do not vary along AXES axes."""
    length = max((len(one) for one in features), default=0)
    given = [one for one in features if length and len(one) == length]
    if len(given) < LEAST:
        return None
    values = np.asarray(given, np.float64)
    centred = values - values.mean(axis=0)
    _, sides, axes = np.linalg.svd(centred, full_matrices=False)
    if len(sides) < AXES or sides[AXES - 1] <= 1e-9 * max(sides[0], 1e-12):
        return None
    scaled = axes[:AXES] / (sides[:AXES, None] / np.sqrt(len(given)))
    flat = np.clip(centred @ scaled.T, -_CUT, _CUT)
    return Cloud(
        n=len(given),
        mean=tuple(float(f"{one:.6g}") for one in values.mean(axis=0)),
        axes=tuple(tuple(float(f"{one:.6g}") for one in axis) for axis in scaled),
        middle=tuple(flat.mean(axis=0).tolist()),
        variance=tuple(flat.var(axis=0).tolist()),
    )


def apart(before: Cloud, now: Floats) -> float:
    """Jeffreys divergence of a window (n, AXES) from the reference, summed over the axes; 0 without any."""
    if len(now) < 2:
        return 0.0
    m, v = np.asarray(before.middle), np.maximum(np.asarray(before.variance), 1e-6)
    shift, w = (now.mean(axis=0) - m) ** 2, np.maximum(now.var(axis=0), 1e-6)
    return float((((v + shift) / w + (w + shift) / v) / 2 - 1).sum())
