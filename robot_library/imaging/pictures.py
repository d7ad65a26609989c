"""Pictures for people: PNG in, a small JPEG out. Never for a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def grey(picture: bytes) -> npt.NDArray[np.float32]:
    """A picture as (rows, columns) float32, 0 black to 1 white. ValueError if the bytes are no picture."""
    import cv2
    import numpy as np

    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise ValueError("these bytes are no picture")
    return pixels.astype(np.float32) / np.float32(255)


def shrink(picture: bytes, *, longest: int = 1100, quality: int = 72) -> tuple[str, bytes]:
    """A screenshot or overlay as JPEG with at most `longest` pixels a side: ("image/jpeg", bytes).

    ValueError if the bytes are no picture.
    """
    import cv2
    import numpy as np

    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError("these bytes are no picture")
    scale = longest / max(pixels.shape[:2])
    if scale < 1:
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("the picture could not be written as JPEG")
    return "image/jpeg", data.tobytes()
