"""The grayscale pipeline a second time, in exact rational arithmetic, pixel by pixel, sharing nothing with ours.

Written from PS3.3 C.7.5.1.1.2, C.11.1.1.2, C.11.2.1.2 and C.11.6; no SIGMOID, no functional groups. Slow and obvious.
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
    y = _voi(dataset, *_modality(dataset, value))
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        y = 1 - y
    return np.float32(float(y))


def _modality(dataset: Dataset, value: int) -> tuple[Fraction, Fraction, Fraction]:
    """Modality value, and the least and greatest that the image could hold."""
    if "ModalityLUTSequence" in dataset:
        entry, top = _looked_up(dataset.ModalityLUTSequence[0], value)
        return Fraction(entry), Fraction(0), Fraction(top)
    slope = _first(dataset.get("RescaleSlope")) or Fraction(1)
    intercept = _first(dataset.get("RescaleIntercept")) or Fraction(0)
    bits = dataset.BitsStored
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if dataset.PixelRepresentation else (0, 2**bits - 1)
    least, greatest = sorted((slope * low + intercept, slope * high + intercept))
    return slope * value + intercept, least, greatest


def _looked_up(item: Dataset, value: int) -> tuple[int, int]:
    _, first, bits = item.LUTDescriptor
    data = list(item.LUTData)
    return data[min(max(value - first, 0), len(data) - 1)], 2**bits - 1


def _voi(dataset: Dataset, x: Fraction, least: Fraction, greatest: Fraction) -> Fraction:
    if "VOILUTSequence" in dataset:
        entry, top = _looked_up(dataset.VOILUTSequence[0], int(x))
        return Fraction(entry, top)
    center, width = _first(dataset.get("WindowCenter")), _first(dataset.get("WindowWidth"))
    if center is None or width is None:
        return (x - least) / (greatest - least)
    if dataset.get("VOILUTFunction") != "LINEAR_EXACT":
        center, width = center - Fraction(1, 2), width - 1
    if x <= center - width / 2:
        return Fraction(0)
    if x > center + width / 2:
        return Fraction(1)
    return (x - center) / width + Fraction(1, 2)
