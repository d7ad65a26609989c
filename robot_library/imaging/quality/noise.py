"""Noise: the standard deviation of what no smooth surface explains, in the film's quiet places."""

from __future__ import annotations

import numpy as np

from robot_library.imaging.quality.scale import Film, Mask

BLOCK = 16
QUIET = 25
"""Percentile of the blocks: anatomy only ever adds to a block's deviation, so the quiet ones are nearest to noise."""


def noise_sigma(film: Film, field: Mask) -> float:
    """Standard deviation of white noise, in units of the display range; 0 where no block can be used.

    Immerkaer's second difference (Comput. Vis. Image Underst. 64:300, 1996), robust (median of absolutes) in blocks of
    16 x 16 that lie in the field and are neither black nor white.
    """
    import cv2

    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    residual = np.abs(cv2.filter2D(film, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT_101))
    usable = field & (film > 0.02) & (film < 0.98)
    rows, columns = film.shape[0] // BLOCK, film.shape[1] // BLOCK
    if not rows or not columns:
        return 0.0
    cut = np.s_[: rows * BLOCK, : columns * BLOCK]
    blocks = residual[cut].reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2).reshape(-1, BLOCK * BLOCK)
    share = usable[cut].reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2).reshape(-1, BLOCK * BLOCK).mean(axis=1)
    found = np.median(blocks[share > 0.95], axis=1) / 0.6745
    return float(np.percentile(found, QUIET)) if found.size else 0.0
