"""What is done to ordinary films to make bad ones: eight faults, each with a known strength from 0 (nothing) to 1.

Every function takes a film (rows, columns) float32 0..1, a strength and a random generator, and returns a new film of
the same size (a quarter turn swaps the sides).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Film = NDArray[np.float32]
Rng = np.random.Generator

WORDS = ("PORTABLE", "12:47:09", "REPEAT", "SUPINE 70KV", "ERECT 110", "DOE JANE", "ID 4711-03", "2024-11-20")


def noise(film: Film, strength: float, rng: Rng) -> Film:
    """Quantum noise: `photons` a pixel of a film 224 across, 2,000 at strength 0.1 down to 60 at 1."""
    photons = 60 * (2000 / 60) ** ((1 - strength) / 0.9) * (224 / min(film.shape)) ** 2 * 4
    light = 10 ** (-1.2 * film)  # bright on the film is where little got through
    counts = rng.poisson(light * photons) / photons
    return np.clip(-np.log10(np.maximum(counts, 1e-3)) / 1.2, 0, 1).astype(np.float32)


def blur(film: Film, strength: float, rng: Rng) -> Film:
    """Movement along one direction (half the time) or all-round: up to 3.5 % of the film's width."""
    reach = 0.035 * strength * min(film.shape)
    if rng.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(film, (0, 0), max(0.05, reach / 2)), np.float32)
    length = max(1, round(reach * 2)) | 1
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1
    turn = cv2.getRotationMatrix2D((length // 2, length // 2), float(rng.uniform(0, 180)), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    return np.asarray(cv2.filter2D(film, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.float32)


def clipping(film: Film, strength: float, rng: Rng) -> Film:
    """The top, the bottom or both of the grey values cut off: up to 45 % of the range used."""
    low, high = np.percentile(film, (2, 98))
    cut = 0.45 * strength * (high - low)
    ends = rng.integers(1, 4)
    low, high = low + cut * bool(ends & 1), high - cut * bool(ends & 2)
    return np.clip((film - low) / max(high - low, 1e-3), 0, 1).astype(np.float32)


def exposure(film: Film, strength: float, rng: Rng) -> Film:
    """Too dark or too bright, squeezed into a part of the range that shrinks to a quarter."""
    span = 1 - 0.75 * strength
    start = 0.0 if rng.random() < 0.5 else 1 - span
    return (start + span * film).astype(np.float32)


def rotation(film: Film, strength: float, rng: Rng) -> Film:
    """Turned by quarters, or mirrored; half a strength is as wrong as a whole one."""
    way = int(rng.integers(1, 8)) if strength > 0 else 0
    turned = np.rot90(film, way & 3)
    return np.ascontiguousarray(turned[:, ::-1] if way & 4 else turned)


def text(film: Film, strength: float, rng: Rng) -> Film:
    """One to four lines of text, bright, 2 to 4 % of the width high; fainter at low strength."""
    shown = film.copy()
    rows, columns = film.shape
    for _ in range(1 + round(3 * strength)):
        height = max(6, round(min(film.shape) * rng.uniform(0.022, 0.04)))
        stroke = max(1, height // 8)
        scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_SIMPLEX, height, stroke)
        word = str(rng.choice(WORDS))
        (width, _), _ = cv2.getTextSize(word, cv2.FONT_HERSHEY_SIMPLEX, scale, stroke)
        x = int(rng.integers(2, max(3, columns - width - 2)))
        y = int(rng.choice([rng.integers(height + 2, rows // 5), rng.integers(rows * 4 // 5, rows - 4)]))
        layer = np.zeros(film.shape, np.uint8)
        cv2.putText(layer, word, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, stroke, cv2.LINE_AA)
        shown = shown + layer / np.float32(255) * (0.35 + 0.65 * strength) * (1 - shown)
    return np.clip(shown, 0, 1).astype(np.float32)


def collimation(film: Film, strength: float, rng: Rng) -> Film:
    """One to three blades shut over up to a third of the film, askew by up to 8 degrees."""
    shown = film.copy()
    for side in rng.choice(4, int(rng.integers(1, 4)), replace=False):
        view = np.rot90(shown, int(side))
        depth = view.shape[1] * (0.06 + 0.27 * strength) * rng.uniform(0.8, 1)
        slope = np.tan(np.radians(rng.uniform(-8, 8) * strength))
        edge = depth + slope * (np.arange(view.shape[0]) - view.shape[0] / 2)
        view[np.arange(view.shape[1])[None] < edge[:, None]] = 0.02
    return shown


def lines(film: Film, strength: float, rng: Rng) -> Film:
    """Dead detector rows or columns: one to eight; black, white or stuck."""
    shown = film.copy()
    for _ in range(1 + round(7 * strength)):
        view = shown if rng.random() < 0.5 else shown.T
        where = int(rng.integers(view.shape[0] // 10, view.shape[0] * 9 // 10))
        view[where] = rng.choice([0.0, 1.0, float(rng.random())])
    return shown


FAULTS: dict[str, Callable[[Film, float, Rng], Film]] = {
    "noise": noise,
    "blur": blur,
    "clipping": clipping,
    "exposure": exposure,
    "rotation or mirroring": rotation,
    "burnt-in text": text,
    "collimation": collimation,
    "dead lines": lines,
}
