"""One DICOM image -> float32 pixels, exactly as DICOM says, or ImageRefused with a reason.

Order (PS3.3 C.7.6.3, C.11): sample by PixelRepresentation -> padding masked -> Modality LUT, of the frame -> VOI ->
inversion once (MONOCHROME1) -> float32 in [0, 1], 0 black -> display shutter. Nothing is resized, cropped or stretched
here, and overlays are not burnt in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom.dataset import FileDataset

from robot_library.imaging import grayscale
from robot_library.imaging.dataset import LIMITS, Limits, numbers, open_dataset, reading, text
from robot_library.imaging.layout import Layout, read_layout
from robot_library.imaging.refusal import ImageRefused
from robot_library.imaging.shutter import shutter_of
from robot_library.imaging.stored import Stored, decode_frame

Pixels = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Spacing = tuple[float, float]


@dataclass(frozen=True, eq=False)
class GrayImage:
    """pixels: float32 (rows, columns) in [0, 1], 0 black, padding 0, what the shutter covers as that says.
    padding: where it was masked, None if nowhere.

    spacing_mm: (between rows, between columns) of PixelSpacing, else ImagerPixelSpacing (then noted), else None.
    notes: what was chosen among alternatives, free of patient data.
    """

    pixels: Pixels
    spacing_mm: Spacing | None = None
    notes: tuple[str, ...] = ()
    padding: Mask | None = None


@dataclass(frozen=True, eq=False)
class ValueImage:
    """Modality values before VOI and inversion: float32 (rows, columns) in `unit` (HU, OD, "" unknown), padding NaN."""

    values: Pixels
    unit: str = ""
    spacing_mm: Spacing | None = None
    notes: tuple[str, ...] = ()
    padding: Mask | None = None


def read_grayscale(data: bytes, frame: int = 0, *, limits: Limits = LIMITS) -> GrayImage:
    """The picture a radiologist would see of frame `frame` (from 0) of a DICOM object.

    Raises ImageRefused (a StudyUnreadable); see `refusal.Reason`.
    """
    dataset, layout = open_image(data, limits)
    with reading():
        modality = grayscale.modality_table(dataset, layout, frame)
        inverted = grayscale.is_inverted(dataset)
        table, voi = grayscale.display_table(dataset, layout, modality, frame, inverted=inverted)
        spacing, spaced = spacing_of(dataset, frame)
        padded = grayscale.padding_mask(dataset, layout)
    stored = decode_frame(dataset, layout, frame)
    with reading():
        shutter = shutter_of(dataset, layout, frame)
    pixels, mask = _look_up(table, stored, layout, padded, fill=0.0)
    notes = (*voi, *(("inverted once: MONOCHROME1",) if inverted else ()), *spaced, *_padding_note(mask))
    if shutter is not None:
        pixels[shutter.hidden] = shutter.grey
        notes = (*notes, shutter.note)
    return GrayImage(pixels, spacing, notes, mask)


def read_values(data: bytes, frame: int = 0, *, limits: Limits = LIMITS) -> ValueImage:
    """Modality values of one frame, for skills that want Hounsfield units or the like. Raises ImageRefused."""
    return values_of(*open_image(data, limits), frame)


def values_of(dataset: FileDataset, layout: Layout, frame: int = 0) -> ValueImage:
    """As `read_values`, for an object that is open already: its frames are read one by one."""
    with reading():
        modality = grayscale.modality_table(dataset, layout, frame)
        spacing, spaced = spacing_of(dataset, frame)
        padded = grayscale.padding_mask(dataset, layout)
    stored = decode_frame(dataset, layout, frame)
    values, mask = _look_up(modality.values, stored, layout, padded, fill=np.nan)
    return ValueImage(values, modality.unit, spacing, (*spaced, *_padding_note(mask)), mask)


def open_image(data: bytes, limits: Limits = LIMITS) -> tuple[FileDataset, Layout]:
    """A grayscale image, parsed and checked, no pixel decoded. Raises ImageRefused."""
    dataset = open_dataset(data, limits=limits)
    with reading():
        if "Rows" not in dataset and "PixelData" not in dataset:
            raise ImageRefused("no_pixels", "the object is no image")
        grayscale.require_film(dataset)
        return dataset, read_layout(dataset, limits)


def _look_up(
    table: grayscale.Table, stored: Stored, layout: Layout, padded: Mask | None, *, fill: float
) -> tuple[Pixels, Mask | None]:
    index = stored.astype(np.int32) - layout.low if layout.low else stored
    narrow = table.astype(np.float32)
    mask: Mask | None = None
    if padded is not None:
        narrow[padded] = fill
        mask = padded.take(index, mode="clip")
        mask = mask if mask.any() else None
    return _taken(narrow, index), mask


def _taken(table: Pixels, index: Stored) -> Pixels:
    """table[index], in bands of rows: numpy's copy of the indices, eight bytes each, then stays in the cache."""
    found = np.empty(index.shape, np.float32)
    band = max(1, (1 << 15) // index.shape[1])
    for start in range(0, index.shape[0], band):
        # Every index is in the table (decode_frame); "clip" only spares numpy its own check.
        table.take(index[start : start + band], out=found[start : start + band], mode="clip")
    return found


def _padding_note(mask: Mask | None) -> tuple[str, ...]:
    return () if mask is None else (f"padding: {int(mask.sum())} pixels masked",)


def spacing_of(dataset: FileDataset, frame: int) -> tuple[Spacing | None, tuple[str, ...]]:
    group = grayscale.functional_group(dataset, frame, "PixelMeasuresSequence")
    patient = _pair(numbers(dataset if group is None else group, "PixelSpacing"))
    detector = _pair(numbers(dataset, "ImagerPixelSpacing"))
    if patient is None and detector is None:
        return None, ("spacing: none",)
    if detector is None:
        return patient, ()
    if text(dataset, "PixelSpacingCalibrationType") and patient is not None:
        return patient, ("spacing: calibrated",)
    if patient in (None, detector):  # 10.7.1.3: equal values are those of the detector, nothing taken off for distance
        return detector, ("spacing: at the detector, not in the patient",)
    return patient, ("spacing: differs from the detector's, unexplained",)


def _pair(found: tuple[float, ...]) -> Spacing | None:
    return (found[0], found[1]) if len(found) == 2 and min(found) > 0 else None
