"""A lateral film, drawn: the data hold none, and it is the header that must tell a bot it is not frontal."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from robot_library.hospital.films.film import Kind

Array = npt.NDArray[np.float32]
_SIDE = 224
_XS, _YS = np.meshgrid(np.linspace(0, 1, _SIDE, dtype=np.float32), np.linspace(0, 1, _SIDE, dtype=np.float32))


def draw_lateral(rng: np.random.Generator, kind: Kind) -> Array:
    """A film (224, 224) float32 like a left lateral chest: front of the patient at the left, spine at the right."""
    lean = float(rng.uniform(-0.03, 0.03))
    xs = _XS - lean * (_YS - 0.5) + 0.015 * np.sin(5 * _YS + float(rng.uniform(0, 6)))
    body, dome = _oval(xs, 0.5, 0.62, 0.40, 0.95, 0.02), _dome(xs, rng)
    lung = _oval(xs, 0.50, 0.50, 0.31, 0.44, 0.06) * (1 - dome)
    film = body * (0.52 + 0.12 * _YS + 0.16 * dome - 0.02 * xs) - 0.30 * lung
    film += 0.19 * _oval(xs, 0.36, 0.58, 0.17, 0.19, 0.06) * body * (1 - dome)
    film += 0.10 * _oval(xs, 0.55, 0.47, 0.06, 0.07, 0.25) * lung
    film += (_spine(xs) + _ribs(xs, rng) * (1 - 0.7 * dome) + 0.14 * _sternum(xs)) * body
    if kind == "pneumonia":
        x, y = float(rng.uniform(0.5, 0.65)), float(rng.uniform(0.5, 0.62))
        film += 0.16 * _oval(xs, x, y, 0.11, 0.10, 0.2) * lung
    mottle = cv2.GaussianBlur(rng.standard_normal(film.shape, dtype=np.float32), (0, 0), 1.2)
    film += 0.05 * mottle * body + 0.015
    return np.asarray(cv2.GaussianBlur(film, (0, 0), 0.8).clip(0, 1), dtype=np.float32)


def _soft(edge: npt.NDArray[Any]) -> Array:
    """0 to 1 over the edge, never overflowing."""
    return np.asarray(0.5 * (1 + np.tanh(edge / 2)), dtype=np.float32)


def _oval(xs: Array, x: float, y: float, across: float, down: float, soft: float) -> Array:
    """1 inside the ellipse, 0 outside, with an edge `soft` wide."""
    radius = np.sqrt(((xs - x) / across) ** 2 + ((_YS - y) / down) ** 2)
    return _soft((1 - radius) / (soft * 2))


def _dome(xs: Array, rng: np.random.Generator) -> Array:
    """Below the diaphragm: high in front, falling towards the back."""
    height = 0.74 + 0.7 * (xs - 0.35).clip(0) ** 2 + float(rng.uniform(-0.02, 0.02))
    return _soft((_YS - height) / 0.014)


def _spine(xs: Array) -> Array:
    """Vertebral bodies in a gently curved column."""
    centre = 0.77 + 0.05 * np.cos(3.2 * _YS)
    column = np.exp(-(((xs - centre) / 0.05) ** 4))
    return np.asarray(0.13 * column * (0.72 + 0.28 * np.sin(2 * np.pi * _YS * 13)), dtype=np.float32)


def _sternum(xs: Array) -> Array:
    """The thin breastbone, behind the front wall, ending above the diaphragm."""
    line = np.exp(-(((xs - 0.165 - 0.05 * (1 - _YS)) / 0.014) ** 2))
    return np.asarray(line * _soft((0.66 - _YS) / 0.02) * _soft((_YS - 0.12) / 0.02), dtype=np.float32)


def _ribs(xs: Array, rng: np.random.Generator) -> Array:
    """Ribs of both sides, slanting forwards and down, the two sets a few millimetres apart."""
    apart = float(rng.uniform(0.2, 0.3))
    turns = 8.5 * (_YS + 0.42 * (xs - 0.8) + 0.5 * (xs - 0.6) ** 2) + float(rng.uniform(0, 1))
    near = (np.sin(2 * np.pi * turns) - 0.35).clip(0)
    far = (np.sin(2 * np.pi * (turns + apart)) - 0.35).clip(0)
    return np.asarray((0.12 * near + 0.08 * far) * _soft((xs - 0.22) / 0.02), dtype=np.float32)
