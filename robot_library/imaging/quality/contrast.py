"""Contrast-to-noise: how far the field's dark and bright halves lie apart, in units of the noise."""

from __future__ import annotations

import numpy as np

from robot_library.imaging.quality.scale import Film, Mask

LEAST_NOISE = 1 / 1024
"""A quarter of a step of an 8-bit film: below it the film's own rounding hides the noise."""


def contrast_to_noise(film: Film, field: Mask, noise: float) -> float:
    """Difference of the medians on both sides of Otsu's threshold, over the noise's standard deviation.

    `noise` as from noise.noise_sigma at the same scale; one below LEAST_NOISE counts as that.
    """
    import cv2

    inside = film[field]
    grey = np.clip(inside * 255, 0, 255).astype(np.uint8).reshape(-1, 1)
    threshold, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark = grey[:, 0] <= threshold
    if dark.all() or not dark.any():
        return 0.0
    return float(np.median(inside[~dark]) - np.median(inside[dark])) / max(noise, LEAST_NOISE)
