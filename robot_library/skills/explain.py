"""Where the score comes from: the model's own evidence map laid over the film."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WIDEST = 1024
"""Pixels of the longer side of the picture; the map itself has 14 x 14 cells."""


def overlay(film: NDArray[np.float32], evidence: NDArray[np.float32], slope: float = 1.0) -> bytes:
    """PNG of the film (rows, columns; 0..1) with evidence (..., h, w) *for* the label in red, opaque where strong.

    The map's mean is the logit, so colour is what the score was made of; evidence against is not painted. The
    same strength of evidence has the same colour on every film: the colours are not stretched per image.
    """
    import cv2

    scale = min(1.0, WIDEST / max(film.shape))
    size = (max(1, round(film.shape[1] * scale)), max(1, round(film.shape[0] * scale)))
    grey = cv2.resize(film, size, interpolation=cv2.INTER_AREA)
    cells = np.asarray(evidence, np.float32).reshape(evidence.shape[-2:])
    fine = cv2.resize(cells, size, interpolation=cv2.INTER_CUBIC)
    opaque = 0.6 * np.clip(np.tanh(slope * fine / 8), 0, 1)[..., None]
    base = np.repeat(np.clip(grey, 0, 1)[..., None], 3, axis=2)
    red = np.array([0.1, 0.15, 1.0], np.float32)  # OpenCV's order: blue, green, red
    picture = ((base * (1 - opaque) + red * opaque) * 255).round().astype(np.uint8)
    done, png = cv2.imencode(".png", picture)
    if not done:
        raise ValueError("the overlay could not be encoded as PNG")
    return bytes(png)
