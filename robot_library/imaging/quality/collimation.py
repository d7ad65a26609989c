"""The collimated field: straight edges of near-uniform bands along the film's sides.

A side is collimated where the film keeps the value of its rim up to a straight line. The dark air around a child also
begins at the rim, but ends at the body's outline, which no line fits; it is not taken for a collimator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robot_library.imaging.quality.scale import Film, Mask

STEP = 0.08
"""Change of brightness that ends a band, in units of the display range."""
STRAIGHT = 0.75
"""Share of a side's rows that must end on the edge, within TOLERANCE pixels."""
SEEN = 0.3
"""Share of the rows that must show the edge at all: the others lie under another blade."""
TOLERANCE = 1.5
STEEPEST = 0.27
"""Slope of 15 degrees: what leans more is no collimator's edge."""


@dataclass(frozen=True)
class Collimation:
    """What lies outside the field. field: (rows, columns) bool · outside: share of the film · angle: of the edge that
    leans most, degrees."""

    field: Mask
    outside: float
    angle: float


def find_collimation(film: Film) -> Collimation:
    """Collimator edges of a film at the common scale."""
    field = np.ones(film.shape, np.bool_)
    angle = 0.0
    for turns in range(4):
        turned, view = np.rot90(film, turns), np.rot90(field, turns)
        edge = _edge(turned)
        if edge is not None:
            slope, start = edge
            line = start + slope * np.arange(turned.shape[0])
            view[np.arange(turned.shape[1])[None, :] < line[:, None]] = False
            angle = max(angle, float(np.degrees(np.arctan(abs(slope)))))
    if field.mean() < 0.05:  # nothing but bands: a blank film has no field of its own
        return Collimation(np.ones(film.shape, np.bool_), 0.0, 0.0)
    return Collimation(field, float(1 - field.mean()), angle)


def _edge(film: Film) -> tuple[float, float] | None:
    """(slope, start): the band on the left ends at column start + slope * row; None if there is no such band."""
    rows, columns = film.shape
    reach = columns // 2
    rim = float(np.median(film[:, :2]))
    differs = np.abs(film[:, :reach] - rim) > STEP
    depth = np.where(differs.any(axis=1), differs.argmax(axis=1), reach).astype(np.float64)
    known = np.flatnonzero(depth < reach)
    if len(known) < SEEN * rows or float(np.median(depth[known])) < 2:
        return None
    slope, start = _line(known.astype(np.float64), depth[known])
    off = np.abs(depth[known] - (start + slope * known))
    if abs(slope) > STEEPEST or np.count_nonzero(off <= TOLERANCE) < STRAIGHT * len(known):
        return None
    return slope, start


def _line(
    x: np.ndarray[tuple[int], np.dtype[np.float64]], y: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> tuple[float, float]:
    """Theil-Sen: the median slope between points half the range apart; outliers up to a quarter do not matter."""
    half = len(x) // 2
    slope = float(np.median((y[half : 2 * half] - y[:half]) / (x[half : 2 * half] - x[:half])))
    return slope, float(np.median(y - slope * x))
