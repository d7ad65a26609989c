"""A small picture found in a large one: an exact score at every place that a coarse look does not rule out.

Measured (docs/desktop.md): genuine matches score 0.97 and more, the best wrong ones up to 0.82. Below 0.90 nothing is
found; two places are an error, never the better one. Other scales are tried only where the caller says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from robot_library.drivers.desktop.capture import Box, Grey

LEAST = 0.90
SCALES = (1.0, 1.25, 0.8, 1.5, 2 / 3, 1.75, 2.0, 0.5)
_COARSE = 0.62
"""A half-size score below this rules a place out: halving costs a genuine match up to 0.2."""
_MOST = 64
_FLAT = 4.0
"""Standard deviation of grey values below which a picture shows nothing that could be found again."""


@dataclass(frozen=True)
class Hit:
    """Where it was found, how well (0 to 1), at which scale."""

    box: Box
    score: float
    scale: float = 1.0


def find_all(screen: Grey, wanted: Grey, least: float = LEAST) -> list[Hit]:
    """Every place where `wanted` stands, the best first. ValueError for a picture that shows nothing."""
    if float(wanted.std()) < _FLAT:
        raise ValueError("the picture is flat: nothing in it can be found again")
    if wanted.shape[0] > screen.shape[0] or wanted.shape[1] > screen.shape[1]:
        return []
    return _apart(_fine(screen, wanted, _places(screen, wanted), least), wanted.shape)


def find_scaled(screen: Grey, wanted: Grey, scales: Sequence[float] = SCALES, least: float = LEAST) -> list[Hit]:
    """The same at several scales: the hits of the first scale that has any."""
    import cv2

    for scale in scales:
        size = (round(wanted.shape[1] * scale), round(wanted.shape[0] * scale))
        if min(size) < 8:
            continue
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        sized = wanted if scale == 1.0 else np.asarray(cv2.resize(wanted, size, interpolation=way), np.uint8)
        if hits := find_all(screen, sized, least):
            return [Hit(hit.box, hit.score, scale) for hit in hits]
    return []


def _places(screen: Grey, wanted: Grey) -> list[tuple[int, int]]:
    """Left upper corners that a look at a smaller picture does not rule out."""
    import cv2

    steps = 4 if min(wanted.shape) >= 48 else 2 if min(wanted.shape) >= 12 else 1
    small = _shrunk(screen, steps)
    score = cv2.matchTemplate(small, _shrunk(wanted, steps), cv2.TM_CCOEFF_NORMED)
    found: list[tuple[int, int]] = []
    reach = max(2, min(wanted.shape) // steps // 2)
    for _ in range(_MOST):
        _, best, _, (x, y) = cv2.minMaxLoc(score)
        if best < _COARSE:
            break
        found.append((x * steps, y * steps))
        score[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1] = -1
    return found


def _shrunk(picture: Grey, steps: int) -> Any:
    import cv2

    if steps == 1:
        return picture
    size = (max(1, picture.shape[1] // steps), max(1, picture.shape[0] // steps))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _fine(screen: Grey, wanted: Grey, places: list[tuple[int, int]], least: float) -> list[Hit]:
    import cv2

    height, width = wanted.shape
    room = max(8, min(height, width) // 2)
    hits = []
    for x, y in places:
        left, top = max(0, x - room), max(0, y - room)
        part = screen[top : y + height + room, left : x + width + room]
        if part.shape[0] < height or part.shape[1] < width:
            continue
        _, best, _, (dx, dy) = cv2.minMaxLoc(cv2.matchTemplate(part, wanted, cv2.TM_CCOEFF_NORMED))
        if np.isfinite(best) and best >= least:
            hits.append(Hit(Box(left + dx, top + dy, width, height), float(best)))
    return hits


def _apart(hits: list[Hit], shape: tuple[int, ...]) -> list[Hit]:
    """One hit for each place: those that overlap by more than half are the same thing."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda each: -each.score):
        near = (abs(hit.box.x - k.box.x) < shape[1] / 2 and abs(hit.box.y - k.box.y) < shape[0] / 2 for k in kept)
        if not any(near):
            kept.append(hit)
    return kept
