"""Occlusion map of any model that reads a film: what the logit loses when a patch is replaced by its surroundings."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ask = Callable[[Sequence[Floats]], Sequence[float]]
"""Tensors (1, channels, h, w) → the logit of each; batches as the model allows."""
PATCHES = (4, 7, 14)
"""Patches along a side, coarse to fine; each slides by half of itself."""
AT_ONCE = 16


@dataclass(frozen=True)
class Map:
    """Evidence (h, w) for the label, in logits, on the grid of the model's input; how far it was computed."""

    values: Floats
    levels: int
    of: int
    seconds: float

    @property
    def said(self) -> str:
        """For the legend."""
        cut = "" if self.levels == self.of else f"; coarse: time budget reached at level {self.levels} of {self.of}"
        return f"occlusion (patches replaced by the mean around them){cut}"


def occlusion(tensor: Floats, ask: Ask, budget_s: float, clock: Callable[[], float] = time.perf_counter) -> Map:
    """Sliding patches over tensor (1, channels, h, w); the mean of all finished levels.

    A level is counted only when all its patches are done; the first one always is, whatever the budget.
    Positive where taking the place away lowers the logit.
    """
    begun, height, width = clock(), tensor.shape[2], tensor.shape[3]
    base = float(ask([tensor])[0])
    total, done = np.zeros((height, width), np.float32), 0
    for number in PATCHES:
        end = begun + budget_s if done else math.inf
        level = _level(tensor, base, ask, number, lambda end=end: clock() > end)  # type: ignore[misc]
        if level is None:
            break
        total, done = total + level, done + 1
    return Map((total / done).astype(np.float32), done, len(PATCHES), clock() - begun)


def _level(tensor: Floats, base: float, ask: Ask, number: int, late: Callable[[], bool]) -> Floats | None:
    """The map of one patch size; None when time ran out before it was whole."""
    height, width = tensor.shape[2:]
    total, weight = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    masks = list(_masks(height, width, number))
    around = _surroundings(tensor, max(2, round(min(height, width) / number)))
    for start in range(0, len(masks), AT_ONCE):
        if late():
            return None
        part = masks[start : start + AT_ONCE]
        lost = [base - value for value in ask([tensor * (1 - mask) + around * mask for mask in part])]
        for mask, loss in zip(part, lost, strict=True):
            total += mask * np.float32(loss)
            weight += mask
    return (total / np.maximum(weight, 1e-3)).astype(np.float32)


def _masks(height: int, width: int, number: int) -> Iterator[Floats]:
    """Soft-edged squares (h, w) in 0..1, centres half a patch apart."""
    rows, columns = np.arange(height, dtype=np.float64) + 0.5, np.arange(width, dtype=np.float64) + 0.5
    for i in range(2 * number + 1):
        down = _soft(rows, i * height / number / 2, height / number)
        for j in range(2 * number + 1):
            yield np.outer(down, _soft(columns, j * width / number / 2, width / number)).astype(np.float32)


def _soft(at: NDArray[np.float64], centre: float, side: float) -> NDArray[np.float64]:
    """1 in the patch, falling to 0 over a quarter of it: a hard edge would be a finding of its own."""
    edge = side / 4
    return np.clip((side / 2 + edge / 2 - np.abs(at - centre)) / edge, 0, 1)


def _surroundings(tensor: Floats, side: int) -> Floats:
    """Each pixel's mean over three patches a side, the patch itself left out."""
    import cv2

    planes = []
    for plane in tensor[0]:
        wide, own = (
            cv2.boxFilter(plane, cv2.CV_32F, (k, k), normalize=True, borderType=cv2.BORDER_REFLECT)
            for k in (3 * side, side)
        )
        planes.append((9 * wide - own) / 8)
    return np.stack(planes)[None].astype(np.float32)
