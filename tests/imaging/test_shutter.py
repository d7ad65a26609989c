"""The display shutter covers what its maker says, pixel by pixel, counted out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from robot_library.imaging.pixels import read_grayscale, read_values
from robot_library.imaging.refusal import ImageRefused
from tests.imaging.dicoms import film, gradient

ROWS, COLUMNS = 20, 30
RECTANGLE = {
    "ShutterShape": "RECTANGULAR", "ShutterUpperHorizontalEdge": 3, "ShutterLowerHorizontalEdge": 17,
    "ShutterLeftVerticalEdge": 5, "ShutterRightVerticalEdge": 29,
}  # fmt: skip
CIRCLE = {"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [10, 12], "RadiusOfCircularShutter": 8}
TRIANGLE = {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [2, 2, 18, 2, 18, 18]}
PLAIN = gradient(ROWS, COLUMNS)


def seen(row: int, column: int, shape: str) -> bool:
    """Whether a pixel is open; row and column from 1."""
    if shape == "RECTANGULAR":
        return 3 <= row <= 17 and 5 <= column <= 29
    if shape == "CIRCULAR":
        return (row - 10) ** 2 + (column - 12) ** 2 <= 64
    return 2 <= column <= row <= 18  # the triangle between (2, 2), (18, 2) and (18, 18)


def expected(shapes: list[str], grey: float) -> npt.NDArray[np.float32]:
    picture = (PLAIN / 4095).astype(np.float32)
    for row in range(ROWS):
        for column in range(COLUMNS):
            if not all(seen(row + 1, column + 1, shape) for shape in shapes):
                picture[row, column] = np.float32(grey)
    return picture


@pytest.mark.parametrize("attributes", [RECTANGLE, CIRCLE, TRIANGLE], ids=lambda shape: shape["ShutterShape"])
@pytest.mark.parametrize("value", [None, 0xFFFF, 0x4000])
def test_each_shape_covers_what_lies_outside(attributes: dict[str, Any], value: int | None) -> None:
    image = read_grayscale(film(PLAIN, **attributes, ShutterPresentationValue=value))
    assert np.array_equal(image.pixels, expected([attributes["ShutterShape"]], (value or 0) / 0xFFFF))
    assert any(note.startswith("shutter: ") for note in image.notes)


def test_of_several_shapes_what_all_leave_open_is_seen_and_inversion_does_not_touch_the_cover() -> None:
    both = RECTANGLE | CIRCLE | {"ShutterShape": ["RECTANGULAR", "CIRCULAR"]}
    twin = {"PhotometricInterpretation": "MONOCHROME1"}
    for stored, more in ((PLAIN, {}), (4095 - PLAIN, twin)):
        found = read_grayscale(film(stored, **both, **more)).pixels
        assert np.array_equal(found, expected(["RECTANGULAR", "CIRCULAR"], 0))


def test_a_circle_is_round_in_millimetres() -> None:
    tall = read_grayscale(film(PLAIN, **CIRCLE, PixelSpacing=[2, 1])).pixels
    assert (tall[9 - 4, 11], tall[9 - 5, 11]) == (pytest.approx(PLAIN[5, 11] / 4095), 0)
    assert tall[9, 11 - 8] == pytest.approx(PLAIN[9, 3] / 4095)


def test_each_frame_has_its_own_and_values_are_not_covered() -> None:
    def group(**attributes: Any) -> Dataset:
        shutter, frame = Dataset(), Dataset()
        for keyword, value in attributes.items():
            setattr(shutter, keyword, value)
        frame.FrameDisplayShutterSequence = Sequence([shutter])
        return frame

    data = film(
        np.stack([PLAIN, PLAIN]), PerFrameFunctionalGroupsSequence=Sequence([group(**RECTANGLE), group(**CIRCLE)])
    )
    for frame, shape in enumerate(("RECTANGULAR", "CIRCULAR")):
        assert np.array_equal(read_grayscale(data, frame).pixels, expected([shape], 0))
        assert np.array_equal(read_values(data, frame).values, PLAIN)


def test_a_shutter_as_wide_as_the_picture_covers_nothing() -> None:
    wide = RECTANGLE | {"ShutterUpperHorizontalEdge": 1, "ShutterLowerHorizontalEdge": ROWS}
    image = read_grayscale(film(PLAIN, **wide | {"ShutterLeftVerticalEdge": 0, "ShutterRightVerticalEdge": COLUMNS}))
    assert np.array_equal(image.pixels, (PLAIN / 4095).astype(np.float32))
    assert not any("shutter" in note for note in image.notes)


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"ShutterShape": "BITMAP"}, "bad_attribute"),
        ({"ShutterShape": "CIRCULAR"}, "missing_attribute"),
        (RECTANGLE | {"ShutterLeftVerticalEdge": None}, "missing_attribute"),
        (RECTANGLE | {"ShutterLeftVerticalEdge": 30}, "bad_attribute"),
        (TRIANGLE | {"VerticesOfThePolygonalShutter": [2, 2, 18, 2]}, "missing_attribute"),
        (TRIANGLE | {"VerticesOfThePolygonalShutter": [2, 2, 18, 2, 18]}, "missing_attribute"),
        (TRIANGLE | {"VerticesOfThePolygonalShutter": [2, 2, 18, 2, 18, 18] * 100}, "bad_attribute"),
        (TRIANGLE | {"VerticesOfThePolygonalShutter": [2, 2, 18, 2, 2_000_000_000, 18]}, "bad_attribute"),
    ],
)
def test_a_shutter_that_cannot_be_understood_is_refused(attributes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ImageRefused) as caught:
        read_grayscale(film(PLAIN, **attributes))
    assert caught.value.reason == reason
