"""Pixels of any object as stored values, colour and several frames included, for looking and for blanking.

Not for a model (`pixels` is): nothing is checked against BitsStored, nothing is shown through a LUT. Compressed
frames are decoded in the codecs' own process by the pinned plug-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import uid
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import generate_frames
from pydicom.pixels.processing import apply_color_lut

from robot_library.imaging.codecs import CODECS
from robot_library.imaging.dataset import LIMITS, Limits, text, whole
from robot_library.imaging.layout import NATIVE
from robot_library.imaging.refusal import ImageRefused
from robot_library.imaging.sandbox import SANDBOXES
from robot_library.imaging.stored import pixel_data

Samples = npt.NDArray[np.integer[Any]]
"""(frames, rows, columns, samples a pixel), as stored."""


@dataclass(frozen=True)
class Shape:
    """How the pixels lie. `planar`: colour by colour instead of pixel by pixel."""

    frames: int
    rows: int
    columns: int
    samples: int
    allocated: int
    planar: bool
    photometric: str
    syntax: str

    @property
    def bytes(self) -> int:
        return self.frames * self.rows * self.columns * self.samples * self.allocated // 8


def shape_of(dataset: FileDataset, limits: Limits = LIMITS) -> Shape:
    """Read from the header, within limits. ImageRefused: missing_attribute, unsupported_pixels, too_large, …"""
    frames = whole(dataset, "NumberOfFrames") if text(dataset, "NumberOfFrames") else 1
    samples, allocated = whole(dataset, "SamplesPerPixel"), whole(dataset, "BitsAllocated")
    photometric, syntax = text(dataset, "PhotometricInterpretation"), str(dataset.file_meta.TransferSyntaxUID)
    planar = bool(samples > 1 and text(dataset, "PlanarConfiguration") == "1")
    shape = Shape(
        frames, whole(dataset, "Rows"), whole(dataset, "Columns"), samples, allocated, planar, photometric, syntax
    )
    if min(frames, shape.rows, shape.columns) < 1 or samples not in (1, 3) or allocated not in (8, 16):
        raise ImageRefused("unsupported_pixels", "neither 8 nor 16 bits, or neither one nor three samples a pixel")
    if photometric == "YBR_FULL_422" and syntax in NATIVE:
        raise ImageRefused("unsupported_pixels", "its colours are subsampled without compression")
    if shape.rows * shape.columns > limits.frame_pixels or frames > limits.frames or shape.bytes > limits.object_bytes:
        raise ImageRefused("too_large", f"it announces {shape.rows} x {shape.columns} pixels in {frames} frames")
    if syntax not in NATIVE and syntax not in CODECS:
        raise ImageRefused("unsupported_syntax", "no decoder for its TransferSyntaxUID")
    return shape


class Raster:
    """Frames by number. `colours` is the PhotometricInterpretation of what `frame` returns, after the first."""

    def __init__(self, dataset: FileDataset, limits: Limits = LIMITS) -> None:
        self.shape = shape_of(dataset, limits)
        self.colours = self.shape.photometric
        self._signed = text(dataset, "PixelRepresentation") == "1"
        self._stored = whole(dataset, "BitsStored") if text(dataset, "BitsStored") else self.shape.allocated
        self._data = pixel_data(dataset)
        self._dataset = dataset
        self._encoded = None if self.shape.syntax in NATIVE else _split(dataset, self._data, self.shape.frames)
        if self._encoded is None:
            if len(self._data) < self.shape.bytes:
                raise ImageRefused("truncated", "the pixel data end early")
            if len(self._data) > self.shape.bytes + self.shape.bytes % 2:
                raise ImageRefused("size_mismatch", "there are more pixel data than the header announces")
            if self.shape.syntax == uid.ExplicitVRBigEndian and self.shape.allocated == 8:
                raise ImageRefused("unsupported_syntax", "8-bit pixels in big-endian words")

    def frame(self, number: int) -> Samples:
        """(rows, columns, samples), read only."""
        shape = self.shape
        if self._encoded is not None:
            return self._decoded(self._encoded[number])
        order = ">" if shape.syntax == uid.ExplicitVRBigEndian else "<"
        kind = np.dtype(f"{order}{'i' if self._signed else 'u'}{shape.allocated // 8}")
        count = shape.rows * shape.columns * shape.samples
        flat = np.frombuffer(self._data, kind, count, number * count * kind.itemsize)
        return _laid(flat, shape)

    def _decoded(self, encoded: bytes) -> Samples:
        shape = self.shape
        options = {
            "rows": shape.rows, "columns": shape.columns, "samples_per_pixel": shape.samples,
            "photometric_interpretation": shape.photometric, "pixel_representation": int(self._signed),
            "bits_allocated": shape.allocated, "bits_stored": self._stored, "number_of_frames": 1,
            "pixel_keyword": "PixelData", "planar_configuration": int(shape.planar),
        }  # fmt: skip
        plugin = CODECS[shape.syntax].plugin
        decoded = SANDBOXES.decode(encoded, shape.syntax, plugin, options)
        kind = np.dtype(f"<{'i' if self._signed else 'u'}{decoded.bits // 8}")
        expected = shape.rows * shape.columns * shape.samples
        if decoded.bits not in (8, 16) or len(decoded.samples) // kind.itemsize < expected:
            raise ImageRefused("size_mismatch", "the compressed frame has another size than announced")
        colours = decoded.colours or shape.photometric
        self.colours = "YBR_FULL" if colours == "YBR_FULL_422" else colours  # every pixel has its colour now
        wide = np.dtype(f"<{'i' if self._signed else 'u'}{shape.allocated // 8}")
        flat = np.frombuffer(decoded.samples, kind, expected).astype(wide, copy=False)
        return _laid(flat, shape, planar=decoded.planar and shape.samples > 1)

    def shown(self, number: int) -> npt.NDArray[Any]:
        """A frame with the colours that a person sees: grey as stored, or red, green and blue."""
        frame = self.frame(number)
        if self.colours == "PALETTE COLOR":
            try:
                return apply_color_lut(frame[..., 0], self._dataset)
            except Exception:  # whatever pydicom meets in a damaged table
                raise ImageRefused("bad_attribute", "its palette cannot be read") from None
        return _rgb(frame) if self.colours.startswith("YBR") else frame

    def all(self) -> Samples:
        """Every frame."""
        return np.stack([self.frame(number) for number in range(self.shape.frames)])


def _rgb(frame: Samples) -> npt.NDArray[np.float32]:
    """Red, green and blue of YBR (PS3.3 C.7.6.3.1.2), near enough for looking."""
    grey, blue, red = np.moveaxis(frame.astype(np.float32), -1, 0)
    middle = np.float32(1 << (8 * frame.dtype.itemsize - 1))
    blue, red = blue - middle, red - middle
    return np.stack([grey + 1.402 * red, grey - 0.344 * blue - 0.714 * red, grey + 1.772 * blue], axis=-1)


def _laid(flat: Samples, shape: Shape, *, planar: bool | None = None) -> Samples:
    if shape.planar if planar is None else planar:
        return np.moveaxis(flat.reshape(shape.samples, shape.rows, shape.columns), 0, -1)
    return flat.reshape(shape.rows, shape.columns, shape.samples)


def _split(dataset: Dataset, data: bytes, frames: int) -> list[bytes]:
    table = dataset.get("ExtendedOffsetTable"), dataset.get("ExtendedOffsetTableLengths")
    offsets = table if all(table) else None
    found = list(generate_frames(data, number_of_frames=frames, extended_offsets=offsets))
    if len(found) != frames:
        raise ImageRefused("size_mismatch", f"{len(found)} compressed frames of {frames} are there")
    return found


def put(dataset: FileDataset, pixels: Samples, colours: str) -> None:
    """The pixels back, uncompressed, pixel by pixel; the header says so."""
    little = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False)
    data = little.tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OW" if pixels.dtype.itemsize > 1 else "OB"
    dataset["PixelData"].is_undefined_length = False
    dataset.PhotometricInterpretation = colours
    if pixels.shape[-1] > 1:
        dataset.PlanarConfiguration = 0
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if keyword in dataset:
            delattr(dataset, keyword)
    dataset.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
