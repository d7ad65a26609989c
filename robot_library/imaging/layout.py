"""The Image Pixel module of a grayscale image, checked before any pixel is touched (PS3.3 C.7.6.3)."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom import uid
from pydicom.dataset import Dataset, FileDataset

from robot_library.imaging.codecs import CODECS
from robot_library.imaging.dataset import LIMITS, Limits, numbers, text, whole
from robot_library.imaging.refusal import ImageRefused

NATIVE: tuple[str, ...] = (
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
)


@dataclass(frozen=True)
class Layout:
    """The Image Pixel module of a grayscale image, checked. Stored values lie in [low, high]."""

    rows: int
    columns: int
    frames: int
    allocated: int
    stored: int
    signed: bool
    syntax: str

    @property
    def low(self) -> int:
        return -(1 << (self.stored - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        return (1 << (self.stored - 1 if self.signed else self.stored)) - 1

    @property
    def frame_bytes(self) -> int:
        return self.rows * self.columns * self.allocated // 8


def read_layout(dataset: FileDataset, limits: Limits = LIMITS) -> Layout:
    """Check that the object is an 8- or 16-bit grayscale image within limits, before any pixel is touched.

    Raises ImageRefused: colour, unsupported_pixels, unsupported_syntax, missing_attribute, bad_attribute, too_large.
    """
    photometric = text(dataset, "PhotometricInterpretation")
    if not photometric:
        raise ImageRefused("missing_attribute", "PhotometricInterpretation is missing")
    if whole(dataset, "SamplesPerPixel") != 1 or photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise ImageRefused("colour", "PhotometricInterpretation or SamplesPerPixel says colour")
    if text(dataset, "PixelPresentation") not in ("", "MONOCHROME"):
        # C.7.6.19: from some stored value on they are numbers of colours, which MONOCHROME2 does not tell.
        raise ImageRefused("colour", "PixelPresentation says that some of its values are colours")
    frames = whole(dataset, "NumberOfFrames") if text(dataset, "NumberOfFrames") else 1
    rows, columns = whole(dataset, "Rows"), whole(dataset, "Columns")
    if rows < 1 or columns < 1 or frames < 1:
        raise ImageRefused("bad_attribute", "Rows, Columns and NumberOfFrames must be 1 or more")
    if rows * columns > limits.frame_pixels or frames > limits.frames:
        raise ImageRefused("too_large", f"it announces {rows} x {columns} pixels in {frames} frames")
    syntax = str(dataset.file_meta.TransferSyntaxUID)
    if syntax not in NATIVE and syntax not in CODECS:
        raise ImageRefused("unsupported_syntax", "no exact decoder for its TransferSyntaxUID")
    allocated, stored, signed = _read_bits(dataset)
    return Layout(rows, columns, frames, allocated, stored, signed, syntax)


def tallness(dataset: Dataset) -> float:
    """How much taller than wide a pixel is (C.7.6.3.1.7): by whichever spacing there is, else PixelAspectRatio."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio"):
        sides = numbers(dataset, keyword)
        if len(sides) == 2 and min(sides) > 0:
            return sides[0] / sides[1]
    return 1.0


def _read_bits(dataset: FileDataset) -> tuple[int, int, bool]:
    allocated, stored = whole(dataset, "BitsAllocated"), whole(dataset, "BitsStored")
    if allocated not in (8, 16):
        raise ImageRefused("unsupported_pixels", f"BitsAllocated is {allocated}; 8 and 16 are supported")
    if not 2 <= stored <= allocated:
        raise ImageRefused("bits_lie", f"BitsStored is {stored} of {allocated}")
    if whole(dataset, "HighBit") != stored - 1:
        raise ImageRefused("bits_lie", "HighBit is not BitsStored - 1")
    representation = whole(dataset, "PixelRepresentation")
    if representation not in (0, 1):
        raise ImageRefused("bad_attribute", "PixelRepresentation is neither 0 nor 1")
    return allocated, stored, representation == 1
