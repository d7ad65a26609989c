"""Drawn pictures: test patterns, plots, radiographs of other parts projected from solids, noise.

None of this code made a picture for training (that is skills/chest-xray-view/train/wrong.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from tests.skills.wrong_inputs.pictures import Wrong, named

Array = np.ndarray[Any, np.dtype[np.float32]]
SIDE = 256


def drawn(each: int) -> Iterator[Wrong]:
    """`each` pictures of every kind."""
    kinds = {
        "test patterns": pattern,
        "plots": plot,
        "drawn radiographs of limbs, hands and skulls": radiograph,
        "noise and gradients": noise,
    }
    for number, (what, make) in enumerate(kinds.items()):
        rng = np.random.default_rng([99, number])
        yield from named(what, ((f"{what} {k}", make(rng)) for k in range(each)))


def pattern(rng: np.random.Generator) -> Array:
    """A monitor's test pattern: steps of grey, line pairs, rings, or a code of squares."""
    image = np.full((SIDE, SIDE), rng.uniform(0, 0.6), np.float32)
    kind = int(rng.integers(4))
    if kind == 0:
        steps = int(rng.integers(6, 18))
        for k in range(steps):
            x = k % 4 * 60 + 10, k // 4 * 50 + 10
            image[x[1] : x[1] + 45, x[0] : x[0] + 55] = k / steps
    elif kind == 1:
        for k in range(6):
            image[k * 42 : k * 42 + 34] = np.float32(np.arange(SIDE) // int(rng.integers(1, 12)) % 2)
    elif kind == 2:
        for radius in range(10, 128, int(rng.integers(7, 20))):
            cv2.circle(image, (128, 128), radius, float(rng.uniform(0.3, 1)), int(rng.integers(1, 5)))
        cv2.rectangle(image, (6, 6), (249, 249), 1.0, 2)
    else:
        n = int(rng.integers(15, 40))
        squares = rng.integers(0, 2, (n, n)).astype(np.float32)
        image = np.asarray(cv2.resize(squares, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST), np.float32)
    return image


def plot(rng: np.random.Generator) -> Array:
    """Curves or bars in a frame, dark on light or light on dark."""
    image = np.ones((SIDE, SIDE), np.float32)
    cv2.rectangle(image, (25, 15), (245, 230), 0.0, 1)
    for _ in range(int(rng.integers(1, 5))):
        values = np.cumsum(rng.standard_normal(22))
        values = 25 + (values - values.min()) / np.ptp(values) * 190
        points = np.stack([np.arange(22) * 10 + 28, 240 - values], axis=1).astype(np.int32)
        if rng.random() < 0.5:
            cv2.polylines(image, [points], False, float(rng.uniform(0, 0.6)), int(rng.integers(1, 4)))
        else:
            for x, y in points:
                cv2.rectangle(image, (int(x), int(y)), (int(x) + 6, 229), float(rng.uniform(0, 0.7)), -1)
    return image if rng.random() < 0.6 else 1 - image


def radiograph(rng: np.random.Generator) -> Array:
    """Shells of bone in soft tissue, projected along parallel rays: what is thick is white."""
    ys, xs = np.mgrid[:SIDE, :SIDE].astype(np.float32) / SIDE
    kind = int(rng.integers(3))
    thick = np.zeros((SIDE, SIDE), np.float32)
    if kind == 0:
        for k in range(int(rng.integers(1, 3))):
            x = 0.5 + (k - 0.3) * 0.16 + rng.uniform(-0.1, 0.1) * (ys - 0.5)
            thick += _tube(xs - x, 0.07 + 0.03 * np.abs(ys - 0.5), 0.035)
        thick += 0.25 * _tube(xs - 0.5, 0.27, 0.27)
    elif kind == 1:
        thick += 0.5 * _ball(xs - 0.5, ys - 0.78, 0.24, 0.2)
        for k in range(5):
            angle = (k - 2) * 0.22 + rng.uniform(-0.05, 0.05)
            along = (ys - 0.7) * np.cos(angle) + (xs - 0.5) * np.sin(angle)
            across = (xs - 0.5) * np.cos(angle) - (ys - 0.7) * np.sin(angle) - (k - 2) * 0.03
            finger = (along < 0.1) & (along > -0.6 + 0.08 * abs(k - 2))
            joints = 1 + 0.3 * np.cos(along * 40)
            thick += np.where(finger, _tube(across, 0.022 * joints, 0.012) + 0.3 * _tube(across, 0.05, 0.05), 0)
    else:
        thick += _ball(xs - 0.5, ys - 0.42, 0.33, 0.36) - _ball(xs - 0.5, ys - 0.42, 0.29, 0.32)
        thick += 0.3 * _ball(xs - 0.5, ys - 0.45, 0.3, 0.4) + 0.4 * _ball(xs - 0.5, ys - 0.78, 0.2, 0.15)
        for side in (-0.12, 0.12):
            thick -= 0.3 * _ball(xs - 0.5 - side, ys - 0.5, 0.07, 0.06)
    image = 1 - np.exp(-rng.uniform(3, 6) * thick)
    image = cv2.GaussianBlur(image, (0, 0), 1.0) + rng.standard_normal((SIDE, SIDE)) * 0.015
    return np.asarray(np.rot90(image, int(rng.integers(4)) if rng.random() < 0.4 else 0), np.float32)


def _chord(distance: Array, radius: Any) -> Array:
    return np.asarray(np.sqrt(np.clip(radius**2 - distance**2, 0, None)), np.float32)


def _tube(distance: Array, radius: Any, wall: Any) -> Array:
    """Length of a ray within the wall of a tube, at this distance from its axis."""
    return _chord(distance, radius) - _chord(distance, np.clip(radius - wall, 0, None))


def _ball(x: Array, y: Array, wide: float, high: float) -> Array:
    """Length of a ray within an ellipsoid."""
    return np.asarray(np.sqrt(np.clip(1 - (x / wide) ** 2 - (y / high) ** 2, 0, None)) * wide, np.float32)


def noise(rng: np.random.Generator) -> Array:
    """White, smooth or striped noise, a ramp, a spot."""
    ys, xs = np.mgrid[:SIDE, :SIDE].astype(np.float32) / SIDE
    kind = int(rng.integers(5))
    if kind == 0:
        return rng.random((SIDE, SIDE), np.float32)
    if kind == 1:
        small = rng.random((int(rng.integers(3, 40)),) * 2).astype(np.float32)
        return np.asarray(cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.float32)
    if kind == 2:
        return np.asarray(rng.random((SIDE, 1), np.float32) + 0.1 * rng.random((1, SIDE), np.float32), np.float32)
    if kind == 3:
        return np.asarray(xs * rng.uniform(-1, 1) + ys * rng.uniform(-1, 1), np.float32)
    return np.asarray(np.exp(-((xs - rng.random()) ** 2 + (ys - rng.random()) ** 2) * rng.uniform(2, 40)), np.float32)
