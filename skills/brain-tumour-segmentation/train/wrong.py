"""Volumes that must be refused, made from ordinary ones: what a hospital's archive could send by mistake.

A volume is (n, side, side, 3) float32 grey values as stored, channels pre, FLAIR, post. Every maker takes the volume,
another patient's volume, and a generator, and gives a volume of the same form.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import cv2
import numpy as np
from numpy.typing import NDArray
from slices import CHANNELS, Floats
from strip import stripped

Maker = Callable[[Floats, Floats, np.random.Generator], Floats]
Plane = NDArray[np.float32]


def _order(order: tuple[int, ...]) -> Maker:
    return lambda volume, other, rng: volume[..., list(order)]


ORDERS = {
    "order " + ", ".join(CHANNELS[place] for place in order): order
    for order in permutations(range(3))
    if order != (0, 1, 2)
}
"""The five other orders of the sequences."""


def inverted(volume: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """White for black, in every sequence."""
    changed: Floats = volume.max(axis=(0, 1, 2)) - volume
    return changed


def one_inverted(volume: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """White for black in one sequence."""
    changed, channel = volume.copy(), int(rng.integers(3))
    changed[..., channel] = changed[..., channel].max() - changed[..., channel]
    return changed


def _turned(quarters: int) -> Maker:
    return lambda volume, other, rng: np.ascontiguousarray(np.rot90(volume, quarters, axes=(1, 2)))


def upside_down(volume: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """Front for back."""
    return np.ascontiguousarray(volume[:, ::-1])


def _resize(planes: Floats, side: int) -> Floats:
    return np.stack([np.asarray(cv2.resize(plane, (side, side)), np.float32) for plane in planes])


def coronal(volume: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """The same head cut from front to back, head up."""
    n, side = volume.shape[:2]
    at = np.linspace(0.2 * side, 0.8 * side, n).astype(int)
    return _resize(np.ascontiguousarray(volume[::-1].transpose(1, 0, 2, 3)[at]), side)


def sagittal(volume: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """The same head cut from side to side, head up."""
    n, side = volume.shape[:2]
    at = np.linspace(0.25 * side, 0.75 * side, n).astype(int)
    return _resize(np.ascontiguousarray(volume[::-1].transpose(2, 0, 1, 3)[at]), side)


def another_patient(volume: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """One sequence of somebody else's head."""
    changed, channel = volume.copy(), int(rng.integers(3))
    at = np.linspace(0, len(other) - 1, len(volume)).round().astype(int)
    changed[..., channel] = other[at][..., channel]
    return changed


def shifted(volume: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """One sequence out of register: moved by a tenth to a fifth of the side."""
    changed, channel, side = volume.copy(), int(rng.integers(3)), volume.shape[1]
    angle, by = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.2) * side
    down, right = int(by * np.sin(angle)), int(by * np.cos(angle))
    changed[..., channel] = np.roll(changed[..., channel], (down, right), axis=(1, 2))
    return changed


def like_t2(volume: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """In FLAIR's place something like T2: what is dark within the head of the T1 (fluid) is bright."""
    changed = volume.copy()
    t1 = volume[..., 0]
    high = max(float(np.percentile(t1, 98)), 1.0)
    inside = np.stack([_head(plane) for plane in t1])
    soft = np.clip(1.15 - t1 / high, 0, None) * high * rng.uniform(0.7, 1.1)
    share = rng.uniform(0.6, 1.0)
    changed[..., 1] = np.where(inside, share * soft + (1 - share) * volume[..., 1], volume[..., 1])
    return changed


def _head(plane: Plane) -> NDArray[np.bool_]:
    """Everything within the outline of what is brighter than air."""
    bright = np.asarray(plane > max(0.15 * float(np.percentile(plane, 99)), 1e-3), np.uint8)
    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(bright)
    if outlines:
        cv2.drawContours(filled, [max(outlines, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    return filled > 0


def copied(volume: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """A sequence is missing and another stands in its place."""
    changed = volume.copy()
    source, *places = ((1, 0, 2), (1, 0), (1, 2), (0, 2), (2, 0))[int(rng.integers(5))]
    for place in places:
        changed[..., place] = changed[..., source]
    return changed


def shapes(volume: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """No head at all: ellipses, bars and grain, as a phantom, a screen or another organ might look."""
    n, side = volume.shape[:2]
    drawn = np.zeros((side, side, 3), np.float32)
    for _ in range(int(rng.integers(1, 14))):
        shade = [float(value) for value in rng.uniform(0, 255, 3)]
        centre = (int(rng.integers(side)), int(rng.integers(side)))
        axes = (int(rng.integers(3, side // 2)), int(rng.integers(3, side // 2)))
        if rng.random() < 0.6:
            cv2.ellipse(drawn, centre, axes, float(rng.uniform(0, 180)), 0, 360, shade, int(rng.choice([-1, 2, 6])))
        else:
            cv2.rectangle(drawn, centre, (centre[0] + axes[0], centre[1] + axes[1]), shade, -1)
    swell = np.linspace(0.6, 1, n, dtype=np.float32)[:, None, None, None]
    grain = rng.standard_normal((n, side, side, 3), np.float32) * np.float32(rng.uniform(1, 60))
    return np.clip(drawn * swell + grain, 0, 255)


def noise(volume: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """Grain, fine or coarse, and nothing else."""
    n, side = volume.shape[:2]
    coarse = int(rng.choice([4, 16, side]))
    grain = rng.uniform(0, 255, (n, coarse, coarse, 3)).astype(np.float32)
    return _resize(grain, side)


def detail(volume: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """A quarter of the head, enlarged: another field of view."""
    side = volume.shape[1]
    half = int(side * rng.uniform(0.3, 0.45))
    top, left = (int(value) for value in rng.integers(0, side - half, 2))
    return _resize(np.ascontiguousarray(volume[:, top : top + half, left : left + half]), side)


STRIPPED = "skull-stripped"
TURNED: dict[str, Maker] = {
    "rotated by 90 degrees": _turned(1),
    "rotated by 180 degrees": _turned(2),
    "rotated by 270 degrees": _turned(3),
    "front for back": upside_down,
    "coronal cut": coronal,
    "sagittal cut": sagittal,
}
OTHERS: dict[str, Maker] = {
    "inverted": inverted,
    "one sequence inverted": one_inverted,
    "one sequence of another patient": another_patient,
    "one sequence out of register": shifted,
    "T2-like in FLAIR's place": like_t2,
    "a sequence missing, another in its place": copied,
    "phantom of shapes": shapes,
    "noise": noise,
    "a detail enlarged": detail,
}
KINDS: dict[str, Maker] = {
    **{name: _order(order) for name, order in ORDERS.items()},
    STRIPPED: lambda volume, other, rng: stripped(volume, rng),
    **TURNED,
    **OTHERS,
}


def label(kind: str) -> int:
    """The gate's class: 0 right, 1 to 5 the other orders, 6 skull-stripped, 7 turned or cut otherwise, 8 the rest."""
    if kind in ORDERS:
        return 1 + list(ORDERS).index(kind)
    return 6 if kind == STRIPPED else 7 if kind in TURNED else 8
