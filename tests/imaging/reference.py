"""The grayscale pipeline a second time, in exact rational arithmetic, pixel by pixel, sharing nothing with ours.

Written from PS3.3 C.7.5.1.1.2, C.11.1.1.2, C.11.2.1.2 and C.11.6; window and rescale only. Slow and obvious.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue


def shown(dataset: Dataset, stored: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """float32 picture of one frame's stored values."""
    known = {value: _shown(dataset, value) for value in np.unique(stored).tolist()}
    picture: npt.NDArray[np.float32] = np.vectorize(known.__getitem__, otypes=[np.float32])(stored)
    return picture


def _first(value: Any) -> Fraction | None:
    if value is None or value == "":
        return None
    one = value[0] if isinstance(value, MultiValue | list) else value
    return Fraction(str(one))


def _shown(dataset: Dataset, value: int) -> np.float32:
    start = dataset.get("PixelPaddingValue")
    if start is not None:
        end = dataset.get("PixelPaddingRangeLimit", start)
        if min(start, end) <= value <= max(start, end):
            return np.float32(0)
    slope, intercept = _first(dataset.get("RescaleSlope")) or Fraction(1), _first(dataset.get("RescaleIntercept")) or 0
    center, width = _first(dataset.get("WindowCenter")), _first(dataset.get("WindowWidth"))
    x = slope * value + intercept
    if center is None or width is None:
        bits = dataset.BitsStored
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if dataset.PixelRepresentation else (0, 2**bits - 1)
        ends = sorted((slope * low + intercept, slope * high + intercept))
        y = (x - ends[0]) / (ends[1] - ends[0])
    elif dataset.get("VOILUTFunction") == "LINEAR_EXACT":
        y = (
            Fraction(0)
            if x <= center - width / 2
            else Fraction(1)
            if x > center + width / 2
            else (x - center) / width + Fraction(1, 2)
        )
    else:
        middle, half = center - Fraction(1, 2), (width - 1) / 2
        y = (
            Fraction(0)
            if x <= middle - half
            else Fraction(1)
            if x > middle + half
            else (x - middle) / (width - 1) + Fraction(1, 2)
        )
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        y = 1 - y
    return np.float32(float(y))
