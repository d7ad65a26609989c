"""A small picture found in a large one: an exact score at every place that a coarse look does not rule out.

Measured (docs/desktop.md): genuine matches score 0.97 and more. A score alone is not enough: `Save 4` scores 0.95 where
`Save 3` was looked for, so every spot of what is found must look like the picture as well (`alike`). Two places are an
error, never the better one. Other scales are tried only where the caller says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from robot_library.drivers.desktop.alike import least_alike
from robot_library.drivers.desktop.capture import Box, Grey
from robot_library.drivers.desktop.coarse import Coarse

LEAST = 0.90
ALIKE, ALIKE_SCALED = 0.80, 0.70
"""How much the least alike spot must look like the picture's, at the same scale and at another one."""
SCALES = (1.0, 1.25, 0.8, 1.5, 2 / 3, 1.75, 2.0, 0.5)
_FLAT = 4.0
"""Standard deviation of grey values below which a picture shows nothing that could be found again."""


@dataclass(frozen=True)
class Hit:
    """Where it was found, how well (0 to 1), at which scale."""

    box: Box
    score: float
    scale: float = 1.0


def find_all(screen: Grey | Coarse, wanted: Grey, least: float = LEAST, alike: float = ALIKE) -> list[Hit]:
    """Every place where `wanted` stands, the best first. ValueError for a picture that shows nothing. Whoever looks
    for several pictures on one screen gives it as `Coarse`, which keeps what they share."""
    coarse = screen if isinstance(screen, Coarse) else Coarse(screen)
    if float(wanted.std()) < _FLAT:
        raise ValueError("the picture is flat: nothing in it can be found again")
    if wanted.shape[0] > coarse.grey.shape[0] or wanted.shape[1] > coarse.grey.shape[1]:
        return []
    places, reach = coarse.places(wanted)
    hits = [hit for place in places if (hit := _fine(coarse.grey, wanted, place, reach, least)) is not None]
    return [hit for hit in _apart(hits, wanted.shape) if _looks_like(coarse.grey, wanted, hit.box, alike)]


def looks_alike(shown: Grey, seen: Grey) -> bool:
    """Whether what is shown at a place now is what was seen there; a ground of another colour is no difference."""
    import cv2

    if float(seen.std()) < _FLAT:
        return True
    score = float(cv2.matchTemplate(shown, seen, cv2.TM_CCOEFF_NORMED)[0, 0])
    return bool(np.isfinite(score)) and score >= LEAST


def find_scaled(
    screen: Grey | Coarse, wanted: Grey, scales: Sequence[float] = SCALES, least: float = LEAST
) -> list[Hit]:
    """The same at several scales: the hits of the first scale that has any."""
    import cv2

    coarse = screen if isinstance(screen, Coarse) else Coarse(screen)
    for scale in scales:
        size = (round(wanted.shape[1] * scale), round(wanted.shape[0] * scale))
        if min(size) < 8:
            continue
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        sized = wanted if scale == 1.0 else np.asarray(cv2.resize(wanted, size, interpolation=way), np.uint8)
        if hits := find_all(coarse, sized, least, ALIKE if scale == 1.0 else ALIKE_SCALED):
            return [Hit(hit.box, hit.score, scale) for hit in hits]
    return []


def _fine(screen: Grey, wanted: Grey, place: tuple[int, int], reach: int, least: float) -> Hit | None:
    """The best score within `reach` pixels of a place; None below `least`."""
    import cv2

    height, width = wanted.shape
    left, top = max(0, place[0] - reach), max(0, place[1] - reach)
    part = screen[top : place[1] + height + reach, left : place[0] + width + reach]
    if part.shape[0] < height or part.shape[1] < width:
        return None
    _, best, _, (dx, dy) = cv2.minMaxLoc(cv2.matchTemplate(part, wanted, cv2.TM_CCOEFF_NORMED))
    if not np.isfinite(best) or best < least:
        return None
    return Hit(Box(left + dx, top + dy, width, height), float(best))


def _looks_like(screen: Grey, wanted: Grey, box: Box, alike: float) -> bool:
    return least_alike(screen[box.y : box.y + box.height, box.x : box.x + box.width], wanted) >= alike


def _apart(hits: list[Hit], shape: tuple[int, ...]) -> list[Hit]:
    """One hit for each place: those that overlap by more than half are the same thing."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda each: -each.score):
        near = (abs(hit.box.x - k.box.x) < shape[1] / 2 and abs(hit.box.y - k.box.y) < shape[0] / 2 for k in kept)
        if not any(near):
            kept.append(hit)
    return kept
