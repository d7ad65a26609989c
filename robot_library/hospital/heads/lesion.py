"""A lesion like a lower-grade glioma: bright on FLAIR, dark on T1, an irregular blob of a given volume."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
_FLAIR_AT_LEAST, _T1_AT_MOST = 0.45, -0.12
_EDGE_MM = 2.0


def painted(
    head: Array,
    brain: Bools,
    size: tuple[float, float],
    ml: float,
    tone: tuple[Array, Array],
    rng: np.random.Generator,
) -> tuple[Array, Bools]:
    """(head with the lesion, its mask). `head` (n, h, w, 3); `brain` (n, h, w) where it may lie; `size` (pixel, slice
    distance) mm; `tone` mean and covariance of log(lesion / brain). Raises ValueError where so much does not fit."""
    distance = _distances(brain, size, rng)
    voxel = size[0] ** 2 * size[1] / 1000
    near = np.sort(distance[brain])
    if ml / voxel > 0.6 * len(near):
        raise ValueError(f"A lesion of {ml:g} ml does not fit into this brain.")
    radius = float(near[round(ml / voxel)])
    mask = brain & (distance < radius)
    depth = ((radius - distance) / _EDGE_MM).clip(-4, 4)
    soft = np.stack([cv2.GaussianBlur(plane, (0, 0), 0.8) for plane in (1 / (1 + np.exp(-2 * depth)) * brain)])
    change = rng.multivariate_normal(tone[0], 0.5 * tone[1]).astype(np.float32)
    change[1] = max(float(change[1]), _FLAIR_AT_LEAST)
    change[[0, 2]] = np.minimum(change[[0, 2]], _T1_AT_MOST)
    mottle = np.stack([cv2.GaussianBlur(rng.standard_normal(p.shape).astype(np.float32), (0, 0), 5) for p in soft])
    uneven = (1 + 0.15 * mottle / mottle.std())[..., None]
    goal = 0.5 * np.exp(change) * uneven
    share = soft[..., None] * 0.85
    return np.asarray(head * (1 - share) + goal * share, np.float32), mask


def _distances(brain: Bools, size: tuple[float, float], rng: np.random.Generator) -> Array:
    """mm from a centre chosen inside the brain, made uneven by a slow random field."""
    n, rows, columns = brain.shape
    inner = np.stack([cv2.erode(plane.astype(np.uint8), np.ones((17, 17), np.uint8)) for plane in brain])
    chosen = np.argwhere(inner[n // 4 : -n // 4] if inner[n // 4 : -n // 4].any() else brain)
    centre = chosen[rng.integers(len(chosen))] + np.array([n // 4, 0, 0])
    k, j, i = np.meshgrid(np.arange(n), np.arange(rows), np.arange(columns), indexing="ij")
    stretch = np.exp(rng.normal(0, 0.15, 3))
    squared = sum(
        ((axis - middle) * step * by) ** 2
        for axis, middle, step, by in zip((k, j, i), centre, (size[1], size[0], size[0]), stretch, strict=True)
    )
    coarse = rng.standard_normal((n // 4 + 2, rows // 20, columns // 20)).astype(np.float32)
    slow = np.stack([cv2.resize(plane, (columns, rows), interpolation=cv2.INTER_CUBIC) for plane in coarse])
    at = np.linspace(0, len(slow) - 1.001, n)
    low = at.astype(int)
    field = slow[low] * (1 - (at - low))[:, None, None] + slow[low + 1] * (at - low)[:, None, None]
    return np.asarray(np.sqrt(squared) * (1 + 0.16 * field).clip(0.5), np.float32)
