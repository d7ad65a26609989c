"""The Display Shutter (PS3.3 C.7.6.11): what of a picture its maker has covered, mostly what lies under the collimator.

It belongs to the picture as the window does: whoever shows it without, shows bright rims that no reader of films sees,
and a model that spreads greys between two percentiles spreads them otherwise. Only pictures are covered, not values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from robot_library.imaging.dataset import number, numbers, text
from robot_library.imaging.grayscale import functional_group
from robot_library.imaging.layout import Layout, tallness
from robot_library.imaging.refusal import ImageRefused

Mask = npt.NDArray[np.bool_]
_EDGES = ("UpperHorizontal", "LowerHorizontal", "LeftVertical", "RightVertical")
_WHITE = 0xFFFF
_CORNERS = 256
"""More than any blade has; each makes a viewer's list longer."""


@dataclass(frozen=True, eq=False)
class Shutter:
    """hidden: (rows, columns), what is covered, at least one pixel and never all; grey: by what, in [0, 1], 0 black."""

    hidden: Mask
    grey: float
    note: str


def shutter_of(dataset: Dataset, layout: Layout, frame: int) -> Shutter | None:
    """The shutter of one frame, its own before the object's; None where nothing is covered.

    Of several shapes only what all of them leave open is seen. Edges, circle and outline are seen themselves.
    Raises ImageRefused: missing_attribute, bad_attribute.
    """
    group = functional_group(dataset, frame, "FrameDisplayShutterSequence")
    source = dataset if group is None else group
    shapes = [shape for shape in text(source, "ShutterShape").upper().split("\\") if shape]
    if not shapes:
        return None
    seen = np.ones((layout.rows, layout.columns), np.bool_)
    for shape in shapes:
        if shape == "RECTANGULAR":
            seen &= _rectangle(source, layout)
        elif shape == "CIRCULAR":
            seen &= _circle(source, layout, tallness(dataset))
        elif shape == "POLYGONAL":
            seen &= _polygon(source, layout)
        else:
            raise ImageRefused("bad_attribute", "ShutterShape is none of RECTANGULAR, CIRCULAR, POLYGONAL")
    if not seen.any():
        raise ImageRefused("bad_attribute", "the display shutter covers the whole picture")
    if seen.all():
        return None
    grey = number(source, "ShutterPresentationValue") or 0.0
    if not 0 <= grey <= _WHITE:
        raise ImageRefused("bad_attribute", "ShutterPresentationValue is no 16-bit number")
    hidden = ~seen
    return Shutter(hidden, grey / _WHITE, f"shutter: {', '.join(shapes)}, {int(hidden.sum())} pixels covered")


def _whole(source: Dataset, keyword: str, count: int) -> tuple[float, ...]:
    found = numbers(source, keyword)
    if len(found) != count:
        raise ImageRefused("missing_attribute", f"{keyword} is missing or incomplete")
    return found


def _places(layout: Layout) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Numbers of the rows (a column) and of the columns (a row); the first is 1."""
    return np.arange(1.0, layout.rows + 1)[:, None], np.arange(1.0, layout.columns + 1)[None, :]


def _rectangle(source: Dataset, layout: Layout) -> Mask:
    top, bottom, left, right = (_whole(source, f"Shutter{edge}Edge", 1)[0] for edge in _EDGES)
    rows, columns = _places(layout)
    return np.asarray((rows >= top) & (rows <= bottom) & (columns >= left) & (columns <= right), np.bool_)


def _circle(source: Dataset, layout: Layout, tall: float) -> Mask:
    """The radius is in pixels along a row; where pixels are not square it is as long downwards, in millimetres."""
    row, column = _whole(source, "CenterOfCircularShutter", 2)
    (radius,) = _whole(source, "RadiusOfCircularShutter", 1)
    rows, columns = _places(layout)
    # Compared row with column: no number is kept for each pixel.
    return np.asarray((columns - column) ** 2 <= radius**2 - ((rows - row) * tall) ** 2, np.bool_)


def _polygon(source: Dataset, layout: Layout) -> Mask:
    import cv2

    corners = numbers(source, "VerticesOfThePolygonalShutter")
    if len(corners) < 6 or len(corners) % 2:
        raise ImageRefused("missing_attribute", "VerticesOfThePolygonalShutter is missing or incomplete")
    if len(corners) > 2 * _CORNERS or any(abs(corner) > _WHITE for corner in corners):
        raise ImageRefused("bad_attribute", "VerticesOfThePolygonalShutter are too many, or far outside the picture")
    points = np.array(corners).reshape(-1, 2)[:, ::-1] - 1  # row\column, from 1 → x, y, from 0
    drawn = np.zeros((layout.rows, layout.columns), np.uint8)
    cv2.fillPoly(drawn, [points.round().astype(np.int32)], 1)
    return drawn.astype(np.bool_)
