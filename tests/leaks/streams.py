"""Every reading of some bytes: as they are, and what comes out when each wrapping in them is undone, again and again.

Undone are gzip, zlib, bzip2, xz, raw deflate in ZIP members, base64 (both alphabets, broken over lines, at any of its
four beginnings), hex, UTF-16 and UTF-32, JSON, percent and HTML escapes, and the rows of SQLite files.
"""

from __future__ import annotations

import binascii
import bz2
import contextlib
import html
import lzma
import re
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

DEPTH = 4
"""So many wrappings, one in the other."""
MOST = 64_000_000
"""No more bytes are taken out of one compressed stream: it is a leak hunt, and no bomb."""
SHORTEST = 8
"""Wrapped runs that are shorter hold no value worth the name."""
PIECE, AROUND = 4096, 64

_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/_-]{4,}(?:\r?\n|\\n|\\r\\n)?){3,}")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}[ :]?){%d,}" % SHORTEST)
_ESCAPED = re.compile(rb"\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}")
_BYTE = re.compile(rb"\\x[0-9A-Fa-f]{2}")
_PAIR = re.compile(rb"\\u([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})")
_WIDE = re.compile(rb"(?:[\x01-\xff]\0{1,3}){6,}[\x01-\xff]?")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_ENTITY = re.compile(rb"&#?\w{2,8};")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_ZIP = re.compile(rb"PK\x03\x04.{22}(..)(..)", re.DOTALL)


def readings(data: bytes, depth: int = DEPTH) -> Iterator[tuple[str, bytes]]:
    """How each reading came about (`zip of base64`; empty for the bytes themselves), and its bytes."""
    yield "", data
    if not depth:
        return
    for name, undo in WRAPPINGS.items():
        inner = b"\n".join(piece for piece in undo(data) if len(piece) >= SHORTEST)
        if inner:
            for how, found in readings(inner, depth - 1):
                yield f"{how} in {name}" if how else name, found


def _inflated(data: bytes, start: int, window: int) -> bytes:
    """What comes out of a stream; of a broken one, what comes out before it breaks."""
    stream, found, at = zlib.decompressobj(window), bytearray(), start
    while at < len(data) and not stream.eof and len(found) < MOST:
        before, piece = stream.copy(), data[at : at + PIECE]
        try:
            found += stream.decompress(piece, MOST)
        except zlib.error:
            with contextlib.suppress(zlib.error):
                for byte in range(len(piece)):
                    found += before.decompress(piece[byte : byte + 1], MOST)
            break
        at += PIECE
    return bytes(found)


def _zlib(data: bytes) -> Iterator[bytes]:
    for found in _ZLIB.finditer(data):
        yield _inflated(data, found.start(), zlib.MAX_WBITS)


def _gzip(data: bytes) -> Iterator[bytes]:
    for found in re.finditer(rb"\x1f\x8b\x08", data):
        yield _inflated(data, found.start(), zlib.MAX_WBITS | 16)


def _zip(data: bytes) -> Iterator[bytes]:
    """Members by their own headers: an archive that was cut short, or deleted in part, has no directory."""
    for found in _ZIP.finditer(data):
        begin = found.end() + sum(int.from_bytes(part, "little") for part in found.groups())
        yield _inflated(data, begin, -zlib.MAX_WBITS)


def _stream(
    kind: type[bz2.BZ2Decompressor] | type[lzma.LZMADecompressor], mark: bytes
) -> Callable[[bytes], Iterator[bytes]]:
    def undo(data: bytes) -> Iterator[bytes]:
        for found in re.finditer(re.escape(mark), data):
            try:
                yield kind().decompress(data[found.start() :], MOST)
            except (OSError, lzma.LZMAError, EOFError):
                continue

    return undo


def _base64(data: bytes) -> Iterator[bytes]:
    """At each of the four places where a group may begin: a run may follow a letter of something else."""
    for found in _BASE64.finditer(data):
        run = re.sub(rb"\\r|\\n|[\r\n]", b"", found[0]).translate(bytes.maketrans(b"-_", b"+/"))
        for start in range(4):
            piece = run[start:]
            piece = piece[: len(piece) - len(piece) % 4 - (len(piece) % 4 == 1) or None]
            whole = piece + run[start + len(piece) :][:3]
            whole = whole[:-1] if len(whole) % 4 == 1 else whole
            yield binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _hex(data: bytes) -> Iterator[bytes]:
    for found in _HEX.finditer(data):
        run = found[0].translate(None, b" :")
        yield bytes.fromhex(run.decode())
        yield bytes.fromhex(run[1:-1].decode())


def _wide(data: bytes) -> Iterator[bytes]:
    """UTF-16 and UTF-32 in either order, of what is mostly Latin letters."""
    for run in _WIDE.finditer(data):
        yield run[0].replace(b"\0", b"")


def _around(pattern: re.Pattern[bytes], data: bytes) -> Iterator[bytes]:
    """The bytes round each place that matches; places that are near one another make one piece."""
    begin = end = 0
    for found in pattern.finditer(data):
        if found.start() > end + AROUND:
            if end:
                yield data[begin : end + AROUND]
            begin = max(0, found.start() - AROUND)
        end = found.end()
    if end:
        yield data[begin : end + AROUND]


def _escapes(data: bytes) -> Iterator[bytes]:
    for piece in _around(_ESCAPED, data):
        whole = _PAIR.sub(lambda at: _letter(int(at[1], 16), int(at[2], 16)), piece)
        yield _ESCAPED.sub(lambda at: chr(int(at[0][2:], 16)).encode("utf-8", "replace"), whole)
        yield _BYTE.sub(lambda at: bytes([int(at[0][2:], 16)]), whole)


def _letter(high: int, low: int) -> bytes:
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).encode()


def _percent(data: bytes) -> Iterator[bytes]:
    for piece in _around(_PERCENT, data):
        yield _PERCENT.sub(lambda at: bytes([int(at[0][1:], 16)]), piece.replace(b"+", b" "))


def _entities(data: bytes) -> Iterator[bytes]:
    for piece in _around(_ENTITY, data):
        yield _ENTITY.sub(lambda at: html.unescape(at[0].decode("latin-1")).encode("utf-8", "replace"), piece)


def _rows(data: bytes) -> Iterator[bytes]:
    """Values of a SQLite file: on its pages a long one is in pieces."""
    if not data.startswith(b"SQLite format 3\0"):
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.sqlite"
        copy.write_bytes(data[:18] + b"\x01\x01" + data[20:])  # as if it had no write-ahead log beside it
        connection = sqlite3.connect(copy)
        connection.text_factory = bytes
        try:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                for row in connection.execute(f'SELECT * FROM "{table.decode()}"'):
                    yield b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in row)
        except sqlite3.DatabaseError:
            return
        finally:
            connection.close()


WRAPPINGS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip, "zlib": _zlib, "zip": _zip, "bzip2": _stream(bz2.BZ2Decompressor, b"BZh"),
    "xz": _stream(lzma.LZMADecompressor, b"\xfd7zXZ\0"), "base64": _base64, "hex": _hex, "wide letters": _wide,
    "escapes": _escapes, "percent": _percent, "entities": _entities, "rows": _rows,
}  # fmt: skip
