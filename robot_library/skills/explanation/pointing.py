"""Scores of a map against places: energy inside, and the pointing game, with chance beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def energy_inside(evidence: Floats, mask: Mask) -> float:
    """Share of the positive evidence (h, w) that lies inside mask (rows, columns); NaN without positive evidence."""
    positive = np.clip(fitted(evidence, mask.shape), 0, None)
    total = float(positive.sum())
    return float(positive[mask].sum()) / total if total > 0 else float("nan")


def hit(evidence: Floats, mask: Mask) -> bool:
    """Pointing game: whether the strongest place lies inside."""
    fine = fitted(evidence, mask.shape)
    return bool(mask.reshape(-1)[int(fine.argmax())])


def chance(mask: Mask) -> float:
    """What a map that knows nothing gets in either score: the area's share."""
    return float(mask.mean())


def fitted(evidence: Floats, shape: tuple[int, ...]) -> Floats:
    """The map (..., h, w) at the size of a mask."""
    import cv2

    cells = np.asarray(evidence, np.float32).reshape(evidence.shape[-2:])
    return np.asarray(cv2.resize(cells, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def boxes_mask(boxes: Sequence[tuple[float, float, float, float]], side: float, rows: int, columns: int) -> Mask:
    """Boxes (x, y, width, height) on a square of `side` → mask (rows, columns)."""
    mask = np.zeros((rows, columns), np.bool_)
    for x, y, width, height in boxes:
        top, bottom = (round(v / side * rows) for v in (y, y + height))
        left, right = (round(v / side * columns) for v in (x, x + width))
        mask[top:bottom, left:right] = True
    return mask
