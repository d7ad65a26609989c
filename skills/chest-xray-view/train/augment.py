"""Acquisition noise for films that are right: what one room does differently from another and must still pass."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
SIDE = 128


def finish(picture: Pixels | Floats) -> Floats:
    """Any picture as the network receives it: (128, 128) float32, percentiles 1 to 99 to 0..1, as the host does it."""
    image = picture.astype(np.float32)
    if image.shape != (SIDE, SIDE):
        way = cv2.INTER_AREA if min(image.shape) >= SIDE else cv2.INTER_LINEAR
        image = np.asarray(cv2.resize(image, (SIDE, SIDE), interpolation=way), np.float32)
    bottom, top = np.percentile(image, (1, 99))
    windowed: Floats = np.clip((image - bottom) / max(float(top - bottom), 1e-6), 0, 1).astype(np.float32)
    return windowed


def _geometry(film: Pixels, rng: np.random.Generator) -> Pixels:
    """Tilt up to 10 degrees, shift, zoom, stretch; the sides swapped at times: this skill does not tell them apart."""
    side = film.shape[0]
    angle, shear = np.deg2rad(rng.uniform(-10, 10)), rng.uniform(-0.05, 0.05)
    zoom, stretch = np.exp(rng.uniform(-0.12, 0.16)), np.exp(rng.uniform(-0.12, 0.12))
    swap = -1.0 if rng.random() < 0.3 else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1, shear], [0, 1]]) @ np.diag([swap * zoom * stretch, zoom / stretch])
    centre = np.array([side / 2, side / 2])
    shift = centre - matrix @ centre + rng.uniform(-0.05, 0.05, 2) * side
    border = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    moved = cv2.warpAffine(film, np.column_stack([matrix, shift]), (side, side), borderMode=border)
    return np.asarray(moved, np.uint8)


def _frame(film: Pixels, rng: np.random.Generator) -> Pixels:
    """Collimator blades or the plate's rim, black or white, up to a twelfth of the film on each side."""
    film = film.copy()
    value = 0 if rng.random() < 0.75 else 255
    top, right, bottom, left = (int(v) for v in rng.uniform(-0.08, 0.085, 4).clip(0) * film.shape[0])
    film[:top], film[:, :left] = value, value
    film[film.shape[0] - bottom :], film[:, film.shape[1] - right :] = value, value
    return film


def _markers(film: Pixels, rng: np.random.Generator) -> Pixels:
    """Letters and erased patches at the rim."""
    film, side = film.copy(), film.shape[0]
    for _ in range(int(rng.integers(0, 3))):
        x, y = (int(v) for v in rng.uniform(0, 0.85, 2) * side)
        if 0.15 < x / side < 0.75 and 0.15 < y / side < 0.75:
            continue
        if rng.random() < 0.5:
            text = str(rng.choice(["R", "L", "A-P", "PA", "PORTABLE", "12:30"]))
            size, value = rng.uniform(0.3, 0.8), int(rng.integers(150, 256))
            cv2.putText(film, text, (x, y + 12), cv2.FONT_HERSHEY_SIMPLEX, size, value, 1)
        else:
            height, width = (int(v) for v in rng.uniform(0.05, 0.15, 2) * side)
            film[y : y + height, x : x + width] = int(rng.choice([0, 0, 255]))
    return film


def expose(film: Pixels, rng: np.random.Generator) -> Floats:
    """Gamma, contrast, a slow gradient, blur or sharpening, grain: (h, w) float32 around 0..1."""
    table = np.linspace(0, 1, 256) ** np.exp(rng.uniform(-0.5, 0.5))
    pivot = rng.uniform(0.3, 0.7)
    image: Floats = (pivot + (table - pivot) * np.exp(rng.uniform(-0.3, 0.3))).astype(np.float32)[film]
    ramp = np.linspace(-1, 1, film.shape[0], dtype=np.float32)
    tilt = rng.uniform(-0.08, 0.08, 2).astype(np.float32)
    image += tilt[0] * ramp[:, None] + tilt[1] * ramp[None, :]
    if rng.random() < 0.5:
        soft = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 1.6)), np.float32)
        image += (soft - image) * np.float32(rng.uniform(-0.9, 1.0))
    image += rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(0, 0.03))
    return np.clip(image, 0, 1).astype(np.float32)


def acquire(film: Pixels, rng: np.random.Generator) -> Floats:
    """One imagined re-acquisition of a film, still upright and whole, as the network receives it."""
    return finish(expose(_markers(_frame(_geometry(film, rng), rng), rng), rng))
