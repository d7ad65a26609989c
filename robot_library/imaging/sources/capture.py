"""A screen capture -> Image tagged "screen", and its pixels. It claims nothing that DICOM would have to say.

A capture has 8 bits, somebody's window and zoom, perhaps a patient's name written into it. Skills refuse it unless
their manifest allows.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from robot_library.imaging.dataset import LIMITS, Limits
from robot_library.imaging.deidentify.burnt import Finder, found
from robot_library.imaging.pixels import GrayImage
from robot_library.imaging.refusal import ImageRefused
from robot_library.interfaces import BlobStore
from robot_library.model.study import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NOTE = "screen capture: 8 bits, window and zoom of a viewer, no spacing"


def keep_capture(png: bytes, blobs: BlobStore, *, limits: Limits = LIMITS) -> Image:
    """A PNG screenshot as an Image without any DICOM attribute. Raises ImageRefused (no PNG, too large)."""
    rows, columns = _png_size(png, limits)
    digest = hashlib.sha256(png).hexdigest()
    return Image(
        sop_instance_uid=f"screen:{digest[:32]}",
        source="screen",
        blob=blobs.put(png),
        sha256=digest,
        rows=rows,
        columns=columns,
    )


def read_capture(png: bytes, *, limits: Limits = LIMITS) -> GrayImage:
    """float32 (rows, columns) in [0, 1]. Raises ImageRefused: decode_failed, too_large, colour.

    Coloured pixels are refused: a picture with coloured annotations is not what the viewer was given.
    """
    import cv2

    _png_size(png, limits)
    decoded: npt.NDArray[Any] | None = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint8:
        raise ImageRefused("decode_failed", "the capture is no 8-bit PNG")
    picture = decoded if decoded.ndim == 2 else _gray(decoded)
    return GrayImage((picture / 255.0).astype(np.float32), notes=(NOTE,))


def text_blanked(png: bytes, find: Finder, *, limits: Limits = LIMITS) -> tuple[bytes, int]:
    """The picture with every place black where text is written, with a margin, and how many places those are; every
    other pixel as it was. Raises ImageRefused as `read_capture` does, but for colour."""
    import cv2

    _png_size(png, limits)
    picture: npt.NDArray[Any] | None = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ImageRefused("decode_failed", "the capture is no PNG")
    places = found(picture, find)
    for box in places:
        picture[box.y : box.y + box.height, box.x : box.x + box.width] = 0
    return bytes(cv2.imencode(".png", picture)[1]), len(places)


def _gray(picture: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if picture.shape[2] == 4 and (picture[..., 3] != 255).any():
        raise ImageRefused("decode_failed", "the capture is partly transparent")
    colour = picture[..., :3]
    if (colour != colour[..., :1]).any():
        raise ImageRefused("colour", "the capture holds coloured pixels")
    return colour[..., 0]


def _png_size(png: bytes, limits: Limits) -> tuple[int, int]:
    if png[:8] != SIGNATURE or png[12:16] != b"IHDR" or len(png) < 33:
        raise ImageRefused("decode_failed", "the capture is no PNG")
    columns, rows = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    if not rows or not columns or rows * columns > limits.frame_pixels:
        raise ImageRefused("too_large", f"the capture announces {rows} x {columns} pixels")
    return rows, columns
