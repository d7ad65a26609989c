"""Analytic films: what is on them is known exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Film = NDArray[np.float32]


def grey(rows: int = 240, columns: int = 320, value: float = 0.5) -> Film:
    """Plain grey."""
    return np.full((rows, columns), value, np.float32)


def ramp(rows: int = 240, columns: int = 320) -> Film:
    """From 0.2 at the left to 0.8 at the right."""
    return np.tile(np.linspace(0.2, 0.8, columns, dtype=np.float32), (rows, 1))


def noisy(film: Film, sigma: float, seed: int = 0) -> Film:
    """White noise added."""
    return film + np.random.default_rng(seed).normal(0, sigma, film.shape).astype(np.float32)


def edge(width: float, rows: int = 240, columns: int = 320) -> Film:
    """A step from 0.2 to 0.8 in the middle, blurred by a Gaussian of this standard deviation."""
    from math import erf

    step = [0.5 + 0.3 * erf((x - columns / 2 + 0.5) / (width * 2**0.5)) for x in range(columns)]
    return np.tile(np.array(step, np.float32), (rows, 1))


def everything(film: Film) -> NDArray[np.bool_]:
    """A field that is the whole film."""
    return np.ones(film.shape, np.bool_)
