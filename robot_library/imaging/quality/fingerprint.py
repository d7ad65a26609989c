"""A film's fingerprint: the same picture sent twice is found, whatever its header says."""

from __future__ import annotations

from robot_library.imaging.quality.scale import Film

SIDE = 16
SAME = 12
"""Bits of 256 in which two copies of a film may differ. Copies made smaller and compressed (JPEG 80) differed in at
most 8; of 127,827 pairs of films of two patients each, none in fewer than 18 (tests/quality/test_copies.py)."""


def fingerprint(film: Film) -> int:
    """256 bits: of 16 x 17 cells, whether each is brighter than the one on its left. Nothing of the person is in it."""
    import cv2

    cells = cv2.resize(film, (SIDE + 1, SIDE), interpolation=cv2.INTER_AREA)
    bits = (cells[:, 1:] > cells[:, :-1]).reshape(-1)
    return int(sum(1 << place for place, bit in enumerate(bits.tolist()) if bit))


def same_film(one: int, other: int) -> bool:
    """Whether two fingerprints differ in at most SAME bits."""
    return (one ^ other).bit_count() <= SAME
