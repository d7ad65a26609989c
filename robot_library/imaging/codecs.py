"""Stored values of one frame, by exactly one decoder per transfer syntax.

One table, no fall-back: which library decoded a film must not depend on what else is installed. The tests decode
with a second library where one exists and compare bits. pylibjpeg-libjpeg (GPL) is never used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import uid
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels.decoders.base import get_decoder

from robot_library.imaging.codestream import Family, read_frame_header
from robot_library.imaging.dataset import LIMITS, Limits, reading, text, whole
from robot_library.imaging.refusal import ImageRefused

Stored = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Codec:
    """The pinned plug-in (pydicom's name for it) and the JPEG frame markers it is trusted with."""

    plugin: str
    family: Family
    markers: tuple[int, ...] = ()


CODECS: dict[str, Codec] = {
    uid.JPEGBaseline8Bit: Codec("gdcm", "jpeg", (0xC0,)),
    uid.JPEGExtended12Bit: Codec("gdcm", "jpeg", (0xC0, 0xC1)),
    uid.JPEGLossless: Codec("gdcm", "jpeg", (0xC3,)),
    uid.JPEGLosslessSV1: Codec("gdcm", "jpeg", (0xC3,)),
    uid.JPEGLSLossless: Codec("pyjpegls", "jpegls", (0xF7,)),
    uid.JPEGLSNearLossless: Codec("pyjpegls", "jpegls", (0xF7,)),
    uid.JPEG2000Lossless: Codec("pylibjpeg", "j2k"),
    uid.JPEG2000: Codec("pylibjpeg", "j2k"),
    uid.RLELossless: Codec("pylibjpeg", "rle"),
}
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


def decode_frame(dataset: FileDataset, layout: Layout, frame: int = 0) -> Stored:
    """Stored values of one frame, int32 (rows, columns), sign applied, all within [layout.low, layout.high].

    Raises ImageRefused: no_pixels, size_mismatch, truncated, bits_lie, decode_failed, unsupported_syntax.
    """
    if not 0 <= frame < layout.frames:
        raise ImageRefused("size_mismatch", f"frame {frame} was asked for, it has {layout.frames}")
    with reading():
        if "PixelData" not in dataset:
            raise ImageRefused("no_pixels", "PixelData is missing")
        data: bytes = dataset.PixelData
        swapped = layout.syntax == uid.ExplicitVRBigEndian and dataset["PixelData"].VR == "OW"
        overlaid = _overlay_in_unused_bits(dataset)
    if layout.syntax in NATIVE:
        return _native(data, layout, frame, swapped, overlaid)
    return _compressed(dataset, data, layout, frame)


def _overlay_in_unused_bits(dataset: FileDataset) -> bool:
    """Retired, still met: an overlay plane kept in the bits above BitsStored, declared by its bit position."""
    groups = range(0x6000, 0x6020, 2)
    return any((group, 0x0102) in dataset and dataset[group, 0x0102].value not in (0, None) for group in groups)


def check_length(data: bytes, layout: Layout) -> None:
    """Uncompressed pixel data have exactly the announced length, one padding byte allowed."""
    expected = layout.frame_bytes * layout.frames
    if len(data) < expected:
        raise ImageRefused("truncated", f"{len(data)} of {expected} bytes of pixel data are there")
    if len(data) > expected + expected % 2:
        raise ImageRefused("size_mismatch", f"{len(data)} bytes of pixel data where {expected} are announced")


def _native(data: bytes, layout: Layout, frame: int, swapped: bool, overlaid: bool) -> Stored:
    check_length(data, layout)
    if layout.allocated == 8 and swapped:  # big endian words hold 8-bit pixels pairwise reversed
        data = np.frombuffer(data, "<u2").byteswap().tobytes()
    order = ">" if layout.syntax == uid.ExplicitVRBigEndian else "<"
    kind = np.dtype(f"{order}u{layout.allocated // 8}")
    count = layout.rows * layout.columns
    raw = np.frombuffer(data, kind, count, frame * layout.frame_bytes).astype(np.int32)
    if overlaid:
        raw &= (1 << layout.stored) - 1
        return _fit(_signed(raw, layout.stored, layout.signed), layout)
    return _fit(_signed(raw, layout.allocated, layout.signed), layout)


def _signed(raw: Stored, bits: int, signed: bool) -> Stored:
    """Two's complement of `bits` bits -> value. `raw` must hold nothing above them."""
    if not signed:
        return raw
    half = np.int32(1 << (bits - 1))
    return (raw ^ half) - half


def _fit(values: Stored, layout: Layout) -> Stored:
    """Values outside BitsStored mean that BitsStored, or the sign, is not what was written."""
    if values.min() < layout.low or values.max() > layout.high:
        raise ImageRefused("bits_lie", f"stored values do not fit BitsStored {layout.stored}")
    return values.reshape(layout.rows, layout.columns)


def _compressed(dataset: FileDataset, data: bytes, layout: Layout, frame: int) -> Stored:
    codec = CODECS[layout.syntax]
    encoded = split_frames(dataset, data, layout)[frame]
    precision = _check_codestream(encoded, codec, layout)
    options: dict[str, Any] = {
        "rows": layout.rows,
        "columns": layout.columns,
        "samples_per_pixel": 1,
        "photometric_interpretation": "MONOCHROME2",
        "pixel_representation": int(layout.signed),
        "bits_allocated": layout.allocated,
        "bits_stored": layout.stored,
        "number_of_frames": 1,
        "pixel_keyword": "PixelData",
    }
    decoder = get_decoder(uid.UID(layout.syntax))
    try:
        with reading():
            buffer, found = decoder.as_buffer(encapsulate([encoded]), index=0, decoding_plugin=codec.plugin, **options)
    except ImageRefused as refused:
        raise ImageRefused("decode_failed", f"{codec.plugin} refused the compressed frame") from refused
    container = int(found["bits_allocated"])
    raw = np.frombuffer(buffer, np.dtype(f"<u{container // 8}")).astype(np.int32)
    if raw.size != layout.rows * layout.columns:
        raise ImageRefused("size_mismatch", "the decoded frame has another size than announced")
    return _fit(_signed(raw & ((1 << precision) - 1), precision, layout.signed), layout)


def split_frames(dataset: FileDataset, data: bytes, layout: Layout) -> list[bytes]:
    """The encoded frames; their number must be the announced one. Raises ImageRefused: truncated, size_mismatch."""
    try:
        with reading():
            table = dataset.get("ExtendedOffsetTable"), dataset.get("ExtendedOffsetTableLengths")
            offsets = table if all(table) else None
            frames = list(generate_frames(data, number_of_frames=layout.frames, extended_offsets=offsets))
    except ImageRefused as refused:
        raise ImageRefused("truncated", "the compressed pixel data cannot be split into frames") from refused
    if len(frames) != layout.frames:
        raise ImageRefused("size_mismatch", f"{len(frames)} compressed frames of {layout.frames} are there")
    return frames


def _check_codestream(encoded: bytes, codec: Codec, layout: Layout) -> int:
    """Compare the frame's own header with DICOM's; returns its precision in bits."""
    if codec.family == "rle":
        if encoded[:4] != (layout.allocated // 8).to_bytes(4, "little"):
            raise ImageRefused("size_mismatch", "the RLE frame has another number of segments than bytes a pixel")
        return layout.allocated
    header = read_frame_header(encoded, codec.family)
    if (header.rows, header.columns, header.components) != (layout.rows, layout.columns, 1):
        raise ImageRefused("size_mismatch", "the compressed frame has another size than Rows and Columns say")
    if codec.markers and header.marker not in codec.markers:
        raise ImageRefused("unsupported_syntax", "the JPEG process is not that of its TransferSyntaxUID")
    if not layout.stored <= header.precision <= layout.allocated:
        raise ImageRefused("bits_lie", f"the frame has {header.precision} bits, BitsStored says {layout.stored}")
    if header.signed is not None and header.signed != layout.signed:
        raise ImageRefused("bits_lie", "the frame's sign is not that of PixelRepresentation")
    if layout.syntax == uid.JPEGExtended12Bit and header.precision != 8:
        raise ImageRefused("unsupported_syntax", "12-bit JPEG Extended has no exact decoder here")
    return header.precision
