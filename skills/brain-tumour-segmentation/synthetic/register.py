"""Heads of many patients laid over each other: first along the body's axis, then slice by slice.

Template grid: 20 slices, lowest first, of 128 x 128; channels pre, FLAIR, post; the median of head tissue is 0.5.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from slices import Volume

Floats = NDArray[np.float32]
SLICES, SIDE = 20, 128
HEAD = (88, 110)
"""Width and length of the head in the template, pixels."""
ROUNDS = 3
_SMOOTH = (6.0, 4.5, 3.5)
_FARTHEST = 14
_XS, _YS = np.meshgrid(np.arange(SIDE, dtype=np.float32), np.arange(SIDE, dtype=np.float32))


def framed(volume: Volume) -> Floats:
    """Slices that show a head, (n, 128, 128, 4): three sequences and the outline (0 to 1), all heads of one size."""
    stored = volume.stored.astype(np.float32)
    stored /= np.percentile(stored, 99.5, axis=(0, 1, 2)).astype(np.float32)
    head = np.median(stored, axis=-1) > 0.12
    kept = np.flatnonzero(head.mean(axis=(1, 2)) > 0.05)
    inside = slice(int(kept[0]), int(kept[-1]) + 1)
    stored, outline, often = stored[inside].clip(0, 1.6), volume.mask[inside], head[inside].mean(axis=0) > 0.3
    rows, columns = np.flatnonzero(often.any(axis=1)), np.flatnonzero(often.any(axis=0))
    zoom = ((columns[-1] - columns[0]) / HEAD[0], (rows[-1] - rows[0]) / HEAD[1])
    middle = ((columns[-1] + columns[0]) / 2, (rows[-1] + rows[0]) / 2)
    matrix = np.array([[z * (a == b) for b in (0, 1)] + [m - z * (SIDE - 1) / 2]
                       for a, (z, m) in enumerate(zip(zoom, middle, strict=True))], np.float32)  # fmt: skip
    planes = np.concatenate([stored, outline[..., None].astype(np.float32)], axis=-1)
    small = np.stack([
        cv2.warpAffine(cv2.GaussianBlur(plane, (0, 0), 0.5 * max(zoom)), matrix, (SIDE, SIDE),
                       flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        for plane in planes
    ])  # fmt: skip
    tissue = (np.median(small[..., :3], axis=-1) > 0.12) & (small[..., 3] < 0.1)
    small[..., :3] *= 0.5 / np.median(small[tissue][:, :3], axis=0)
    return np.asarray(small, np.float32)


def between(planes: Floats, at: Floats) -> Floats:
    """`planes` read at fractional slice numbers."""
    at = at.clip(0, len(planes) - 1)
    low = at.astype(int)
    part = (at - low)[:, None, None, None].astype(np.float32)
    return np.asarray(planes[low] * (1 - part) + planes[np.minimum(low + 1, len(planes) - 1)] * part, np.float32)


def _fingerprint(planes: Floats) -> Floats:
    small = np.stack(
        [cv2.resize(plane.clip(0, 1.5), (32, 32), interpolation=cv2.INTER_AREA).ravel() for plane in planes]
    )
    return np.asarray((small - small.mean(1, keepdims=True)) / (small.std(1, keepdims=True) + 1e-3), np.float32)


def _along(planes: Floats, template: Floats) -> Floats:
    """Slice numbers of `planes`, evenly spaced, that look most like the template's slices."""
    last = len(planes) - 1
    alike = _fingerprint(template) @ _fingerprint(planes[..., :3]).T / (32 * 32 * 3)
    best, chosen = -np.inf, np.linspace(0, last, SLICES)
    for top in np.linspace(0.8, 1.08, 15) * last:
        for bottom in np.linspace(-0.25, 0.3, 23) * last:
            line = np.linspace(bottom, top, SLICES)
            near = line.round().clip(0, last).astype(int)
            score = alike[np.arange(SLICES), near].mean() - 0.02 * ((line < -0.5) | (line > last + 0.5)).sum()
            if score > best:
                best, chosen = float(score), line
    return np.asarray(chosen, np.float32)


def stacked(heads: list[Floats]) -> Floats:
    """(patients, 20, 128, 128, 4): the same slice of every head at the same place."""
    at = [np.linspace(0, len(head) - 1, SLICES).astype(np.float32) for head in heads]
    for _ in range(ROUNDS):
        template = np.median([between(head, z)[..., :3] for head, z in zip(heads, at, strict=True)], axis=0)
        at = [_along(head, template) for head in heads]
    return np.stack([between(head, z) for head, z in zip(heads, at, strict=True)])


def bent(head: Floats, flow: Floats) -> Floats:
    """Every slice read at x + flow(x)."""
    planes = [
        cv2.remap(plane, _XS + by[..., 0], _YS + by[..., 1], cv2.INTER_LINEAR)
        for plane, by in zip(head, flow, strict=True)
    ]
    return np.stack(planes)


def healthy_mean(heads: Floats) -> Floats:
    """Mean over patients of what is not tumour: (20, 128, 128, 3)."""
    weight = (heads[..., 3:] < 0.2).astype(np.float32)
    return np.asarray((heads[..., :3].clip(0, 2.2) * weight).sum(0) / weight.sum(0).clip(1), np.float32)


def _grey(head: Floats) -> NDArray[np.uint8]:
    soft = 0.6 * np.tanh(0.45 * (head[..., 0] + head[..., 2])) + 0.4 * np.tanh(0.9 * head[..., 1])
    return np.asarray((soft * 255).clip(0, 255), np.uint8)


def shapes(heads: Floats) -> tuple[Floats, Floats]:
    """(heads bent to one shape, the flows (patients, 20, 128, 128, 2) that bend them, less their mean)."""
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)
    flows = np.zeros((*heads.shape[:4], 2), np.float32)
    for smooth in _SMOOTH:
        template = _grey(healthy_mean(np.stack([bent(h, f) for h, f in zip(heads, flows, strict=True)])))
        for place, head in enumerate(heads):
            grey = _grey(head)
            flow = np.stack([search.calc(t, g, None) for t, g in zip(template, grey, strict=True)])
            flow = np.stack([cv2.GaussianBlur(f.clip(-_FARTHEST, _FARTHEST), (0, 0), smooth) for f in flow])
            flows[place] = (np.roll(flow, 1, 0) + 2 * flow + np.roll(flow, -1, 0)) / 4
            flows[place, [0, -1]] = flow[[0, -1]]
        flows -= flows.mean(axis=0, keepdims=True)
    return np.stack([bent(h, f) for h, f in zip(heads, flows, strict=True)]), flows
