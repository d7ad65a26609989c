"""Sharpness: how wide the film's strongest edges are."""

from __future__ import annotations

import numpy as np

from robot_library.imaging.quality.scale import Film, Mask

AGAIN = 1.0
"""Standard deviation, in pixels, of the blur that is added to see how much it changes."""
STRONGEST = 10.0
"""Per cent of the field's ridges of the gradient: its edges."""
WIDEST = 8.0


def blur_width(film: Film, field: Mask) -> float:
    """Standard deviation of the blur at the strongest edges, in pixels at the common scale; about 1 to WIDEST.

    An edge blurred by s and again by a has a gradient lower by R = sqrt(s² + a²) / s, so s = a / sqrt(R² - 1) (Zhuo and
    Sim, Pattern Recognit. 44:1852, 2011). The median over the edges.
    """
    import cv2

    inside = cv2.erode(field.astype(np.uint8), np.ones((7, 7), np.uint8), borderValue=0).astype(np.bool_)
    if not inside.any():
        return WIDEST
    once, again = gradient(film), gradient(cv2.GaussianBlur(film, (0, 0), AGAIN).astype(np.float32))
    ridges = inside & _ridges(film, once) & (once > 1e-4)
    if not ridges.any():
        return WIDEST
    edges = ridges & (once >= np.percentile(once[ridges], 100 - STRONGEST))
    ratio = once[edges] / np.maximum(again[edges], 1e-9)
    width = AGAIN / np.sqrt(np.maximum(np.square(ratio) - 1, (AGAIN / WIDEST) ** 2))
    return float(np.median(width))


def _ridges(film: Film, length: Film) -> Mask:
    """Where the gradient is the largest of three along its main direction: the middle of an edge."""
    rows, columns = np.gradient(film)
    upright = np.abs(rows) > np.abs(columns)
    down, across = np.pad(length, ((1, 1), (0, 0))), np.pad(length, ((0, 0), (1, 1)))
    top = np.where(upright, np.maximum(down[:-2], down[2:]), np.maximum(across[:, :-2], across[:, 2:]))
    return np.asarray(length >= top, np.bool_)


def detail(film: Film, field: Mask, noise: float) -> float:
    """Energy of the second derivative that noise does not explain, against that of the first; 0 when there is none.

    Dimensionless; falls with blur. `noise`: standard deviation at this scale (noise.noise_sigma).
    """
    import cv2

    inside = cv2.erode(field.astype(np.uint8), np.ones((7, 7), np.uint8), borderValue=0).astype(np.bool_)
    if not inside.any():
        return 0.0
    second = np.square(cv2.Laplacian(film, cv2.CV_32F)[inside]).mean() - 20 * noise**2
    first = np.square(gradient(film)[inside]).mean()
    return float(max(0.0, second) / first) if first > 1e-12 else 0.0


def gradient(film: Film) -> Film:
    """Length of the gradient, central differences, per pixel."""
    rows, columns = np.gradient(film)
    return np.asarray(np.hypot(rows, columns), np.float32)
