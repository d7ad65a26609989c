"""Skull-stripping imitated: what brain extraction leaves of a head, without a brain extractor.

Two ways, so that the gate learns "no skull and no scalp" and not one way's rim: the head's outline worn away by the
thickness of scalp and skull, and the largest soft-tissue part that remains when thin bridges are cut.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from slices import Floats

Bools = NDArray[np.bool_]


def _disc(radius: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8)


def _largest(mask: Any) -> NDArray[np.uint8]:
    """The largest part of a mask (0 or 1), its holes filled."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(mask.shape, np.uint8)
    if outlines:
        cv2.drawContours(filled, [max(outlines, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    return filled


def _worn(plane: Floats, depth: float) -> Bools:
    """The head's outline, eroded by `depth` (share of the side)."""
    bright = np.asarray(plane > 0.12 * float(np.percentile(plane, 99.5)) + 1, np.uint8)
    head = _largest(cv2.morphologyEx(bright, cv2.MORPH_CLOSE, _disc(2)))
    padded = cv2.copyMakeBorder(head, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    far = cv2.distanceTransform(np.asarray(padded, np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    return np.asarray(far > depth * plane.shape[0], np.bool_)


def _cut(plane: Floats, depth: float) -> Bools:
    """The largest soft part within the worn outline once thin bridges are cut."""
    inside = _worn(plane, 0.6 * depth)
    if not inside.any():
        return inside
    level = 0.45 * float(np.median(plane[inside]))
    bridge = max(1, round(0.015 * plane.shape[0]))
    soft = np.asarray(inside & (plane > level), np.uint8)
    core = _largest(cv2.morphologyEx(soft, cv2.MORPH_OPEN, _disc(bridge)))
    return np.asarray(cv2.morphologyEx(core, cv2.MORPH_CLOSE, _disc(2 * bridge)) > 0, np.bool_)


def stripped(volume: Floats, rng: np.random.Generator) -> Floats:
    """(n, side, side, 3) without skull and scalp; all sequences by one mask, the lowest slices at times empty."""
    depth, way = rng.uniform(0.035, 0.075), _worn if rng.random() < 0.5 else _cut
    together = volume.mean(axis=-1)
    mask = np.stack([way(plane, depth) for plane in together])
    if rng.random() < 0.5:
        mask[: int(rng.integers(0, 1 + len(volume) // 4))] = False
    kept: Floats = np.where(mask[..., None], volume, np.float32(0))
    return kept
