"""What differs between two scanners and must not decide where a tumour is.

One sample is a slice with the slices below and above it: (9, 256, 256), three sequences each, and its mask.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from slices import SIDE, Floats, Stored, Volume, tables

Mask = NDArray[np.bool_]
COPIED = 0.12
"""How often sequences are replaced by FLAIR, as the data's source did where one was missing."""


def neighbours(volume: Volume, index: int, rng: np.random.Generator) -> Stored:
    """(3, 256, 256, 3): the slice between its neighbours; at times swapped, or copies of itself (thick slices)."""
    last = len(volume.stored) - 1
    below, above = max(0, index - 1), min(last, index + 1)
    if rng.random() < 0.5:
        below, above = above, below
    if rng.random() < 0.1:
        below = above = index
    return volume.stored[[below, index, above]]


def tones(table: Floats, rng: np.random.Generator, strength: float) -> Floats:
    """(3, 256) → the same with another gamma, contrast and brightness for each sequence."""
    changed = table.copy()
    for channel in range(3):
        low, high = float(table[channel].min()), float(table[channel].max())
        unit = (table[channel] - low) / max(high - low, 1e-6)
        curve = unit ** np.exp(rng.uniform(-0.35, 0.35) * strength) * (high - low) + low
        changed[channel] = curve * np.exp(rng.uniform(-0.2, 0.2) * strength) + rng.uniform(-0.2, 0.2) * strength
    return changed


def warp(rng: np.random.Generator, strength: float) -> Floats:
    """A 2 x 3 matrix: turn, zoom, stretch, shear, shift, and left for right half of the time."""
    angle = np.deg2rad(rng.uniform(-20, 20) * strength)
    zoom, stretch = np.exp(rng.uniform(-0.22, 0.22) * strength), np.exp(rng.uniform(-0.08, 0.08) * strength)
    side = -1.0 if rng.random() < 0.5 else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shear = np.array([[1, rng.uniform(-0.08, 0.08)], [0, 1]])
    matrix = turn @ shear @ np.diag([side * zoom * stretch, zoom / stretch])
    centre = np.full(2, (SIDE - 1) / 2)
    shift = centre - matrix @ centre + rng.uniform(-16, 16, 2)
    return np.column_stack([matrix, shift]).astype(np.float32)


def field(rng: np.random.Generator) -> Floats:
    """A slow brightness field (256, 256) about 1, as a coil leaves it."""
    coarse = np.exp(rng.uniform(-0.2, 0.2, (4, 4))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.float32)


def _soften(planes: Floats, rng: np.random.Generator) -> Floats:
    """Blur and noise, each now and then, in place of a better or worse scanner."""
    if rng.random() < 0.25:
        planes = np.asarray(cv2.GaussianBlur(planes, (0, 0), rng.uniform(0.5, 1.4)), np.float32)
    if rng.random() < 0.25:
        planes = planes + rng.standard_normal(planes.shape, np.float32) * np.float32(rng.uniform(0.02, 0.15))
    return planes


def sample(
    volume: Volume, index: int, table: Floats, rng: np.random.Generator, strength: float = 1.0
) -> tuple[Floats, Mask]:
    """One imagined re-acquisition: planes (9, 256, 256), mask (256, 256)."""
    stored = neighbours(volume, index, rng)
    lookup, matrix, shade = tones(table, rng, strength), warp(rng, strength), field(rng)
    copied = rng.random() < COPIED * strength
    planes = np.empty((9, SIDE, SIDE), np.float32)
    for place in range(3):
        image = np.stack([lookup[channel][stored[place, ..., channel]] for channel in range(3)], axis=-1)
        floor = lookup.min(axis=1)
        image = cv2.warpAffine(
            image, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_CONSTANT, borderValue=[float(low) for low in floor]
        ).astype(np.float32)
        image = (image - floor) * shade[..., None] + floor
        planes[3 * place : 3 * place + 3] = _soften(image, rng).transpose(2, 0, 1)
    if copied:
        for channel in ((0, 2), (0,), (2,))[int(rng.integers(3))]:
            planes[channel::3] = planes[1::3]
    outline = cv2.warpAffine(volume.mask[index].astype(np.float32), matrix, (SIDE, SIDE))
    return planes, np.asarray(outline > 0.5, np.bool_)


class Sampler:
    """Batches in which every patient counts alike; `share` of the slices hold tumour, the others as they come."""

    def __init__(self, volumes: list[Volume], share: float, strength: float) -> None:
        self.volumes, self.share, self.strength = volumes, share, strength
        self.tables = [tables(volume.stored) for volume in volumes]
        self.sick = [np.flatnonzero(volume.mask.any(axis=(1, 2))) for volume in volumes]

    def batch(self, size: int, rng: np.random.Generator) -> tuple[Floats, Mask]:
        """Planes (size, 9, 256, 256) and masks (size, 1, 256, 256)."""
        found = []
        for place in range(size):
            chosen = int(rng.integers(len(self.volumes)))
            sick, volume = self.sick[chosen], self.volumes[chosen]
            tumour = place < self.share * size and len(sick) > 0
            index = int(rng.choice(sick)) if tumour else int(rng.integers(len(volume.stored)))
            found.append(sample(volume, index, self.tables[chosen], rng, self.strength))
        return np.stack([planes for planes, _ in found]), np.stack([mask for _, mask in found])[:, None]
