"""The operations on volumes, each with its way back: from channels on one grid to the model's tensor, and from the
model's map to the grid of the series. Version 1; no code in any manifest.

Maps come back as probabilities, linearly interpolated where an operation interpolated; what is on is decided there, on
the grid of the series. Operations that only turn, pad or crop come back exactly, voxel for voxel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robot_library.model.skill import Percentiles, Preprocess, PreprocessOp, Size, Standardize
from robot_library.skills.preprocess import clip, resize_stretch, scale

Floats = NDArray[np.float32]
Affine = NDArray[np.float64]
Shape = tuple[int, int, int]
Change = Callable[[Floats], Floats]

RAS = "RAS"
OPPOSITE = {"R": "L", "A": "P", "S": "I"}


@dataclass(frozen=True, eq=False)
class Grid:
    """Voxels along i, j, k, and where they lie: voxel index → RAS mm."""

    shape: Shape
    affine: Affine


@dataclass(frozen=True, eq=False)
class Step:
    """One operation made ready for a grid: there on channels (c, i, j, k), back on maps of the grid after it."""

    there: Change
    back: Change
    grid: Grid


class Plan:
    """All operations of a manifest made ready for one grid."""

    def __init__(self, preprocess: Preprocess, grid: Grid) -> None:
        """ValueError if an operation cannot be done on this grid (an oblique one cannot be turned)."""
        self._steps: list[Step] = []
        for op in preprocess.ops:
            step = _ready(op, grid)
            self._steps.append(step)
            grid = step.grid
        self.grid = grid
        """The grid before the axes are laid out as a tensor."""

    def tensor(self, channels: Floats) -> Floats:
        """Channels (c, i, j, k) float32 → the model's tensor."""
        for step in self._steps:
            channels = step.there(channels)
        return np.ascontiguousarray(channels, np.float32)

    def back(self, maps: Floats) -> Floats:
        """The model's maps, one axis a class where the tensor has its channels → (class, i, j, k) of the first grid.

        What a crop cut off comes back as 0. ValueError if the maps do not have the tensor's voxels.
        """
        for step in reversed(self._steps):
            maps = step.back(maps)
        return maps


def axes_of(affine: Affine) -> str:
    """Where the three voxel axes point, as three letters of RASLPI: the nearest for an oblique volume."""
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    places = _nearest(directions)
    return "".join(
        RAS[place] if directions[place, axis] > 0 else OPPOSITE[RAS[place]] for axis, place in enumerate(places)
    )


def _nearest(directions: Affine) -> tuple[int, ...]:
    """For each voxel axis the patient axis it runs along, each once: the assignment with the largest sum."""
    from itertools import permutations

    size = np.abs(directions)
    return max(permutations(range(3)), key=lambda places: sum(size[place, axis] for axis, place in enumerate(places)))


def _ready(op: PreprocessOp, grid: Grid) -> Step:
    if op.orient:
        return _orient(op.orient.axes, grid)
    if op.resample:
        return _resample(op.resample.mm, grid)
    if op.fit:
        return _fit(op.fit.size, grid)
    if op.resize_stretch:
        return _resize(op.resize_stretch, grid)
    if op.to_slices:
        return Step(lambda c: c.transpose(3, 0, 2, 1), partial(_from_slices, shape=grid.shape), grid)
    if op.to_volume:
        return Step(lambda c: c[None], partial(_from_volume, shape=grid.shape), grid)
    return Step(_values(op), lambda maps: maps, grid)


def _values(op: PreprocessOp) -> Change:
    """An operation on grey values alone: there is nothing to undo in a map."""
    if op.percentile_window:
        return partial(percentile_window, window=op.percentile_window)
    if op.percentile_clip:
        return partial(percentile_clip, window=op.percentile_clip)
    if op.standardize:
        return partial(standardize, by=op.standardize)
    if op.scale:
        return partial(scale, by=op.scale)
    if op.clip:
        return partial(clip, to=op.clip)
    raise ValueError(f"{op.name} is no operation on a volume")


