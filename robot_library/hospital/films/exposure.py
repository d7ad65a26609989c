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
    """Collimator blades: each side is open or shut by up to 1.2 % of the plate, a little askew, with a soft edge."""
    rows, cols = film.shape
    opening = np.zeros((rows, cols), dtype=np.float32)
    inset = rng.uniform(-0.024, 0.012, 4).clip(0) * [rows, cols, rows, cols]
    tilt = rng.uniform(-0.004, 0.004, 8) * max(rows, cols) * (np.repeat(inset, 2) > 0)
    top, right, bottom, left = inset
    corners = [[left, top], [cols - right, top], [cols - right, rows - bottom], [left, rows - bottom]]
    outline = np.array(corners) + tilt.reshape(4, 2)
    cv2.fillPoly(opening, [np.rint(outline * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    soft = np.asarray(cv2.blur(opening, (5, 5)), dtype=np.float32)
    return np.asarray(film * soft + 0.02 * (1 - soft), dtype=np.float32)


def marker(film: Array, rng: np.random.Generator, view: View) -> Array:
    """The lead letter at the film's left rim, off the child if there is room: R on a frontal film, L on a lateral."""
    rows, cols = film.shape
    height = int(rows * rng.uniform(0.03, 0.045))
    stroke = max(2, height // 9)
    x, y = _darkest(film, height, rng)
    letter = np.zeros((rows, cols), dtype=np.uint8)
    scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_DUPLEX, height, stroke)
    text = "L" if view == "LL" else "R"
    cv2.putText(letter, text, (x, y + height), cv2.FONT_HERSHEY_DUPLEX, scale, 255, stroke, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((x, y), float(rng.normal(0, 4)), 1.0)
    lead = cv2.GaussianBlur(cv2.warpAffine(letter, turn, (cols, rows)), (0, 0), 1.0).astype(np.float32) / 255
    return np.asarray(film * (1 - lead) + 0.98 * lead, dtype=np.float32)


def _darkest(film: Array, height: int, rng: np.random.Generator) -> tuple[int, int]:
    """Corner (x, y) of the least exposed of a few places at the left rim."""
    rows, cols = film.shape
    places = [
        (int(x * cols), int(y * rows))
        for x, y in zip(rng.uniform(0.02, 0.07, 16), rng.uniform(0.05, 0.5, 16), strict=True)
    ]
    return min(places, key=lambda at: float(film[at[1] : at[1] + height, at[0] : at[0] + height].mean()))


def noise(film: Array, rng: np.random.Generator) -> Array:
    """Anatomical mottle finer than the generator's pixels, and quantum noise, stronger where less gets through."""
    rows, cols = film.shape
    grain = _grain(rng, rows, cols, 0.7) + 0.7 * _octave(rng, rows, cols, 2) + 0.7 * _octave(rng, rows, cols, 4)
    strength = 0.003 + 0.008 * film.clip(0, 1)
    return np.asarray(film + grain * strength, dtype=np.float32)


def _octave(rng: np.random.Generator, rows: int, cols: int, coarser: int) -> Array:
    """Unit noise whose grains are `coarser` times larger, made small and enlarged: cheap."""
    small = _grain(rng, rows // coarser + 1, cols // coarser + 1, 0.8)
    return np.asarray(cv2.resize(small, (cols, rows), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def _grain(rng: np.random.Generator, rows: int, cols: int, sigma: float) -> Array:
    white = rng.standard_normal((rows, cols), dtype=np.float32)
    grain = np.asarray(cv2.GaussianBlur(white, (0, 0), sigma), dtype=np.float32)
    grain /= grain.std()
    return grain
