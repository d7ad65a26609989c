"""Damaged objects: whatever the bytes, an image, or a refusal with a reason. Never another exception, never a crash."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pydicom
import pytest
from pydicom import uid

from robot_library.errors import BusinessException
from robot_library.imaging.headers import read_image
from robot_library.imaging.pixels import read_grayscale
from robot_library.imaging.received import Received
from robot_library.imaging.refusal import ImageRefused
from robot_library.imaging.study import assemble
from tests.imaging.dicoms import MemoryBlobs
from tests.imaging.test_codecs import GDCM_NAMES, compressed, picture

CORPUS = Path(pydicom.__file__).parent / "data" / "test_files"


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Small films in every compressed syntax, and small files of the corpus."""
    found = []
    for syntax in GDCM_NAMES:
        bits = 8 if syntax == uid.JPEGBaseline8Bit else 12
        found += [compressed(tmp_path_factory.mktemp("seed"), syntax, picture(bits, False), bits, False)] * 6
    return found + [path.read_bytes() for path in sorted(CORPUS.glob("*.dcm")) if path.stat().st_size < 50_000]


def damaged(whole: bytes, chance: random.Random) -> bytes:
    """Changed, dropped and inserted bytes, half of them where the header is; the DICM prefix is left alone."""
    data = bytearray(whole)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        end = min(len(data), 1500) if chance.random() < 0.5 else len(data)
        at = chance.randrange(132, end) if end > 132 else 0
        kind = chance.randrange(4)
        if kind == 0:
            data[at] = chance.choice((0, 255, chance.randrange(256)))
        elif kind == 1:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            del data[at : at + chance.randrange(1, 9)]
        else:
            data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 5)))
    return bytes(data)


def try_all(seeds: list[bytes], count: int, seed: int) -> Counter[str]:
    chance, outcomes = random.Random(seed), Counter[str]()
    for _ in range(count):
        data = damaged(chance.choice(seeds), chance)
        try:
            read_grayscale(data)
            outcomes["read"] += 1
        except ImageRefused as refused:
            outcomes[refused.reason] += 1
        try:
            read_image(data, "", "file")
        except ImageRefused:
            outcomes["no header"] += 1
        blobs = MemoryBlobs()
        try:
            assemble([Received("object 1", blobs.put(data))], blobs, "file")
        except BusinessException:
            outcomes["no study"] += 1
    return outcomes


def test_damaged_objects_are_read_or_refused(seeds: list[bytes]) -> None:
    outcomes = try_all(seeds, 500, seed=1)
    assert outcomes["read"] > 25, outcomes
    assert outcomes["decode_failed"] > 25, outcomes


@pytest.mark.evidence
@pytest.mark.parametrize("seed", range(10))
def test_damaged_objects_by_the_thousand(seeds: list[bytes], seed: int) -> None:
    assert try_all(seeds, 5000, seed)["read"] > 250


@pytest.mark.parametrize("depth", [200, 3000, 20_000])
def test_sequences_in_sequences_without_end_are_refused(depth: int) -> None:
    """Each opens an item of itself; the reader goes down before it knows how far."""
    opened = b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    closed = b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    meta = b"\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\0"
    head = b"\0" * 128 + b"DICM" + b"\x02\x00\x00\x00UL\x04\x00" + len(meta).to_bytes(4, "little") + meta
    with pytest.raises(ImageRefused, match="unparsable"):
        read_image(head + opened * depth + closed * depth, "a" * 64, "dicomweb")