def _ends(channel: Floats, window: Percentiles) -> tuple[float, float]:
    low, high = np.percentile(channel, (window.low, window.high))
    return float(low), float(high)


def percentile_window(channels: Floats, window: Percentiles) -> Floats:
    """Percentiles low and high of each channel, over the whole volume, become 0 and 1; clipped."""
    out = np.empty_like(channels)
    for channel, into in zip(channels, out, strict=True):
        low, high = _ends(channel, window)
        into[...] = np.clip((channel - np.float32(low)) / np.float32(max(high - low, 1e-6)), 0, 1)
    return out


def percentile_clip(channels: Floats, window: Percentiles) -> Floats:
    """Values of each channel outside its percentiles low and high become these."""
    out = np.empty_like(channels)
    for channel, into in zip(channels, out, strict=True):
        np.clip(channel, *_ends(channel, window), out=into)
    return out


def standardize(channels: Floats, by: Standardize) -> Floats:
    """(channel - mean) / std, given or the channel's own over the whole volume (in float64; std at least 1e-6)."""
    out = np.empty_like(channels)
    for channel, into in zip(channels, out, strict=True):
        mean = float(channel.mean(dtype=np.float64)) if by.mean is None else by.mean
        std = max(float(channel.std(dtype=np.float64)), 1e-6) if by.std is None else by.std
        into[...] = (channel - np.float32(mean)) / np.float32(std)
    return out


def _orient(axes: str, grid: Grid) -> Step:
    """Flip and swap so that the axes point as asked; no voxel changes its value."""
    present = axes_of(grid.affine)
    kinds = [_kind(letter) for letter in present]
    order = [kinds.index(_kind(letter)) for letter in axes]
    flips = tuple(axis for axis, letter in enumerate(axes) if present[order[axis]] != letter)
    there = (0, *(1 + axis for axis in order))
    back = tuple(int(axis) for axis in np.argsort(there))
    flipped = tuple(1 + axis for axis in flips)
    shape = tuple(grid.shape[axis] for axis in order)
    move = np.zeros((4, 4))
    move[3, 3] = 1
    for new, old in enumerate(order):
        move[old, new] = -1 if new in flips else 1
        move[old, 3] = grid.shape[old] - 1 if new in flips else 0
    return Step(
        lambda c: np.flip(c.transpose(there), flipped),
        lambda maps: np.flip(maps, flipped).transpose(back),
        Grid((shape[0], shape[1], shape[2]), grid.affine @ move),
    )


def _kind(letter: str) -> int:
    return "LRAPSI".index(letter) // 2


def _resample(mm: tuple[float, float, float], grid: Grid) -> Step:
    """To voxels of this size, linear; the volume keeps its middle, and the number of voxels is rounded."""
    spacing = np.linalg.norm(grid.affine[:3, :3], axis=0)
    ratios = [float(new / old) for new, old in zip(mm, spacing, strict=True)]
    sides = [max(1, round(side / ratio)) for side, ratio in zip(grid.shape, ratios, strict=True)]
    # Where the new voxels lie on the old axis: both share their middle.
    starts = [(old - 1) / 2 - ratio * (new - 1) / 2 for old, new, ratio in zip(grid.shape, sides, ratios, strict=True)]
    move = np.diag([*ratios, 1.0])
    move[:3, 3] = starts

    def there(channels: Floats) -> Floats:
        for axis, (new, ratio, start) in enumerate(zip(sides, ratios, starts, strict=True), 1):
            channels = linear(channels, axis, start + ratio * np.arange(new))
        return channels

    def back(maps: Floats) -> Floats:
        for axis, (old, ratio, start) in enumerate(zip(grid.shape, ratios, starts, strict=True), 1):
            maps = linear(maps, axis, (np.arange(old) - start) / ratio)
        return maps

    return Step(there, back, Grid((sides[0], sides[1], sides[2]), grid.affine @ move))


