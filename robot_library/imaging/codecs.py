"""One encoded frame -> samples, by exactly one decoder per transfer syntax.

One table, no fall-back: which library decoded a film must not depend on what else is installed. The tests decode
with a second library where one exists and compare bits. pylibjpeg-libjpeg (GPL) is never used.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import uid
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder

from robot_library.imaging import complaints
from robot_library.imaging.codestream import Family
from robot_library.imaging.dataset import reading
from robot_library.imaging.refusal import ImageRefused


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
    refused it, or complained), size_mismatch, unsupported_syntax (complaints cannot be heard in this process).
    """
    codec = CODECS[syntax]
    if codec.family == "jpeg" and not complaints.hears():
        raise ImageRefused("unsupported_syntax", "damage to a JPEG would go unnoticed in this process (no stderr)")
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
    buffer, container = _run(encoded, syntax, codec, options)
    raw = np.frombuffer(buffer, np.dtype(f"<u{container // 8}")).astype(np.int32)
    if raw.size != rows * columns:
        raise ImageRefused("size_mismatch", "the decoded frame has another size than announced")
    return raw


def _run(encoded: bytes, syntax: str, codec: Codec, options: dict[str, Any]) -> tuple[Any, int]:
    decoder = get_decoder(uid.UID(syntax))
    deaf: AbstractContextManager[list[str]] = nullcontext([])
    ear = complaints.listening() if codec.family == "jpeg" else deaf
    try:
        with reading(), ear as heard:
            buffer, found = decoder.as_buffer(encapsulate([encoded]), index=0, decoding_plugin=codec.plugin, **options)
    except ImageRefused as refused:
        raise ImageRefused("decode_failed", f"{codec.plugin} refused the compressed frame") from refused
    if heard:
        raise ImageRefused("decode_failed", f"the JPEG is damaged ({heard[0]})")
    return buffer, int(found["bits_allocated"])
