"""What a mask measures: parts, volume, diameter, centre, position in words. Masks are bool (i, j, k)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Affine = NDArray[np.float64]
Point = tuple[float, float, float]

MIDDLE_MM = 10.0
"""Nearer to the middle than this, no side is named."""
DIRECTIONS = (("right", "left"), ("anterior", "posterior"), ("superior", "inferior"))


def parts_kept(mask: Mask, affine: Affine, keep: Literal["all", "largest"], min_ml: float) -> Mask:
    """The connected parts (voxels touch by face, edge or corner) of at least min_ml: all of them, or the largest."""
    from scipy import ndimage

    if (keep == "all" and min_ml == 0) or not mask.any():
        return mask
    labels, _ = ndimage.label(mask, structure=np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    good = sizes * _voxel_ml(affine) >= min_ml
    good[0] = False
    if keep == "largest" and good.any():
        good = np.arange(len(sizes)) == int(np.argmax(np.where(good, sizes, 0)))
    return np.asarray(good[labels])


def _voxel_ml(affine: Affine) -> float:
    return abs(float(np.linalg.det(affine[:3, :3]))) / 1000


def volume_ml(mask: Mask, affine: Affine) -> float:
    """Voxels times the volume of one (the affine's determinant)."""
    return int(np.count_nonzero(mask)) * _voxel_ml(affine)


def largest_slice(mask: Mask) -> int:
    """The slice k with the most voxels; the middle one of an empty mask."""
    areas = np.count_nonzero(mask, axis=(0, 1))
    return int(areas.argmax()) if areas.any() else mask.shape[2] // 2


def diameter_mm(mask: Mask, affine: Affine) -> float:
    """The longest distance across one connected island of one slice, mm; 0 of an empty mask.

    From edge to edge: the outline runs through the middles of the outer voxels' edges, as of a surface drawn half-way
    between in and out. Exact on the convex hull of that outline.
    """
    from scipy import ndimage

    longest = 0.0
    for k in np.flatnonzero(mask.any(axis=(0, 1))):
        islands, count = ndimage.label(mask[:, :, k], structure=np.ones((3, 3)))
        for island in range(1, count + 1):
            longest = max(longest, _across(np.argwhere(islands == island), affine))
    return longest


def _across(voxels: NDArray[np.intp], affine: Affine) -> float:
    """The longest distance between edge middles of voxels (n, 2) of one slice."""
    import cv2

    # Twice the indices, so that edge middles are whole numbers and the hull is exact.
    middles = (2 * voxels[:, None, :] + np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])).reshape(-1, 1, 2)
    hull = cv2.convexHull(middles.astype(np.int32)).reshape(-1, 2) / 2
    points = hull @ affine[:3, :2].T
    apart = points[:, None, :] - points[None, :, :]
    return float(np.sqrt((apart**2).sum(axis=-1).max()))


def centre_mm(mask: Mask, affine: Affine) -> Point:
    """Centre of mass in DICOM's patient space, mm to the Left, Posterior, Superior."""
    ras = affine @ [*np.argwhere(mask).mean(axis=0), 1.0]
    return -float(ras[0]), -float(ras[1]), float(ras[2])


def position(centre: Point, values: NDArray[np.float32], affine: Affine) -> tuple[str, float]:
    """Where a centre (LPS mm) lies from the middle of what is imaged, in words, and how far from it (mm).

    The patient space of a scanner has no anatomical origin, so the middle is that of the body in the picture: the box
    around all values above a tenth of the bright ones. No side is named within 10 mm of it; with "central" for none.
    """
    middle = body_middle(values, affine)
    away = np.array([-centre[0], -centre[1], centre[2]]) - middle
    words = [
        names[0] if offset > 0 else names[1]
        for names, offset in zip(DIRECTIONS, away, strict=True)
        if abs(offset) > MIDDLE_MM
    ]
    return (", ".join(words) or "central"), float(np.linalg.norm(away))


def body_middle(values: NDArray[np.float32], affine: Affine) -> NDArray[np.float64]:
    """RAS mm of the middle of the body: the box around its largest part above a tenth of the bright values."""
    from scipy import ndimage

    thin = values[::2, ::2]
    low, high = np.percentile(thin, (1, 99))
    labels, count = ndimage.label(thin > low + 0.1 * (high - low))
    if not count:
        box = [(0, side - 1) for side in values.shape]
    else:
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        found = ndimage.find_objects(labels)[int(sizes.argmax()) - 1]
        steps = (2, 2, 1)
        box = [(part.start * step, (part.stop - 1) * step) for part, step in zip(found, steps, strict=True)]
    return np.asarray((affine @ [*(sum(ends) / 2 for ends in box), 1.0])[:3])
