"""What a compressed frame says of itself, read before a codec allocates anything.

A codec trusts its own header: 10 x 10 in DICOM may be 60,000 x 60,000 in the JPEG. And most codecs fill a
truncated picture with grey without a word. So size, precision, sign and the end marker are checked here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from robot_library.imaging.refusal import ImageRefused

Family = Literal["jpeg", "jpegls", "j2k", "rle"]

MAX_TILES = 65_535
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_FRAME_HEADERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class FrameHeader:
    """Of one frame; `signed` is None where the format has no sign (JPEG, JPEG-LS)."""

    rows: int
    columns: int
    components: int
    precision: int
    signed: bool | None = None
    marker: int = 0


def read_frame_header(frame: bytes, family: Family) -> FrameHeader:
    """Size and precision of a JPEG, JPEG-LS or JPEG 2000 frame. Raises ImageRefused: decode_failed, truncated."""
    try:
        header = _j2k(frame) if family == "j2k" else _jpeg(frame)
    except IndexError:
        raise ImageRefused("truncated", "the compressed frame ends inside its header") from None
    # One or two padding bytes may follow the end-of-image marker.
    if b"\xff\xd9" not in frame.rstrip(b"\0")[-3:]:
        raise ImageRefused("truncated", "the compressed frame has no end marker")
    return header


def _u16(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]


def _u32(data: bytes, at: int) -> int:
    return _u16(data, at) << 16 | _u16(data, at + 2)


def _jpeg(data: bytes) -> FrameHeader:
    if data[:2] != b"\xff\xd8":
        raise ImageRefused("decode_failed", "the compressed frame is no JPEG")
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ImageRefused("decode_failed", "the JPEG header is damaged")
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in _STANDALONE:
            at += 2
        elif marker in _FRAME_HEADERS:
            return FrameHeader(
                rows=_u16(data, at + 5),
                columns=_u16(data, at + 7),
                components=data[at + 9],
                precision=data[at + 4],
                marker=marker,
            )
        elif marker in (0xD9, 0xDA):
            raise ImageRefused("decode_failed", "the JPEG has no frame header")
        else:
            at += 2 + max(2, _u16(data, at + 2))


def _j2k(data: bytes) -> FrameHeader:
    if data[:4] != b"\xff\x4f\xff\x51":
        raise ImageRefused("decode_failed", "the compressed frame is no JPEG 2000 codestream")
    right, bottom, left, top = (_u32(data, at) for at in (8, 12, 16, 20))
    tile_width, tile_height = _u32(data, 24), _u32(data, 28)
    if not tile_width or not tile_height or right <= left or bottom <= top:
        raise ImageRefused("decode_failed", "the JPEG 2000 codestream has no extent")
    if -(-right // tile_width) * -(-bottom // tile_height) > MAX_TILES:
        raise ImageRefused("too_large", "the JPEG 2000 codestream has too many tiles")
    sample = data[42]
    if (data[43], data[44]) != (1, 1):
        raise ImageRefused("decode_failed", "the JPEG 2000 component is subsampled")
    return FrameHeader(
        rows=bottom - top,
        columns=right - left,
        components=_u16(data, 40),
        precision=(sample & 0x7F) + 1,
        signed=bool(sample & 0x80),
    )
