"""The closed list of operations that lead from a film to a model's tensor. Version 1; no code in any manifest."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from robot_library.errors import AuthoringError
from robot_library.model.skill import (
    Channels,
    Clip,
    Measures,
    Percentiles,
    Preprocess,
    PreprocessOp,
    Scale,
    Size,
    Standardize,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float32]


def resize_stretch(film: Floats, size: Size) -> Floats:
    """To size.height x size.width, aspect not kept, nothing cut off.

    Area average while shrinking (no aliasing), bilinear while enlarging; each axis by its own rule, the shrinking
    axes first.
    """
    import cv2

    height, width = film.shape
    small = (min(height, size.height), min(width, size.width))
    if small != (height, width):
        film = cv2.resize(film, small[::-1], interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)
    if small != (size.height, size.width):
        target = (size.width, size.height)
        film = cv2.resize(film, target, interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)
    return film


def percentile_window(film: Floats, window: Percentiles) -> Floats:
    """Percentiles low and high of this image (linear interpolation) become 0 and 1; clipped. Flat stays finite."""
    bottom, top = np.percentile(film, (window.low, window.high))
    windowed: Floats = np.clip((film - bottom) / max(float(top - bottom), 1e-6), 0, 1).astype(np.float32)
    return windowed


def percentile_clip(film: Floats, window: Percentiles) -> Floats:
    """Values below percentile low become it, those above high become it (linear interpolation)."""
    bottom, top = np.percentile(film, (window.low, window.high))
    return np.clip(film, bottom, top).astype(np.float32)


def standardize(film: Floats, by: Standardize) -> Floats:
    """(film - mean) / std, given or the image's own; an own deviation below 1e-6 counts as 1e-6."""
    mean = float(film.mean()) if by.mean is None else by.mean
    std = max(float(film.std()), 1e-6) if by.std is None else by.std
    return ((film - mean) / std).astype(np.float32)


def scale(film: Floats, by: Scale) -> Floats:
    """film * factor + offset."""
    return (film * by.factor + by.offset).astype(np.float32)


def clip(film: Floats, to: Clip) -> Floats:
    """Values below low become low, above high become high."""
    return np.clip(film, to.low, to.high).astype(np.float32)


def to_nchw(film: Floats, to: Channels) -> Floats:
    """(h, w) → (1, channels, h, w), contiguous."""
    plane = film[None, None]
    return np.ascontiguousarray(np.repeat(plane, to.channels, axis=1) if to.channels > 1 else plane, np.float32)


def to_measures(film: Floats, of: Measures) -> Floats:
    """(h, w) → (1, measures + thumbnail²), see model.skill.inputs.Measures."""
    import cv2

    from robot_library.imaging.quality import MEASURES, MeasuredFilm

    found = MeasuredFilm(film)
    values = np.array([MEASURES[name].of(found) for name in of.measures], np.float32)
    small = cv2.resize(found.small, (of.thumbnail, of.thumbnail), interpolation=cv2.INTER_AREA)
    thumbnail = (small - small.mean()) / max(float(small.std()), 1e-3)
    return np.concatenate((values, thumbnail.reshape(-1)))[None].astype(np.float32)


def _measuring(of: Measures) -> Callable[[Floats], Floats]:
    """to_measures, its names known. Raises AuthoringError for a name that is no measure."""
    from robot_library.imaging.quality import MEASURES

    if unknown := [name for name in of.measures if name not in MEASURES]:
        raise AuthoringError(f"to_measures: {unknown[0]!r} is no measure. There are: {', '.join(MEASURES)}.")
    return partial(to_measures, of=of)


def _compile(op: PreprocessOp) -> Callable[[Floats], Floats]:
    """The function of one operation, its parameters bound."""
    match op:
        case PreprocessOp(resize_stretch=Size() as size):
            return partial(resize_stretch, size=size)
        case PreprocessOp(percentile_window=Percentiles() as window):
            return partial(percentile_window, window=window)
        case PreprocessOp(percentile_clip=Percentiles() as window):
            return partial(percentile_clip, window=window)
        case PreprocessOp(standardize=Standardize() as by):
            return partial(standardize, by=by)
        case PreprocessOp(scale=Scale() as factor):
            return partial(scale, by=factor)
        case PreprocessOp(clip=Clip() as limits):
            return partial(clip, to=limits)
        case PreprocessOp(to_nchw=Channels() as channels):
            return partial(to_nchw, to=channels)
        case PreprocessOp(to_measures=Measures() as measures):
            return _measuring(measures)
        case _:
            raise ValueError("an operation without a function")


def pipeline(preprocess: Preprocess) -> Callable[[Floats], Floats]:
    """All operations of a manifest as one function: film (rows, columns) float32 in 0..1 → tensor float32."""
    steps = [_compile(op) for op in preprocess.ops]

    def run(film: Floats) -> Floats:
        for step in steps:
            film = step(film)
        return film

    return run
