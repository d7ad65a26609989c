"""Lung fields of an upright frontal film by simple means, to score maps with; good enough for that and nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIDE = 224
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.12, 0.88, 0.12, 0.80


def lung_fields(film: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mask (224, 224): on each side of the spine, between neck and diaphragm, the hull of what is darker than usual.

    film (rows, columns) in 0..1. Consolidated lung is bright: the convex hull of the aerated rest takes it in where
    rest lies on both sides of it, and misses it where a whole lung is white.
    """
    import cv2

    small = cv2.resize(film, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(small, (0, 0), 3), np.float32)
    middle = smooth[round(_TOP * SIDE) : round(_BOTTOM * SIDE), round(_LEFT * SIDE) : round(_RIGHT * SIDE)]
    air = _outside(smooth)
    threshold = np.percentile(middle, 50)
    inside = np.zeros((SIDE, SIDE), np.bool_)
    inside[round(_TOP * SIDE) : round(_BOTTOM * SIDE), round(_LEFT * SIDE) : round(_RIGHT * SIDE)] = True
    dark = ((smooth < threshold) & inside & ~air).astype(np.uint8)
    dark = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8)).astype(np.uint8)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for half in (slice(0, SIDE // 2), slice(SIDE // 2, SIDE)):
        _hull(dark, half, mask)
    return mask.astype(np.bool_)


def _hull(dark: NDArray[np.uint8], half: slice, mask: NDArray[np.uint8]) -> None:
    """The hull of the largest dark part of one half, drawn into the mask."""
    import cv2

    part = np.zeros_like(dark)
    part[:, half] = dark[:, half]
    outlines, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if outlines:
        cv2.fillConvexPoly(mask, cv2.convexHull(max(outlines, key=cv2.contourArea)), (1,))


def _outside(smooth: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The air around the body: what is nearly black and hangs together with the film's left or right rim."""
    import cv2

    black = (smooth < 0.5 * float(np.median(smooth))).astype(np.uint8)
    _, parts = cv2.connectedComponents(black)
    rim = set(np.unique(parts[:, [0, -1]]).tolist()) - {0}
    return np.isin(parts, list(rim))
