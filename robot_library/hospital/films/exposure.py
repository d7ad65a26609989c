"""What the apparatus adds to a film: enlargement to the plate's size, collimator edges, side marker, quantum noise.

All functions take and return (rows, cols) float32, black 0 to white 1; values a little outside are head room.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from robot_library.hospital.films.film import View

Array = npt.NDArray[np.float32]


def enlarge(small: Array, rows: int, cols: int) -> Array:
    """`small` at plate size, edges kept crisp."""
    large = cv2.resize(small, (cols, rows), interpolation=cv2.INTER_CUBIC)
    reach = max(rows, cols) / small.shape[0] / 2
    return np.asarray(large + 0.6 * (large - cv2.GaussianBlur(large, (0, 0), reach)), dtype=np.float32)


def shutter(film: Array, rng: np.random.Generator) -> Array:
    """Collimator blades: each side is shut by 0 to 2.5 % of the plate, a little askew, with a soft edge."""
    rows, cols = film.shape
    opening = np.zeros((rows, cols), dtype=np.float32)
    inset = rng.uniform(-0.02, 0.025, 4).clip(0) * [rows, cols, rows, cols]
    tilt = rng.uniform(-0.006, 0.006, 8) * max(rows, cols) * (np.repeat(inset, 2) > 0)
    top, right, bottom, left = inset
    corners = [[left, top], [cols - right, top], [cols - right, rows - bottom], [left, rows - bottom]]
    outline = np.array(corners) + tilt.reshape(4, 2)
    cv2.fillPoly(opening, [np.rint(outline * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    soft = np.asarray(cv2.blur(opening, (5, 5)), dtype=np.float32)
    return np.asarray(film * soft + 0.015 * (1 - soft), dtype=np.float32)


def marker(film: Array, rng: np.random.Generator, view: View) -> Array:
    """The lead letter: R beside the patient's right shoulder (the film's left), L on a lateral film."""
    rows, cols = film.shape
    height = int(rows * rng.uniform(0.03, 0.045))
    x, y = rng.uniform(0.03, 0.07) * cols, rng.uniform(0.08, 0.35) * rows
    letter = np.zeros((rows, cols), dtype=np.uint8)
    scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_DUPLEX, height, max(2, height // 9))
    where = (int(x), int(y))
    text = "L" if view == "LL" else "R"
    cv2.putText(letter, text, where, cv2.FONT_HERSHEY_DUPLEX, scale, 255, max(2, height // 9), cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D(where, float(rng.normal(0, 4)), 1.0)
    lead = cv2.GaussianBlur(cv2.warpAffine(letter, turn, (cols, rows)), (0, 0), 1.0).astype(np.float32) / 255
    return np.asarray(film * (1 - lead) + 0.98 * lead, dtype=np.float32)


def noise(film: Array, rng: np.random.Generator) -> Array:
    """Quantum noise: correlated over about a pixel, stronger where the body lets less through."""
    white = rng.standard_normal(film.shape, dtype=np.float32)
    grain = np.asarray(cv2.GaussianBlur(white, (0, 0), 0.7), dtype=np.float32)
    grain /= grain.std()
    return np.asarray(film + grain * (0.004 + 0.010 * film.clip(0, 1)), dtype=np.float32)