def linear(values: Floats, axis: int, at: NDArray[np.floating[Any]]) -> Floats:
    """Values at places along one axis, linearly between neighbours; beyond the ends, the end value."""
    side = values.shape[axis]
    place = np.clip(at, 0, side - 1)
    below = np.minimum(place.astype(np.intp), max(side - 2, 0))
    above = np.minimum(below + 1, side - 1)
    weight = (place - below).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(values.ndim)])
    if not weight.any():
        exact: Floats = values.take(below, axis=axis)
        return exact
    mixed: Floats = values.take(below, axis=axis) * (1 - weight) + values.take(above, axis=axis) * weight
    return mixed


def _fit(size: tuple[int, int, int], grid: Grid) -> Step:
    """Pad with each channel's lowest value, or crop, about the middle."""
    cut = [max(0, (old - new) // 2) for old, new in zip(grid.shape, size, strict=True)]
    put = [max(0, (new - old) // 2) for old, new in zip(grid.shape, size, strict=True)]
    kept = [min(old, new) for old, new in zip(grid.shape, size, strict=True)]
    inside = (slice(None), *(slice(a, a + n) for a, n in zip(cut, kept, strict=True)))
    within = (slice(None), *(slice(a, a + n) for a, n in zip(put, kept, strict=True)))
    move = np.eye(4)
    move[:3, 3] = np.subtract(cut, put)

    def there(channels: Floats) -> Floats:
        out = np.empty((len(channels), *size), np.float32)
        out[...] = channels.min(axis=(1, 2, 3), keepdims=True)
        out[within] = channels[inside]
        return out

    def back(maps: Floats) -> Floats:
        out = np.zeros((len(maps), *grid.shape), np.float32)
        out[inside] = maps[within]
        return out

    return Step(there, back, Grid(size, grid.affine @ move))


def _resize(size: Size, grid: Grid) -> Step:
    """Each slice to size.height x size.width: as of a film there, bilinear back."""
    width, height, _ = grid.shape
    move = np.diag([width / size.width, height / size.height, 1.0, 1.0])
    move[:2, 3] = [width / size.width / 2 - 0.5, height / size.height / 2 - 0.5]
    if (size.height, size.width) == (height, width):
        return Step(lambda c: c, lambda maps: maps, grid)
    return Step(
        partial(_each_slice, size=size),
        partial(_enlarge, size=(width, height)),
        Grid((size.width, size.height, grid.shape[2]), grid.affine @ move),
    )


def _each_slice(channels: Floats, size: Size) -> Floats:
    out = np.empty((len(channels), size.width, size.height, channels.shape[3]), np.float32)
    for channel, into in zip(channels, out, strict=True):
        for k in range(channel.shape[2]):
            into[:, :, k] = resize_stretch(np.ascontiguousarray(channel[:, :, k].T), size).T
    return out


def _enlarge(maps: Floats, size: tuple[int, int]) -> Floats:
    """Each slice of maps to (i, j) voxels: bilinear, voxel edges on voxel edges, whether it grows or shrinks."""
    for axis, side in enumerate(size, 1):
        ratio = maps.shape[axis] / side
        maps = linear(maps, axis, (np.arange(side) + 0.5) * ratio - 0.5)
    return maps


def _from_slices(maps: Floats, shape: Shape) -> Floats:
    return _checked(maps.transpose(1, 3, 2, 0) if maps.ndim == 4 else maps, shape)


def _from_volume(maps: Floats, shape: Shape) -> Floats:
    return _checked(maps[0] if maps.ndim == 5 and len(maps) == 1 else maps, shape)


def _checked(maps: Floats, shape: Shape) -> Floats:
    if maps.ndim != 4 or maps.shape[1:] != shape:
        raise ValueError("the model's map has not the voxels of its input")
    return maps
