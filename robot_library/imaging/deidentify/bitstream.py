"""What cameras and encoders write into compressed frames beside the picture: comments, Exif with place, day and
owner, thumbnails, bytes after the end.

Overwritten in place with as many blanks or zeros: no offset moves, and every pixel decodes as it did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydicom.dataset import FileDataset

from robot_library.imaging.layout import NATIVE

_ITEM = b"\xfe\xff\x00\xe0"
_JPEG, _J2K, _JP2 = b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP  "
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
"""Of JPEG and JPEG-LS: in coded samples 0xFF is followed by less than 0xC0 or by a restart marker."""
_BOXES = frozenset({b"jP  ", b"ftyp", b"jp2h", b"jp2c"})
_NEEDED = {0xE0: (b"JFIF\0", 14), 0xE8: (b"", 1 << 16), 0xEE: (b"Adobe", 12)}
"""Application data that decoders read: marker → how they begin, how much of them stays. APP8 says the colours of
JPEG-LS."""

Spans = Iterator[tuple[int, int]]
"""(first, after the last) byte of what says nothing of the pixels."""


def silence(dataset: FileDataset) -> str:
    """Overwrite it in each compressed frame; says so for the proof."""
    data = dataset.get("PixelData")
    if not isinstance(data, bytes) or str(dataset.file_meta.TransferSyntaxUID) in NATIVE:
        return ""
    done = bytearray(data)
    for pieces in _frames(data, dataset.get("NumberOfFrames") or 1):
        frame = b"".join(data[first:last] for first, last in pieces)
        for first, last in _silent(frame):
            _blank(done, pieces, first, last)
    if done == data:
        return ""
    dataset.PixelData = bytes(done)
    return "; comments within compressed frames overwritten"


def _frames(data: bytes, count: int) -> Iterator[list[tuple[int, int]]]:
    """The fragments of each frame: one each; all for the only frame; else a frame begins where one looks like it."""
    fragments = list(_fragments(data))[1:]
    pieces: list[tuple[int, int]] = []
    for first, last in fragments:
        begins = len(fragments) == count or (count > 1 and data.startswith((_JPEG, _J2K, _JP2), first))
        if pieces and begins:
            yield pieces
            pieces = []
        pieces.append((first, last))
    if pieces:
        yield pieces


def _fragments(data: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while data[at : at + 4] == _ITEM:
        first = at + 8
        at = first + int.from_bytes(data[at + 4 : first], "little")
        yield first, min(at, len(data))


def _silent(frame: bytes) -> Spans:
    if frame.startswith(_JPEG):
        yield from _in_jpeg(frame)
    elif frame.startswith(_J2K):
        yield from _in_j2k(frame, 0, len(frame))
    elif frame.startswith(_JP2):
        yield from _in_boxes(frame)


def _in_jpeg(frame: bytes) -> Spans:
    at = 2
    while found := _MARKER.search(frame, at):
        marker, at = frame[found.start() + 1], found.end()
        if marker == 0xD9:
            yield at, len(frame)
            return
        if marker == 0xD8:
            continue
        last = at + int.from_bytes(frame[at : at + 2])
        if marker == 0xFE or 0xE0 <= marker <= 0xEF:
            begins, stays = _NEEDED.get(marker, (b"-", 0))
            yield at + 2 + (stays if frame.startswith(begins, at + 2) else 0), last
        at = last


def _in_j2k(frame: bytes, at: int, end: int) -> Spans:
    """Comments of the main header and of the tiles', and what follows the end."""
    at, tile = at + 2, 0
    while at + 4 <= end and frame[at] == 0xFF and frame[at + 1] != 0xD9:
        marker = frame[at + 1]
        if marker == 0x93:  # the tile's samples begin; where it has no length, they last to the end
            following = tile or frame.rfind(b"\xff\xd9", at, end)
            if following <= at:
                return
            at = following
            continue
        last = at + 2 + int.from_bytes(frame[at + 2 : at + 4])
        if marker == 0x90:
            length = int.from_bytes(frame[at + 6 : at + 10])
            tile = at + length if length else 0
        elif marker == 0x64:
            yield at + 6, last
        at = last
    if frame[at : at + 2] == b"\xff\xd9":
        yield at + 2, end


def _in_boxes(frame: bytes) -> Spans:
    at = 0
    while at + 8 <= len(frame):
        length, kind, head = int.from_bytes(frame[at : at + 4]), frame[at + 4 : at + 8], 8
        if length == 1:
            length, head = int.from_bytes(frame[at + 8 : at + 16]), 16
        last = min(at + length, len(frame)) if length else len(frame)
        if last < at + head:
            return
        if kind not in _BOXES:
            yield at + head, last
        elif kind == b"jp2c":
            yield from _in_j2k(frame, at + head, last)
        at = last


def _blank(done: bytearray, pieces: list[tuple[int, int]], first: int, last: int) -> None:
    """Zeros from `first` to before `last` of a frame that lies in these pieces."""
    before = 0
    for start, end in pieces:
        low, high = max(first - before, 0), min(last - before, end - start)
        if low < high:
            done[start + low : start + high] = bytes(high - low)
        before += end - start
