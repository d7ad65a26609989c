"""Synthetic series for the tests of volumes: any orientation, any order, each slice with its own pixels and header."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import EnhancedMRImageStorage, MRImageStorage, generate_uid

from robot_library.imaging.headers import read_image
from robot_library.imaging.slices import read_volume
from robot_library.imaging.volume import Volume
from robot_library.model.study import Image, Series
from tests.imaging.dicoms import MemoryBlobs, dataset, written

FRAME = "1.2.826.0.1.3680043.10.1338.99"
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def slab(
    voxels: npt.NDArray[Any],
    *,
    cosines: Sequence[float] = AXIAL,
    origin: Sequence[float] = (-20.0, -30.0, 40.0),
    spacing: tuple[float, float, float] = (0.7, 0.9, 3.0),
    **attributes: Any,
) -> list[FileDataset]:
    """Single-frame MR objects of voxels (i, j, k), in the order of k; spacing along i, j, k in mm; LPS throughout."""
    row, column = np.array(cosines[:3]), np.array(cosines[3:])
    normal = np.cross(row, column)
    made = []
    for k in range(voxels.shape[2]):
        at = np.array(origin) + k * spacing[2] * normal
        base = {
            "SOPClassUID": MRImageStorage,
            "SOPInstanceUID": generate_uid(),
            "Modality": "MR",
            "ImageType": ["ORIGINAL", "PRIMARY"],
            "FrameOfReferenceUID": FRAME,
            "ImagePositionPatient": [f"{value:.6f}" for value in at],
            "ImageOrientationPatient": [f"{value:.8f}" for value in cosines],
            "PixelSpacing": [f"{spacing[1]:.6f}", f"{spacing[0]:.6f}"],
            "SliceThickness": str(spacing[2]),
            "InstanceNumber": k + 1,
        }
        made.append(dataset(np.ascontiguousarray(voxels[:, :, k].T), **(base | attributes)))
    return made


def enhanced(slices: Sequence[FileDataset]) -> FileDataset:
    """The slices as one enhanced multi-frame object, in the order given."""
    first = slices[0]
    stored = np.stack([np.frombuffer(one.PixelData, "<u2").reshape(one.Rows, one.Columns) for one in slices])
    whole = dataset(stored, SOPClassUID=EnhancedMRImageStorage, Modality="MR", FrameOfReferenceUID=FRAME)
    shared, measures, orientation = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = first.PixelSpacing
    measures.SliceThickness = first.SliceThickness
    orientation.ImageOrientationPatient = first.ImageOrientationPatient
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
    whole.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for one in slices:
        frame, place, values = Dataset(), Dataset(), Dataset()
        place.ImagePositionPatient = one.ImagePositionPatient
        values.RescaleSlope, values.RescaleIntercept = one.get("RescaleSlope", 1), one.get("RescaleIntercept", 0)
        values.RescaleType = "US"
        frame.PlanePositionSequence, frame.PixelValueTransformationSequence = [place], [values]
        frames.append(frame)
    whole.PerFrameFunctionalGroupsSequence = frames
    return whole


def series(slices: Sequence[FileDataset], blobs: MemoryBlobs, shuffle: int | None = 0) -> Series:
    """The objects, kept in `blobs`, as a series in shuffled order."""
    images = [_image(one, blobs) for one in slices]
    if shuffle is not None:
        images = [images[place] for place in np.random.default_rng(shuffle).permutation(len(images))]
    return Series(series_uid=str(slices[0].SeriesInstanceUID), images=tuple(images))


def _image(made: FileDataset, blobs: MemoryBlobs) -> Image:
    data = written(made)
    image = read_image(data, blobs.put(data), "dicomweb")
    assert image.sha256 == hashlib.sha256(data).hexdigest()
    return image


def built(slices: Sequence[FileDataset], **options: Any) -> Volume:
    """The volume of the objects, given in shuffled order."""
    blobs = MemoryBlobs()
    return read_volume(series(slices, blobs), lambda image: blobs.get(image.blob), **options)


def orientations() -> Iterator[tuple[float, ...]]:
    """ImageOrientationPatient of all 24 right-handed ways to lay a slice along the patient's axes."""
    axes = [sign * np.eye(3)[place] for place in range(3) for sign in (1.0, -1.0)]
    for row in axes:
        for column in axes:
            if not row @ column:
                yield (*row.tolist(), *column.tolist())
