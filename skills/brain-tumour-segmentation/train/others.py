"""Volumes from elsewhere that must be refused: a really skull-stripped patient, chest films, a T1 alone, phantoms.

Each is (n, 256, 256, 3) uint8 as a stored volume would be.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import cv2
import numpy as np
import wrong
from numpy.typing import NDArray
from slices import SIDE, Floats, Stored, data_folder

STRIPPED = "brain_nifti/TCGA-DU-7294/TCGA-DU-7294_{}_bet.nii.gz"
T1_ALONE = "brain_nifti/brainchop/t1_crop.nii.gz"
TYPES = {2: np.uint8, 4: np.int16, 8: np.int32, 16: np.float32, 64: np.float64, 512: np.uint16}


def nifti(path: Path) -> tuple[Floats, float]:
    """A little-endian NIfTI-1 file's voxels (i, j, k), slope and intercept applied, and a voxel's volume in ml."""
    raw = gzip.decompress(path.read_bytes())
    header = np.frombuffer(raw, np.uint8, 348)
    shape = header[40:56].view("<i2")[1:4]
    kind = TYPES[int(header[70:72].view("<i2")[0])]
    sides = header[76:108].view("<f4")[1:4]
    offset, slope, intercept = (float(value) for value in header[108:120].view("<f4"))
    count = int(np.prod(shape.astype(np.int64)))
    voxels = np.frombuffer(raw, kind, count, int(offset)).reshape(shape, order="F").astype(np.float32)
    return voxels * (slope or 1.0) + intercept, float(np.prod(sides)) / 1000


def _grey(planes: NDArray[np.floating]) -> Stored:
    """Any numbers as 8 bits: the brightest thousandth is white."""
    top = max(float(np.percentile(planes, 99.9)), 1e-6)
    grey: Stored = np.clip(planes / top * 255, 0, 255).astype(np.uint8)
    return grey


def _fit(plane: Stored, pad: bool) -> Stored:
    """To 256 x 256, by padding or by stretching."""
    if not pad:
        return np.asarray(cv2.resize(plane, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)
    high, wide = SIDE - plane.shape[0], SIDE - plane.shape[1]
    return np.pad(plane, ((high // 2, high - high // 2), (wide // 2, wide - wide // 2)))


def bet(names: tuple[str, ...], every: int, pad: bool) -> Stored:
    """The skull-stripped volumes of TCGA-DU-7294 (axes to left, back, top) as axial slices, front up."""
    planes = [_grey(nifti(data_folder() / STRIPPED.format(name))[0])[:, :, ::every] for name in names]
    channels = [np.stack([_fit(np.ascontiguousarray(p[:, :, k].T), pad) for k in range(p.shape[2])]) for p in planes]
    return np.stack(channels, axis=-1)


def really_stripped() -> Iterator[Stored]:
    """That patient in the right order with several slice distances and both ways to 256, then in the wrong orders."""
    for every in (1, 2, 3, 5, 7):
        for pad in (True, False):
            yield bet(("t1", "fla", "t1c"), every, pad)
    for order in permutations(("t1", "fla", "t1c")):
        if order != ("t1", "fla", "t1c"):
            yield bet(order, 5, True)
    yield bet(("t1", "t2", "t1c"), 5, True)


def chests(n: int = 20) -> Iterator[Stored]:
    """Chest films: `n` a volume, the same in all sequences, then three different ones."""
    files = sorted((data_folder() / "cxr_nih").glob("*.png"))
    films = [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in files]
    small = np.stack(
        [cv2.resize(film, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for film in films if film is not None]
    )
    for at in range(0, len(small) - n + 1, n):
        yield np.repeat(small[at : at + n, ..., None], 3, axis=-1).astype(np.uint8)
    for at in range(0, len(small) - 3 * n + 1, n):
        yield np.stack([small[at + k * n : at + (k + 1) * n] for k in range(3)], axis=-1).astype(np.uint8)


def one_sequence() -> Iterator[Stored]:
    """A whole T1 head in three planes: as the only sequence, and with made-up others in the others' place."""
    voxels = _grey(nifti(data_folder() / T1_ALONE)[0])
    for axis in range(3):
        moved = np.moveaxis(voxels, axis, 0)[10:-10:4]
        for quarters in range(4):
            planes = np.stack([_fit(np.ascontiguousarray(np.rot90(plane, quarters)), False) for plane in moved])
            yield np.repeat(planes[..., None], 3, axis=-1)
            brighter = np.asarray(255 * (planes / 255.0) ** 0.7, np.uint8)
            yield np.stack([planes, 255 - planes, brighter], axis=-1)


def phantoms(n: int = 50) -> Iterator[Stored]:
    """Shapes, noise, and nothing at all, from seeds that no training used."""
    empty = np.zeros((24, SIDE, SIDE, 3), np.float32)
    for seed in range(n):
        maker = wrong.noise if seed % 3 == 0 else wrong.shapes
        yield maker(empty, empty, np.random.default_rng([999, seed])).astype(np.uint8)
    for level in (0, 128, 255):
        yield np.full((24, SIDE, SIDE, 3), level, np.uint8)


OTHERS = {
    "really skull-stripped (TCGA-DU-7294)": really_stripped,
    "chest films": chests,
    "a T1 alone (brainchop), any plane": one_sequence,
    "phantoms, noise, flat": phantoms,
}
