"""Clipping: grey values lost at the black or the white end, in the field."""

from __future__ import annotations

import numpy as np

from robot_library.imaging.quality.scale import Film, Mask

BLACK, WHITE = 0.5 / 255, 1 - 0.5 / 255


def clipped_black(film: Film, field: Mask) -> Mask:
    """Where the field is black, air apart: black that reaches the field's rim is what the rays met nothing in."""
    import cv2

    black = field & (film <= BLACK)
    rim = field & ~cv2.erode(field.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0).astype(np.bool_)
    count, labels = cv2.connectedComponents(black.astype(np.uint8), connectivity=8)
    inner = np.ones(count, np.bool_)
    inner[np.unique(labels[rim & black])] = False
    inner[0] = False
    return np.asarray(inner[labels], np.bool_)


def clipped_white(film: Film, field: Mask) -> Mask:
    """Where the field is white."""
    return np.asarray(field & (film >= WHITE), np.bool_)


def share(where: Mask, field: Mask) -> float:
    """Share of the field. Needs at least one pixel in the field."""
    return float(np.count_nonzero(where) / np.count_nonzero(field))
