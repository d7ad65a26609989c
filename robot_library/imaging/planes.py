"""Where each slice lies in the patient (PS3.3 C.7.6.2), and whether all of them make up one straight volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from robot_library.imaging.dataset import numbers, text
from robot_library.imaging.grayscale import functional_group
from robot_library.imaging.layout import Layout
from robot_library.imaging.refusal import ImageRefused
from robot_library.imaging.volume import LPS_TO_RAS, Affine

Vector = NDArray[np.float64]

COSINE_TOLERANCE = 1e-3
"""Direction cosines: orthonormal, and the same on all slices, to this much (0.06 degrees)."""
SPACING_TOLERANCE = 1e-3
"""Relative difference of pixel spacing between slices."""
SAME_POSITION_MM = 0.01
"""Slices nearer than this lie in one place."""
GAP_TOLERANCE, GAP_TOLERANCE_MM = 0.02, 0.02
"""A slice may lie off its even place by this share of the gap, or by so many mm (headers are rounded)."""
SHIFT_TOLERANCE, SHIFT_TOLERANCE_MM = 1e-3, 0.1
"""A slice may lie sideways of the first one's normal by so many mm, plus this share of its distance from it."""


@dataclass(frozen=True, eq=False)
class Plane:
    """One frame. LPS mm: position of the first voxel's centre, directions of a row (i) and of a column (j);
    spacing between columns (i) and between rows (j); the frame's size; the coordinate system's UID."""

    uid: str
    frame: int
    position: Vector
    along_row: Vector
    along_column: Vector
    spacing: tuple[float, float]
    size: tuple[int, int]
    frame_of_reference: str

    @property
    def normal(self) -> Vector:
        """Unit vector across the slice: row x column."""
        return np.cross(self.along_row, self.along_column)


def read_plane(dataset: Dataset, layout: Layout, frame: int = 0) -> Plane:
    """The plane of one frame, from its functional groups where it has them. Raises ImageRefused: no_geometry.

    A frame of a multi-frame object without functional groups has no position of its own: refused.
    """
    enhanced = "PerFrameFunctionalGroupsSequence" in dataset
    if layout.frames > 1 and not enhanced:
        raise ImageRefused("no_geometry", "several frames without a position for each")
    position = _read(dataset, frame, "PlanePositionSequence", "ImagePositionPatient", 3, enhanced)
    cosines = _read(dataset, frame, "PlaneOrientationSequence", "ImageOrientationPatient", 6, enhanced)
    rows, columns = _read(dataset, frame, "PixelMeasuresSequence", "PixelSpacing", 2, enhanced)
    if not (rows > 0 and columns > 0):
        raise ImageRefused("no_geometry", "PixelSpacing is not positive")
    along_row, along_column = cosines[:3], cosines[3:]
    lengths = (along_row @ along_row, along_column @ along_column)
    if any(abs(side - 1) > COSINE_TOLERANCE for side in lengths) or abs(along_row @ along_column) > COSINE_TOLERANCE:
        raise ImageRefused("no_geometry", "ImageOrientationPatient is no pair of perpendicular unit vectors")
    return Plane(
        uid=text(dataset, "SOPInstanceUID"),
        frame=frame,
        position=position,
        along_row=along_row,
        along_column=along_column,
        spacing=(float(columns), float(rows)),
        size=(layout.columns, layout.rows),
        frame_of_reference=text(dataset, "FrameOfReferenceUID"),
    )


def _read(dataset: Dataset, frame: int, macro: str, keyword: str, count: int, enhanced: bool) -> Vector:
    source = functional_group(dataset, frame, macro) if enhanced else dataset
    found = numbers(source, keyword) if source is not None else ()
    if len(found) != count:
        raise ImageRefused("no_geometry", f"{keyword} is missing or incomplete")
    return np.array(found, np.float64)


def in_order(planes: Sequence[Plane]) -> list[int]:
    """The places of the planes, sorted along the normal of the first, after everything that must be equal is.

    Raises ImageRefused: too_few_slices, mixed_grid, mixed_frame_of_reference, mixed_orientation,
    duplicate_position, tilted, uneven_gaps.
    """
    if len(planes) < 2:
        raise ImageRefused("too_few_slices", f"{len(planes)} slice(s) make no volume")
    _check_alike(planes)
    normal = planes[0].normal
    positions = np.array([plane.position for plane in planes])
    heights = positions @ normal
    order = np.argsort(heights, kind="stable")
    if np.diff(heights[order]).min() < SAME_POSITION_MM:
        raise ImageRefused("duplicate_position", "two slices lie in the same place")
    _check_straight(positions[order], normal)
    _check_even(heights[order])
    return [int(place) for place in order]


def _check_alike(planes: Sequence[Plane]) -> None:
    first = planes[0]
    for plane in planes:
        if plane.size != first.size or not np.allclose(plane.spacing, first.spacing, rtol=SPACING_TOLERANCE, atol=0):
            raise ImageRefused("mixed_grid", "slices have different sizes or pixel spacings")
        if plane.frame_of_reference != first.frame_of_reference:
            raise ImageRefused("mixed_frame_of_reference", "slices name different frames of reference")
        turned = np.abs([plane.along_row - first.along_row, plane.along_column - first.along_column]).max()
        if turned > COSINE_TOLERANCE:
            raise ImageRefused("mixed_orientation", "slices do not lie in parallel")


def _check_straight(positions: Vector, normal: Vector) -> None:
    steps = positions - positions[0]
    heights = steps @ normal
    sideways = np.linalg.norm(steps - heights[:, None] * normal, axis=1)
    if (sideways > SHIFT_TOLERANCE_MM + SHIFT_TOLERANCE * np.abs(heights)).any():
        raise ImageRefused("tilted", "slices are shifted sideways against each other (gantry tilt or shear)")


def _check_even(heights: Vector) -> None:
    gap = float(np.median(np.diff(heights)))
    allowed = max(GAP_TOLERANCE_MM, GAP_TOLERANCE * gap)
    even = np.linspace(heights[0], heights[-1], len(heights))
    if np.abs(np.diff(heights) - gap).max() > 2 * allowed or np.abs(heights - even).max() > allowed:
        raise ImageRefused("uneven_gaps", "slices lie at unequal distances, or one between them is missing")


def affine_of(planes: Sequence[Plane]) -> Affine:
    """Voxel index (i, j, k, 1) → RAS mm, of planes in order: the step along k is that from the first to the last."""
    first, last = planes[0], planes[-1]
    lps = np.eye(4)
    lps[:3, 0] = first.along_row * first.spacing[0]
    lps[:3, 1] = first.along_column * first.spacing[1]
    lps[:3, 2] = (last.position - first.position) / (len(planes) - 1)
    lps[:3, 3] = first.position
    return np.asarray(LPS_TO_RAS @ lps)
