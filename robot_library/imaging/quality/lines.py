"""Artefact lines: single detector rows or columns that differ from both neighbours along their whole length."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from robot_library.imaging.quality.scale import Film

LEAST = 0.015
"""Units of the display range."""
DEVIATIONS = 12.0
"""Robust deviations of all the film's lines."""
AGREE = 0.6
"""Share of a line's pixels that must stand out to the same side."""
WIDEST = 3
RIM = 0.02
"""Share of the film at each side that is not looked at: scanners and cassettes leave lines there."""
SAMPLES = 320
"""Pixels of a line that are looked at, evenly spread."""


def dead_lines(film: Film) -> tuple[list[int], list[int]]:
    """(rows, columns) that are dead, at the film's own resolution; neighbouring ones count each."""
    return _rows(film), _rows(film.T)


def _rows(film: Film) -> list[int]:
    sampled = np.ascontiguousarray(film[:, :: max(1, film.shape[1] // SAMPLES)])
    found: set[int] = set()
    for width in range(1, WIDEST + 1):
        found |= {row + k for row in _bands(sampled, width).tolist() for k in range(width)}
    rim = max(2, round(RIM * film.shape[0]))
    return sorted(row for row in found if rim <= row < film.shape[0] - rim)


def _bands(film: Film, width: int) -> npt.NDArray[np.intp]:
    """First rows of bands of `width` rows that stand out against the row before and the row after."""
    rows = film.shape[0]
    if rows < width + 4:
        return np.empty(0, np.intp)
    before, after = film[: rows - width - 1], film[width + 1 :]
    stands = np.full(before.shape, np.inf, np.float32)
    signs = np.zeros(before.shape, np.float32)
    for k in range(width):
        row = film[1 + k : rows - width + k]
        # A step has one side that does not differ: the lesser of the two differences counts, where they have one sign.
        for apart in (row - before, row - after):
            stands = np.minimum(stands, np.abs(apart))
            signs += np.sign(apart)
    stands = np.where(np.abs(signs) == 2 * width, np.copysign(stands, signs), 0)
    level = np.median(stands, axis=1)
    same = np.maximum((stands > LEAST / 2).mean(axis=1), (stands < -LEAST / 2).mean(axis=1))
    spread = np.median(np.abs(level)) / 0.6745
    return np.flatnonzero((np.abs(level) > max(LEAST, DEVIATIONS * spread)) & (same >= AGREE)) + 1
