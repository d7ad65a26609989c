"""One wrong picture, and how all of them are gathered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Film = NDArray[np.float32]
LEAST = 256
"""Smaller pictures are enlarged: it must not be their size that refuses them."""


@dataclass(frozen=True)
class Wrong:
    """A picture as the imaging room would hand it over: (rows, columns) float32, 0 black to 1 white."""

    category: str
    name: str
    film: Film


def as_film(pixels: NDArray[np.generic]) -> Film | None:
    """Grey or colour (blue, green, red) values of any range as a film of at least 256 x 256; None if it is flat."""
    grey = np.asarray(pixels, np.float32)
    if grey.ndim == 3:
        grey = grey[..., :3].mean(axis=2)
    low, high = float(grey.min()), float(grey.max())
    if min(grey.shape) < 8 or not high > low:
        return None
    film = (grey - low) / np.float32(high - low)
    scale = LEAST / min(film.shape)
    if scale > 1:
        size = (round(film.shape[1] * scale), round(film.shape[0] * scale))
        film = np.clip(cv2.resize(film, size, interpolation=cv2.INTER_CUBIC), 0, 1)
    return np.ascontiguousarray(film, np.float32)


def named(category: str, found: Iterator[tuple[str, NDArray[np.generic]]]) -> Iterator[Wrong]:
    """Pictures of one category; flat ones are left out."""
    for name, pixels in found:
        film = as_film(pixels)
        if film is not None:
            yield Wrong(category, name, film)
