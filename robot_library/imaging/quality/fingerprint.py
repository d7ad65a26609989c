"""A film's fingerprint: the same picture sent twice is found, whatever its header says."""

from __future__ import annotations

from robot_library.imaging.quality.scale import Film

SAME = 3
"""Bits of 64 in which two copies of a film may differ."""


def fingerprint(film: Film) -> int:
    """64 bits: of 8 x 9 cells, whether each is brighter than the one on its left. Nothing of the person is in it."""
    import cv2

    cells = cv2.resize(film, (9, 8), interpolation=cv2.INTER_AREA)
    bits = (cells[:, 1:] > cells[:, :-1]).reshape(-1)
    return int(sum(1 << place for place, bit in enumerate(bits.tolist()) if bit))


def same_film(one: int, other: int) -> bool:
    """Whether two fingerprints differ in at most SAME bits."""
    return (one ^ other).bit_count() <= SAME
