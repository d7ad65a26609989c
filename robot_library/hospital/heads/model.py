"""The generator's weights: found beside the skill, checked, unpacked once a process."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from robot_library.errors import SetupError
from robot_library.parsing.library import bundled

Array = npt.NDArray[np.float32]
WEIGHTS = "skills/brain-tumour-segmentation/synthetic/heads.npz"
HEADS_SHA256 = "1f7aa73738302eb89426f224cee77d2afd1ff6fd945557cdb29e8328698ffbc8"
"""sha256 of heads.npz. Trained on TCGA-LGG (see the README beside it); non-commercial, so not in the wheel."""
GRID = 128


@dataclass(frozen=True, eq=False)
class Weights:
    """`mean` (20, 128, 128, 3); `bends` (14, 20, 32, 32, 2) in pixels of 128 and `looks` (7, 20, 64, 64, 3), each times
    its deviation; `texture` (20, 32, 32, 3) deviation of fine detail; `together` (3,) how far the sequences share it;
    `lesion` mean (3,) and covariance (3, 3) of log(lesion / brain)."""

    mean: Array
    bends: Array
    looks: Array
    texture: Array
    together: Array
    lesion: tuple[Array, Array]


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The pinned weights. Raises SetupError where they are absent (the wheel) or not the ones that were made."""
    path = bundled() / WEIGHTS
    if not path.is_file():
        raise SetupError(
            "The weights of the synthetic heads are not installed: they are non-commercial and not in the wheel.",
            cure="Use a checkout of the repository.",
            place=WEIGHTS,
        )
    packed = path.read_bytes()
    if hashlib.sha256(packed).hexdigest() != HEADS_SHA256:
        raise SetupError(
            "The weights of the synthetic heads are not the ones this version was built with.",
            cure="Check the repository out again, or run synthetic/fit.py and pin the hash it prints.",
            place=WEIGHTS,
        )
    with np.load(io.BytesIO(packed)) as found:
        strength, vectors = np.linalg.eigh(found["texture_covariance"])
        return Weights(
            mean=found["mean"].astype(np.float32) / 110,
            bends=_unpacked(found["bends"], found["bend_step"]),
            looks=_unpacked(found["looks"], found["look_step"]),
            texture=found["texture"].astype(np.float32) / 500,
            together=np.abs(vectors[:, -1] * np.sqrt(strength[-1])).clip(0, 0.98).astype(np.float32),
            lesion=(found["lesion_mean"], found["lesion_covariance"]),
        )


def _unpacked(whole: npt.NDArray[np.int8], step: Array) -> Array:
    return whole.astype(np.float32) * step.reshape(-1, *([1] * (whole.ndim - 1)))


def enlarged(planes: Array, side: int) -> Array:
    """(n, h, w, c) → (n, side, side, c), smoothly."""
    return np.stack([cv2.resize(plane, (side, side), interpolation=cv2.INTER_CUBIC) for plane in planes])


def between(planes: Array, at: Array) -> Array:
    """`planes` (20, …) read at fractional slice numbers."""
    low = at.astype(int).clip(0, len(planes) - 2)
    part = (at - low).reshape(-1, *([1] * (planes.ndim - 1))).astype(np.float32)
    return np.asarray(planes[low] * (1 - part) + planes[low + 1] * part, dtype=np.float32)
