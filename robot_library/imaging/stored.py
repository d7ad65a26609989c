"""Stored values of one frame: cut out of the pixel data, decoded, checked against what the header says."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import uid
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import generate_frames

from robot_library.imaging.codecs import CODECS, Codec, decode
from robot_library.imaging.codestream import read_frame_header
from robot_library.imaging.dataset import reading
from robot_library.imaging.layout import NATIVE, Layout
from robot_library.imaging.refusal import ImageRefused

Stored = npt.NDArray[np.integer[Any]]


def decode_frame(dataset: FileDataset, layout: Layout, frame: int = 0) -> Stored:
    """Stored values of one frame, an integer array (rows, columns), sign applied, all within [layout.low, layout.high].

    Raises ImageRefused: no_pixels, size_mismatch, truncated, bits_lie, decode_failed, unsupported_syntax.
    """
    if not 0 <= frame < layout.frames:
        raise ImageRefused("size_mismatch", f"frame {frame} was asked for, it has {layout.frames}")
    with reading():
        data = pixel_data(dataset)
        swapped = layout.syntax == uid.ExplicitVRBigEndian and dataset["PixelData"].VR == "OW"
        overlaid = _overlay_in_unused_bits(dataset)
    if layout.syntax in NATIVE:
        return _native(data, layout, frame, swapped, overlaid)
    return _compressed(dataset, data, layout, frame)


def pixel_data(dataset: Dataset) -> bytes:
    """Its PixelData. ImageRefused("no_pixels") where there are none; an element of no bytes has no value either."""
    if not isinstance(data := dataset.get("PixelData"), bytes):
        raise ImageRefused("no_pixels", "PixelData is missing")
    return data


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
        data = np.frombuffer(data + b"\0" * (len(data) % 2), "<u2").byteswap().tobytes()
    order = ">" if layout.syntax == uid.ExplicitVRBigEndian else "<"
    sign = "i" if layout.signed and not overlaid else "u"
    kind = np.dtype(f"{order}{sign}{layout.allocated // 8}")
    count = layout.rows * layout.columns
    raw: Stored = np.frombuffer(data, kind, count, frame * layout.frame_bytes)
    if overlaid:
        raw = _signed(raw.astype(np.int32) & ((1 << layout.stored) - 1), layout.stored, layout.signed)
    return _fit(raw, layout)


def _signed(raw: npt.NDArray[np.int32], bits: int, signed: bool) -> Stored:
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
    raw = decode(
        encoded,
        layout.syntax,
        rows=layout.rows,
        columns=layout.columns,
        allocated=layout.allocated,
        stored=layout.stored,
        signed=layout.signed,
    )
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
