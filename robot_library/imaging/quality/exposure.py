"""Exposure: where the field's grey values lie, how much of the range they use, and what the header says of the dose."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from robot_library.imaging.quality.scale import Film, Mask


def middle(film: Film, field: Mask) -> float:
    """Median of the field, in units of the display range. Needs at least one pixel in the field."""
    return float(np.median(film[field]))


def used_range(film: Film, field: Mask) -> float:
    """Percentile 99 minus percentile 1 of the field, in units of the display range."""
    low, high = np.percentile(film[field], (1, 99))
    return float(high - low)


def deviation_index(header: Mapping[str, str]) -> float | None:
    """Ten times the decimal logarithm of the exposure index over its target (IEC 62494-1), or None.

    DeviationIndex (0018,1413) itself, else from ExposureIndex (0018,1411) and TargetExposureIndex (0018,1412). 0 is as
    intended, +3 twice the dose, -3 half (AAPM report 116).
    """
    said = _number(header, "DeviationIndex")
    if said is not None:
        return said
    index, target = _number(header, "ExposureIndex"), _number(header, "TargetExposureIndex")
    if index is None or target is None or index <= 0 or target <= 0:
        return None
    return 10 * math.log10(index / target)


def _number(header: Mapping[str, str], keyword: str) -> float | None:
    try:
        value = float(header[keyword])
    except (KeyError, ValueError):
        return None
    return value if math.isfinite(value) else None
