"""Series -> Volume: every slice decoded for itself, put in its place, or the series refused with a reason."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from pydicom.dataset import Dataset

from robot_library.imaging.dataset import LIMITS, Limits, number, reading, text
from robot_library.imaging.pixels import ValueImage, open_image, values_of
from robot_library.imaging.planes import Plane, affine_of, in_order, read_plane
from robot_library.imaging.refusal import ImageRefused
from robot_library.imaging.volume import Volume
from robot_library.model.study import Image, Series

VOXELS = 1 << 28
"""The largest volume: 1 GiB of float32."""

Slice = tuple[Plane, ValueImage]
Announced = tuple[str, int]


def read_volume(
    series: Series, read: Callable[[Image], bytes], *, expected: int | None = None, limits: Limits = LIMITS
) -> Volume:
    """The volume of a series of single frames, or of one multi-frame object. `read` gives an image's kept bytes.

    expected: how many slices there must be, where somebody said so; what the headers announce is checked anyway.
    Raises ImageRefused: its reasons in `refusal.GEOMETRY` say that the series is no volume, the others that an
    image cannot be read.
    """
    if sum(image.rows * image.columns * image.frames for image in series.images) > VOXELS:
        raise ImageRefused("too_large", f"the volume would have more than {VOXELS} voxels")
    if len({image.sop_instance_uid for image in series.images}) < len(series.images):
        raise ImageRefused("duplicate_position", "an image is there twice")
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:
        parts = list(threads.map(lambda image: _frames(image, read(image), limits), series.images))
    slices = [one for frames, _ in parts for one in frames]
    _check_all_there(len(slices), expected, [announced for _, announced in parts])
    return _stacked(slices)


def _frames(image: Image, data: bytes, limits: Limits) -> tuple[list[Slice], list[Announced]]:
    """The frames of one object, and how many it says its series has."""
    if image.source == "screen":
        raise ImageRefused("no_geometry", "a picture of a screen has no place in the patient")
    if hashlib.sha256(data).hexdigest() != image.sha256:
        raise ImageRefused("size_mismatch", "the kept bytes are not those that were received")
    dataset, layout = open_image(data, limits)
    with reading():
        planes = [read_plane(dataset, layout, frame) for frame in range(layout.frames)]
        announced = _announced(dataset)
    return [(plane, values_of(dataset, layout, plane.frame)) for plane in planes], announced


def _announced(dataset: Dataset) -> list[Announced]:
    """(whose count, how many): of the series, of the object where it was cut into several, and of the acquisition where
    these are its own images."""
    said = [
        (f"concatenation {text(dataset, 'ConcatenationUID')}", number(dataset, "InConcatenationTotalNumber")),
        ("series", number(dataset, "NumberOfSeriesRelatedInstances")),
        ("slices", number(dataset, "NumberOfSlices")),
    ]
    if text(dataset, "ImageType").startswith("ORIGINAL"):
        acquisition = f"acquisition {text(dataset, 'AcquisitionNumber')}"
        said.append((acquisition, number(dataset, "ImagesInAcquisition")))
    return [(whose, int(count)) for whose, count in said if count]


def _check_all_there(slices: int, expected: int | None, announced: Sequence[Sequence[Announced]]) -> None:
    if expected is not None and slices != expected:
        raise ImageRefused("missing_slices", f"{slices} slices are there where {expected} were announced")
    present = Counter(whose for one in announced for whose in {name for name, _ in one})
    for one in announced:
        for whose, count in one:
            there = slices if whose == "slices" else present[whose]
            if there < count:
                raise ImageRefused("missing_slices", f"{there} are there where the header announces {count}")


def _stacked(slices: Sequence[Slice]) -> Volume:
    order = in_order([plane for plane, _ in slices])
    placed = [slices[place] for place in order]
    planes = [plane for plane, _ in placed]
    units = {image.unit for _, image in placed}
    if len(units) > 1:
        raise ImageRefused("mixed_values", "slices have values in different units")
    values = np.empty((*planes[0].size, len(placed)), np.float32)
    for k, (_, image) in enumerate(placed):
        values[:, :, k] = image.values.T
    padding = None
    if any(image.padding is not None for _, image in placed):
        padding = np.isnan(values)
        if padding.all():
            raise ImageRefused("bad_attribute", "every pixel is padding")
        values[padding] = values[~padding].min()
    return Volume(
        values=values,
        affine=affine_of(planes),
        uids=tuple(plane.uid for plane in planes),
        frame_of_reference=planes[0].frame_of_reference,
        unit=units.pop(),
        padding=padding,
    )
