"""The part of a field's picture where something is written: letters as large as they can be, and less to read."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]

_FRAME = 5
"""Pixels at each side where a field's frame may run."""
_AROUND = 4
"""Pixels that are kept around what is written."""
_FAINT = 12
"""Grey values from the ground up to which nothing is written that anybody could read."""


def trimmed(grey: Grey) -> Grey | None:
    """The picture (rows, columns) cut down to what is written in it; None where nothing is. A side that the writing
    reaches stays as it is: there, it is no frame."""
    height, width = grey.shape
    if height <= 4 * _FRAME or width <= 4 * _FRAME:
        return grey
    inner = grey[_FRAME:-_FRAME, _FRAME:-_FRAME].astype(np.int16)
    apart = np.abs(inner - np.median(inner))
    most = int(apart.max())
    if most <= _FAINT:
        return None
    ink = apart > most * 0.35
    top, bottom = _ends(np.asarray(ink.any(axis=1)), height)
    left, right = _ends(np.asarray(ink.any(axis=0)), width)
    return np.ascontiguousarray(grey[top:bottom, left:right])


def _ends(ink: npt.NDArray[np.bool_], whole: int) -> tuple[int, int]:
    """First and last place to keep of a side of `whole` pixels."""
    places = np.flatnonzero(ink)
    first, last = int(places[0]), int(places[-1])
    begin = 0 if first == 0 else first + _FRAME - _AROUND
    end = whole if last == ink.size - 1 else last + 1 + _FRAME + _AROUND
    return max(0, begin), min(whole, end)
