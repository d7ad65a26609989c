"""Pictures of a segmentation: the slice with the largest cross-section, its neighbours, the outlines, a legend."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robot_library.skills.volume_ops import OPPOSITE, axes_of

Affine = NDArray[np.float64]
Masks = Mapping[str, NDArray[np.bool_]]
Picture = NDArray[np.uint8]

SIDE = 640
"""Pixels of the longer side of the large slice."""
THUMB, THUMBS = 152, 4
COLOURS = ((60, 200, 255), (255, 160, 60), (120, 255, 120), (200, 120, 255))
"""Blue, green, red: amber, blue, green, violet; one a segment."""


def outlined(channel: NDArray[np.float32], affine: Affine, masks: Masks, k: int, legend: Mapping[str, str]) -> bytes:
    """PNG: slice k of a channel (i, j, k) with every mask's outline, letters of the patient's sides, four neighbouring
    slices, and a legend. Shown as acquired, pixels square in mm; grey from percentile 1 to 99.5 of the volume."""
    import cv2

    low, high = np.percentile(channel[::2, ::2], (1, 99.5))
    grey = np.clip((channel - low) / max(float(high - low), 1e-6), 0, 1)
    large = _slice(grey[:, :, k], {name: mask[:, :, k] for name, mask in masks.items()}, affine, SIDE)
    _letters(large, affine)
    step = max(1, _extent(masks) // (THUMBS + 2))
    around = [k + step * offset for offset in (-2, -1, 1, 2)]
    strip = np.zeros((THUMB + 22, max(SIDE, large.shape[1]), 3), np.uint8)
    for place, number in enumerate(around):
        if 0 <= number < channel.shape[2]:
            part = {name: mask[:, :, number] for name, mask in masks.items()}
            small = _slice(grey[:, :, number], part, affine, THUMB)
            left = place * (THUMB + 8)
            strip[: small.shape[0], left : left + small.shape[1]] = small
            _write(strip, f"slice {number + 1}", (left + 2, THUMB + 15), (190, 190, 190), 0.4)
    lines = [(f"slice {k + 1} of {channel.shape[2]}", (190, 190, 190))]
    lines += [(legend.get(name, name), colour) for name, colour in zip(masks, _colours(masks), strict=True)]
    words = np.zeros((24 * len(lines) + 10, strip.shape[1], 3), np.uint8)
    for row, (text, colour) in enumerate(lines):
        _write(words, text, (8, 22 + 24 * row), colour, 0.55)
    canvas = np.zeros((large.shape[0], strip.shape[1], 3), np.uint8)
    canvas[:, : large.shape[1]] = large
    done, png = cv2.imencode(".png", np.vstack([canvas, words, strip]))
    if not done:
        raise ValueError("the overlay could not be encoded as PNG")
    return bytes(png)


def _colours(masks: Masks) -> list[tuple[int, int, int]]:
    return [COLOURS[place % len(COLOURS)] for place in range(len(masks))]


def _extent(masks: Masks) -> int:
    """How many slices the first segment reaches over."""
    first = next(iter(masks.values()))
    return int(np.count_nonzero(first.any(axis=(0, 1))))


def _slice(plane: NDArray[np.float32], masks: Masks, affine: Affine, side: int) -> Picture:
    """A slice (i, j), longest side `side` pixels, square in mm, with outlines."""
    import cv2

    across, down = np.linalg.norm(affine[:3, :2], axis=0) * plane.shape
    scale = side / max(across, down)
    size = (max(1, round(across * scale)), max(1, round(down * scale)))
    picture = cv2.cvtColor((plane.T * 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    picture = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    for mask, colour in zip(masks.values(), _colours(masks), strict=True):
        large = cv2.resize(mask.T.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        lines, _ = cv2.findContours(large, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, lines, -1, colour, 2 if side == SIDE else 1)
    return np.asarray(picture, np.uint8)


def _letters(picture: Picture, affine: Affine) -> None:
    """Where the patient's sides are: R, L, A, P, S, I at the edges of the picture."""
    axes = axes_of(affine)
    right, down = axes[0], axes[1]
    height, width = picture.shape[:2]
    places = {
        right: (width - 20, height // 2),
        OPPOSITE_OF[right]: (6, height // 2),
        down: (width // 2, height - 8),
        OPPOSITE_OF[down]: (width // 2, 20),
    }
    for letter, place in places.items():
        _write(picture, letter, place, (255, 255, 255), 0.6)


OPPOSITE_OF = OPPOSITE | {there: here for here, there in OPPOSITE.items()}


def _write(picture: Picture, text: str, at: tuple[int, int], colour: tuple[int, int, int], size: float) -> None:
    import cv2

    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)


def mask_file(masks: Masks, affine: Affine, uids: tuple[str, ...]) -> bytes:
    """The masks as .npz: `labels`, `masks` (label, i, j, k) as packed bits with `shape`, `affine` (RAS mm), `uids`."""
    stream = io.BytesIO()
    stack = np.stack(list(masks.values()))
    np.savez_compressed(
        stream,
        labels=np.array(list(masks)),
        masks=np.packbits(stack),
        shape=np.array(stack.shape),
        affine=affine,
        uids=np.array(uids),
    )
    return stream.getvalue()


def read_mask_file(data: bytes) -> tuple[dict[str, NDArray[np.bool_]], Affine, tuple[str, ...]]:
    """What `mask_file` wrote: masks by label, affine, SOPInstanceUID of each slice."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        shape = tuple(int(side) for side in file["shape"])
        bits: Any = np.unpackbits(file["masks"], count=int(np.prod(shape)))
        stack = bits.reshape(shape).astype(np.bool_)
        masks = {str(label): stack[place] for place, label in enumerate(file["labels"])}
        return masks, file["affine"].copy(), tuple(str(uid) for uid in file["uids"])
