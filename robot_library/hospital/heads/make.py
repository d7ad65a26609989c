"""From a seed to a head: look and shape drawn from the weights, folds and grain, a lesion, stored values."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from robot_library.hospital.heads.head import SEQUENCES, SIDE, Head
from robot_library.hospital.heads.lesion import painted
from robot_library.hospital.heads.model import GRID, Weights, between, enlarged, weights

Array = npt.NDArray[np.float32]
_HEIGHT_MM, _PIXEL_MM = 138.0, 0.9
_LARGEST_CODE = 1.8
_STORED = (860.0, 700.0, 800.0)
"""What ordinary brain tissue (0.5) is stored as, twice, in each sequence."""
_GRAIN = 0.018
_STRONGEST = 0.075
"""More than this differs at skull and scalp only because heads do not lie over each other there."""
_XS, _YS = np.meshgrid(np.arange(SIDE, dtype=np.float32), np.arange(SIDE, dtype=np.float32))


def make_head(seed: int, *, lesion_ml: float | None = None, slices: int = 22) -> Head:
    """The head of this seed; the same arguments give the same voxels on the same machine.

    `lesion_ml`: 4 to 120, None for none; `slices` 16 to 40. Raises ValueError outside these, SetupError where the
    weights are absent.
    """
    if not 16 <= slices <= 40 or (lesion_ml is not None and not 4 <= lesion_ml <= 120):
        raise ValueError(f"A head has 16 to 40 slices and a lesion of 4 to 120 ml: got {slices}, {lesion_ml}.")
    model, rng = weights(), np.random.default_rng([seed, 11])
    at = np.linspace(rng.uniform(0, 1.2), 18.8, slices).astype(np.float32)
    places = _places(model, at, rng)
    spacing, apart = _PIXEL_MM * float(rng.uniform(0.97, 1.04)), round(_HEIGHT_MM / (slices - 1), 1)
    look = _look(model, at, rng)
    head = np.stack([_warped(plane, where) for plane, where in zip(look, places, strict=True)])
    lesion = np.zeros((slices, SIDE, SIDE), np.bool_)
    if lesion_ml is not None:
        brain = np.stack([
            _warped(plane, where) > 0.5 for plane, where in zip(_brain(model, at), places, strict=True)
        ])  # fmt: skip
        head, lesion = painted(
            head, brain, (spacing, apart), lesion_ml, model.lesion, np.random.default_rng([seed, 12])
        )
    stored = _received(head, rng)
    channels = {name: np.ascontiguousarray(stored[..., place]) for place, name in enumerate(SEQUENCES)}
    return Head(seed, channels, lesion, round(spacing, 4), apart)


def _codes(rng: np.random.Generator, count: int) -> Array:
    return rng.standard_normal(count).clip(-_LARGEST_CODE, _LARGEST_CODE).astype(np.float32)


def _look(model: Weights, at: Array, rng: np.random.Generator) -> Array:
    """(slices, 256, 256, 3) in the template's shape: mean, what patients differ in, folds and vessels."""
    codes = 0.7 * _codes(rng, len(model.looks))
    smooth = model.mean + enlarged(np.tensordot(codes, model.looks, 1), GRID)
    large = enlarged(between(np.asarray(smooth, np.float32), at), SIDE)
    large += 0.8 * (large - np.stack([cv2.GaussianBlur(plane, (0, 0), 2.0) for plane in large]))
    strength = enlarged(between(model.texture, at), SIDE).clip(0, _STRONGEST) * (large / 0.4).clip(0, 1)
    shared = _folds(len(at), rng)
    own = np.stack([_folds(len(at), rng) for _ in SEQUENCES], axis=-1)
    rest = np.sqrt(1 - model.together**2)
    return np.asarray((large + strength * (shared[..., None] * model.together + own * rest)).clip(0), np.float32)


def _folds(count: int, rng: np.random.Generator) -> Array:
    """(slices, 256, 256) of mean 0 and deviation 1: thin dark winding lines, as sulci are, on mottle."""
    planes = [cv2.GaussianBlur(rng.standard_normal((SIDE, SIDE), np.float32), (0, 0), 4.2) for _ in range(count + 1)]
    made = np.stack([one + 0.6 * other for one, other in pairwise(planes)])
    lines = np.exp(-((made / (0.22 * made.std())) ** 2))
    mottle = np.stack([cv2.GaussianBlur(rng.standard_normal((SIDE, SIDE), np.float32), (0, 0), 1.3) for _ in made])
    drawn = -(lines - lines.mean()) / lines.std() + 0.6 * mottle / mottle.std()
    drawn = np.stack([cv2.GaussianBlur(plane, (0, 0), 0.7) for plane in drawn])
    return np.asarray(drawn / drawn.std(), np.float32)


def _places(model: Weights, at: Array, rng: np.random.Generator) -> Array:
    """(slices, 256, 256, 2): where in the template each voxel of this head lies."""
    drawn = np.tensordot(0.8 * _codes(rng, len(model.bends)), model.bends, 1) * (SIDE / GRID)
    flow = enlarged(between(np.asarray(drawn, np.float32), at), SIDE)
    angle, wide, long = rng.normal(0, 0.03), rng.normal(1, 0.025), rng.normal(1, 0.025)
    middle, (right, down) = (SIDE - 1) / 2, rng.normal(0, 3, 2)
    x, y = _XS - middle - right, _YS - middle - down
    turned = np.stack(
        [(x * np.cos(angle) + y * np.sin(angle)) * wide, (y * np.cos(angle) - x * np.sin(angle)) * long], -1
    )
    return np.asarray(turned + middle + flow, np.float32)


def _warped(plane: Array, where: Array) -> Array:
    return np.asarray(cv2.remap(plane, where[..., 0], where[..., 1], cv2.INTER_LINEAR), np.float32)


def _brain(model: Weights, at: Array) -> Array:
    """(slices, 256, 256), 1 well inside the template's brain: behind the face, away from the skull."""
    planes = between(model.mean, at)
    inside = []
    for number, plane in zip(at, planes, strict=True):
        head = (plane.mean(axis=-1) > 0.2).astype(np.uint8)
        filled = cv2.morphologyEx(head, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
        depth = cv2.distanceTransform(filled, cv2.DIST_L2, 5)
        tissue = (np.abs(plane[..., 0] - 0.5) < 0.17) & (depth > 13) & (number > 7) & (number < 16.5)
        inside.append(cv2.resize(tissue.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR))
    return np.stack(inside).astype(np.float32)


def _received(head: Array, rng: np.random.Generator) -> npt.NDArray[np.uint16]:
    """Stored values: a coil that is brighter here than there, air without signal, magnitude of complex noise."""
    coarse = np.exp(rng.normal(0, 0.06, (4, 4, 3))).astype(np.float32)
    shade = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    signal = np.where(head < 0.08, head * 0.25, head) * shade
    noise = rng.standard_normal((2, *head.shape), np.float32) * _GRAIN
    values = np.hypot(signal + noise[0], noise[1]) * (np.array(_STORED, np.float32) * rng.uniform(0.85, 1.15, 3))
    return np.asarray(np.rint(values).clip(0, 4095), np.uint16)
