"""What the components leave over: local texture (bone edges, vessels) learned cell by cell, and grain.

The template's frame is covered by 14 x 14 overlapping windows of 32 pixels. Each has its own few components of what
the films have there beyond the global ones; drawn independently of each other and blended, they make texture that runs
along ribs and vessels as it does in films. The rest is grain of known strength at each place.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from robot_library.hospital.films.train.principal import Array, principal
from robot_library.hospital.films.train.register import SIDE

CELLS = 14
PITCH = SIDE // CELLS
WINDOW = 2 * PITCH
LOCAL_CODES = 12
BANDS = ((0, 1), (1, 2))
BAND_SIDE = 56
_MARGIN = PITCH // 2


@dataclass(frozen=True)
class Texture:
    """`basis` (196 cells, 12, 32 x 32) with the blending window in it; `deviation` (2 classes, 196, 12) of its codes;
    `bands` (2 classes, 2 bands, 56, 56) deviation of the grain."""

    basis: Array
    deviation: Array
    bands: Array


def learn(rest: Array, ill: npt.NDArray[np.bool_], weight: Array, seed: int) -> Texture:
    """Learn texture from what the look components leave of each film, `rest` (n, 224, 224)."""
    taper = _taper()
    padded = np.pad(rest, ((0, 0), (_MARGIN, _MARGIN), (_MARGIN, _MARGIN)), mode="edge")
    explained = np.zeros_like(padded)
    basis, deviation = [], []
    for rows, columns in cells():
        patches = padded[:, rows, columns].reshape(len(rest), -1)
        local = principal(patches * np.sqrt(weight)[:, None], LOCAL_CODES, seed)
        codes = patches @ local.T
        deviation.append([codes[~ill].std(0), codes[ill].std(0)])
        explained[:, rows, columns] += ((codes @ local) * taper**2).reshape(-1, WINDOW, WINDOW)
        basis.append(local * taper)
    left = rest - explained[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    return Texture(
        np.stack(basis).astype(np.float32), np.array(deviation, np.float32).transpose(1, 0, 2), _bands(left, ill)
    )


def cells() -> list[tuple[slice, slice]]:
    """The windows in the frame padded to 240 pixels, row by row."""
    along = [slice(k * PITCH, k * PITCH + WINDOW) for k in range(CELLS)]
    return [(rows, columns) for rows in along for columns in along]


def blend(texture: Texture, codes: Array) -> Array:
    """Local codes (196, 12) → texture (224, 224)."""
    padded = np.zeros((SIDE + PITCH, SIDE + PITCH), dtype=np.float32)
    for (rows, columns), code, basis in zip(cells(), codes, texture.basis, strict=True):
        padded[rows, columns] += (code @ basis).reshape(WINDOW, WINDOW)
    return padded[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]


def _taper() -> Array:
    """Sine window whose overlapping copies sum to one in *power*: independent neighbours keep their strength."""
    sine = np.sin(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)
    return np.outer(sine, sine).reshape(-1).astype(np.float32)


def _bands(left: Array, ill: npt.NDArray[np.bool_]) -> Array:
    """Deviation of what is still left, per class, band and place."""
    power = np.zeros((2, len(BANDS), SIDE, SIDE), dtype=np.float64)
    for image, sick in zip(left, ill, strict=True):
        for b, (low, high) in enumerate(BANDS):
            fine = image if low == 0 else cv2.GaussianBlur(image, (0, 0), low)
            power[int(sick), b] += (fine - cv2.GaussianBlur(image, (0, 0), high)) ** 2
    power /= np.array([(~ill).sum(), ill.sum()])[:, None, None, None]
    small = [[cv2.resize(p, (BAND_SIDE, BAND_SIDE), interpolation=cv2.INTER_AREA) for p in kind] for kind in power]
    return np.sqrt(np.array(small)).astype(np.float32)
