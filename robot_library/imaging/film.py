"""Pixels of any Image, whatever it came from."""

from __future__ import annotations

import hashlib

from robot_library.imaging.dataset import LIMITS, Limits
from robot_library.imaging.pixels import GrayImage, read_grayscale
from robot_library.imaging.refusal import ImageRefused
from robot_library.imaging.sources.capture import read_capture
from robot_library.model.study import Image


def read_film(image: Image, data: bytes, frame: int = 0, *, limits: Limits = LIMITS) -> GrayImage:
    """The picture of `image`, whose bytes are `data`. Raises ImageRefused; also when the bytes are not the image's."""
    if hashlib.sha256(data).hexdigest() != image.sha256:
        raise ImageRefused("size_mismatch", "the kept bytes are not those that were received")
    if image.source == "screen":
        return read_capture(data, limits=limits)
    return read_grayscale(data, frame, limits=limits)
