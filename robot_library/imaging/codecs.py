"""One encoded frame -> samples, by exactly one decoder per transfer syntax.

One table, no fall-back: which library decoded a film must not depend on what else is installed. The tests decode
with a second library where one exists and compare bits. pylibjpeg-libjpeg (GPL) is never used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import uid

from robot_library.imaging.codestream import Family
from robot_library.imaging.refusal import ImageRefused
from robot_library.imaging.sandbox import SANDBOXES


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


def decode(
    encoded: bytes, syntax: str, *, rows: int, columns: int, allocated: int, stored: int, signed: bool
) -> npt.NDArray[np.int32]:
    """Samples of one frame as the codec gives them: (rows * columns), the bits of each without a sign.

    The caller has compared the frame's own header with these numbers. Raises ImageRefused: decode_failed (the codec
    refused it, complained, crashed or hung), size_mismatch.
    """
    codec = CODECS[syntax]
    options: dict[str, Any] = {
        "rows": rows,
        "columns": columns,
        "samples_per_pixel": 1,
        "photometric_interpretation": "MONOCHROME2",
        "pixel_representation": int(signed),
        "bits_allocated": allocated,
        "bits_stored": stored,
        "number_of_frames": 1,
        "pixel_keyword": "PixelData",
    }
    decoded = SANDBOXES.decode(encoded, syntax, codec.plugin, options)
    if decoded.heard:
        raise ImageRefused("decode_failed", f"{codec.plugin} complained: {decoded.heard.splitlines()[0][:80]}")
    raw = np.frombuffer(decoded.samples, np.dtype(f"<u{decoded.bits // 8}")).astype(np.int32)
    if raw.size != rows * columns:
        raise ImageRefused("size_mismatch", "the decoded frame has another size than announced")
    return raw
