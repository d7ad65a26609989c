"""An input made from others: bytes and lines changed, dropped, doubled, moved between inputs, exchanged for what
hurts."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

LARGEST = 200_000
"""Bytes of an input: more finds nothing new, and takes long."""
HURTS = [b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\r", b"\n", b'"', b"'", b"<",
         b"&x;", b"[", b"{", b"]", b"}", b"(", b"-1", b"0", b"9" * 30, b"1e999", b"Infinity", b"NaN", b"null", b"true",
         b"\\ud800", b"../", b"..\\", b"C:\\", b"%00", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"&a *a",
         b"!!python/x ", b"^", b"|", b"~", b"\xc2\xb2", b"\xd9\xa3", b"0001-01-01", b"<![CDATA[", b"<!--",
         b"]]>", b"//["]  # fmt: skip
_NUMBER = re.compile(rb"\d+")


def mutated(seeds: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> bytes:
    """Another input. `words` are what this parser knows."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        _once(data, seeds, words, chance)
    return bytes(data[:LARGEST])


def _once(data: bytearray, seeds: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    end = min(len(data), at + chance.choice((1, 2, 4, 16, 200)))
    match chance.randrange(13):
        case 0 if data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        case 1 if data:
            data[at % len(data)] = chance.choice((0, 255, 127, 128, chance.randrange(256)))
        case 2:
            del data[at:end]
        case 3:
            data[at:at] = data[at:end]
        case 4:
            data[at:at] = bytes(data[at:end]) * chance.choice((2, 50, 1000))
        case 5:
            other = chance.choice(seeds)
            begin = chance.randrange(len(other) + 1)
            data[at:end] = other[begin : begin + chance.choice((4, 30, 300))]
        case 6:
            data[at:at] = chance.choice(HURTS)
        case 7:
            data[at:end] = chance.choice(words or HURTS)
        case 8:
            found = list(_NUMBER.finditer(data))
            if found:
                one = chance.choice(found)
                data[one.start() : one.end()] = chance.choice((b"0", b"-1", b"9" * 30, b"9" * 5000, b"1e999", b"00"))
        case 9:
            del data[at:]
        case _:
            _line(data, seeds, words, chance)


def _line(data: bytearray, seeds: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> None:
    """One line gone, of another input, or with another value: what is made of lines stays readable."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    key, colon, _ = lines[at].partition(b": ")
    other = chance.choice(chance.choice(seeds).split(b"\n"))
    match chance.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, other)
        case 2 if colon:
            lines[at] = key + colon + chance.choice((other.partition(b": ")[2], chance.choice(words or HURTS)))
        case _:
            lines[at] = lines[at][: len(lines[at]) - len(lines[at].lstrip())] + other.lstrip()
    data[:] = b"\n".join(lines)
