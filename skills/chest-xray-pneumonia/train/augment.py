"""Acquisition noise: what differs between two X-ray rooms and must not decide about a child's lungs.

The films of the two classes were taken, cropped and stored differently (pixel statistics alone separate them), so
every cue that is not anatomy is disturbed: aspect and crop, exposure, gamma, contrast, sharpness, JPEG, grain, and
the lead markers in the corners, which are both erased and pasted.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


def percentile_window(film: Floats, low: float = 1.0, high: float = 99.0) -> Floats:
    """Stretch percentiles low..high to 0..1 and clip: the same arithmetic as the skill host's op of that name."""
    bottom, top = np.percentile(film, (low, high))
    windowed: Floats = np.clip((film - bottom) / max(float(top - bottom), 1e-6), 0, 1).astype(np.float32)
    return windowed


def prepare(film: Pixels) -> Floats:
    """A stored film as the network receives it: (224, 224) float32 in 0..1."""
    return percentile_window(film.astype(np.float32) / np.float32(255))


def geometry(film: Pixels, rng: np.random.Generator, strength: float, mirror: float) -> Pixels:
    """Rotate, shift, zoom and stretch each axis on its own: collimation and aspect are not disease."""
    side = film.shape[0]
    angle = np.deg2rad(rng.uniform(-12, 12) * strength)
    zoom = np.exp(rng.uniform(-0.12, 0.22) * strength)
    stretch = np.exp(rng.uniform(-0.14, 0.14) * strength)
    shear = rng.uniform(-0.06, 0.06) * strength
    side_swap = -1.0 if rng.random() < mirror else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1, shear], [0, 1]]) @ np.diag([side_swap * zoom * stretch, zoom / stretch])
    centre = np.array([side / 2, side / 2])
    shift = centre - matrix @ centre + rng.uniform(-0.07, 0.07, 2) * side * strength
    border = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    return cv2.warpAffine(film, np.column_stack([matrix, shift]), (side, side), borderMode=border).astype(np.uint8)


def _corner(rng: np.random.Generator, side: int) -> tuple[int, int, int, int]:
    """A rectangle (x0, y0, x1, y1) that hugs the rim, where markers, dates and collimators are."""
    width, height = (int(v) for v in rng.uniform(0.06, 0.22, 2) * side)
    along = int(rng.uniform(0, side - max(width, height)))
    rim = int(rng.integers(4))
    if rim < 2:
        y = 0 if rim == 0 else side - height
        return along, y, along + width, y + height
    x = 0 if rim == 2 else side - width
    return x, along, x + width, along + height


def markers(film: Pixels, rng: np.random.Generator) -> Pixels:
    """Erase some rim rectangles and paste some letters, so that neither their presence nor their look tells."""
    film = film.copy()
    for _ in range(int(rng.integers(0, 4))):
        x0, y0, x1, y1 = _corner(rng, film.shape[0])
        film[y0:y1, x0:x1] = int(np.median(film[y0:y1, x0:x1])) if rng.random() < 0.7 else 0
    if rng.random() < 0.4:
        x0, y0, _, y1 = _corner(rng, film.shape[0])
        text = str(rng.choice(["R", "L", "A-P", "R", "PA", "KV70", "12:30"]))
        face = cv2.FONT_HERSHEY_SIMPLEX if rng.random() < 0.5 else cv2.FONT_HERSHEY_COMPLEX
        cv2.putText(film, text, (x0, (y0 + y1) // 2), face, rng.uniform(0.3, 0.9), int(rng.integers(150, 256)), 1)
    return film


def tone(rng: np.random.Generator, strength: float) -> Floats:
    """A table 0..255 -> float of a random gamma, then a random contrast about a random pivot."""
    table = np.linspace(0, 1, 256) ** np.exp(rng.uniform(-0.5, 0.5) * strength)
    pivot = rng.uniform(0.3, 0.7)
    curve: Floats = (pivot + (table - pivot) * np.exp(rng.uniform(-0.35, 0.35) * strength)).astype(np.float32)
    return curve


def exposure(film: Pixels, rng: np.random.Generator, strength: float) -> Floats:
    """Gamma, contrast, a slow gradient, blur or sharpening, grain. Returns floats around 0..1, clipped."""
    image = tone(rng, strength)[film]
    side = film.shape[0]
    ramp = np.linspace(-1, 1, side, dtype=np.float32)
    tilt = (rng.uniform(-0.08, 0.08, 2) * strength).astype(np.float32)
    image += tilt[0] * ramp[:, None] + tilt[1] * ramp[None, :]
    if rng.random() < 0.6:
        soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 1.6)).astype(np.float32)
        image += (soft - image) * np.float32(rng.uniform(-0.9, 1.0) * strength)
    image += rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(0, 0.03) * strength)
    return np.clip(image, 0, 1).astype(np.float32)


def jpeg(film: Pixels, rng: np.random.Generator) -> Pixels:
    """Another round of JPEG at a random quality: the blocks of the source must not tell the class."""
    if rng.random() < 0.7:
        return film
    stored = cv2.imencode(".jpg", film, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 96))])[1]
    return np.asarray(cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE), np.uint8)


def acquire(film: Pixels, rng: np.random.Generator, strength: float, mirror: float = 0.0) -> Floats:
    """One imagined re-acquisition of a film, prepared for the network: (224, 224) float32 in 0..1.

    strength: 0 hardly anything, 1 as far as rooms differ. mirror: probability of swapping left and right.
    """
    film = jpeg(markers(geometry(film, rng, strength, mirror), rng), rng)
    image = exposure(film, rng, strength)
    bottom, top = np.percentile(image[::2, ::2], (1, 99))  # a quarter of the pixels: four times as fast, same film
    windowed: Floats = np.clip((image - bottom) / max(float(top - bottom), 1e-6), 0, 1).astype(np.float32)
    return windowed
