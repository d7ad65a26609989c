"""A head drawn by formula: no patient is in it. For golden cases, which must be the same on every machine.

Only additions, multiplications, comparisons and square roots are used, rounded to whole grey values: the same bits
everywhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIDE, SLICES = 96, 14
# Grey values: scalp, skull, fluid, grey matter, white matter, vessel, tumour.
TISSUES = {
    "pre": (210, 25, 35, 85, 115, 60, 70),
    "flair": (170, 25, 25, 105, 85, 40, 190),
    "post": (200, 25, 35, 85, 115, 235, 80),
}


def _ellipse(x: Floats, y: Floats, centre: tuple[float, float], radii: tuple[float, float]) -> Floats:
    """Square of the distance from the centre, 1 on the rim."""
    found: Floats = ((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2
    return found


def _fold(x: Floats, y: Floats) -> Floats:
    """Folds of the cortex: a triangle wave in both directions, 0 to 1."""
    along, across = (x * 7) % 2, (y * 6 + x) % 2
    found: Floats = (np.abs(along - 1) + np.abs(across - 1)) / 2
    return found


def tissues(height: float) -> NDArray[np.intp]:
    """(SIDE, SIDE) number of the tissue, -1 for air, at a height of 0 (base) to 1 (vertex); rows run front to back."""
    at = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    x, y = np.meshgrid(at, at)
    size = float(np.sqrt(max(1 - (height * 1.05 - 0.25) ** 2, 0.05)))
    wide, long = 0.62 * size, 0.80 * size
    head = _ellipse(x, y, (0, 0), (wide, long))
    inside = _ellipse(x, y, (0, 0), (wide - 0.11, long - 0.11))
    brain = _ellipse(x, y, (0, 0), (wide - 0.13, long - 0.13))
    found = np.full((SIDE, SIDE), -1)
    found[head <= 1] = 0
    found[_ellipse(x, y, (0, 0), (wide - 0.05, long - 0.05)) <= 1] = 1
    found[inside <= 1] = 2
    found[brain <= 1] = 3
    found[(brain <= 0.45 + 0.4 * _fold(x, y)) & (np.abs(x) > 0.02)] = 4
    if 0.3 < height < 0.7:
        for side in (-1, 1):
            found[_ellipse(x, y, (0.09 * side, 0.05), (0.05, 0.22)) <= 1] = 2
    found[_ellipse(x, y, (0, long - 0.13), (0.04, 0.035)) <= 1] = 5
    found[_ellipse(x, y, (0, 0.05), (0.015, 0.10)) <= 1] = 5
    if 0.35 < height < 0.75:
        found[_ellipse(x, y, (0.24, -0.22), (0.15, 0.17)) <= 1 - 8 * (height - 0.55) ** 2] = 6
    return found


def head() -> NDArray[np.float32]:
    """(3, i, j, k) float32 of whole numbers: channels pre, FLAIR, post; i to the left, j to the back, k up."""
    numbers = np.stack([tissues(k / (SLICES - 1)) for k in range(SLICES)])
    channels = [np.append(np.array(values), 4)[numbers] for values in TISSUES.values()]
    return np.ascontiguousarray(np.stack(channels).transpose(0, 3, 2, 1)).astype(np.float32)
