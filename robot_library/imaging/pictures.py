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


def marks(picture: bytes, rows: int, columns: int) -> bytes | None:
    """What is coloured in a skill's picture of a film, as a PNG to lie over that film; None if nothing is.

    The picture is the film in grey with colours mixed in, as wide as the film in its own measure, perhaps with a
    legend below. Of a mixed pixel the strongest and the weakest channel tell how much colour there is.
    """
    import cv2
    import numpy as np

    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None or not rows or not columns:
        return None
    height = round(pixels.shape[1] * rows / columns)
    if not 0 < height <= pixels.shape[0]:
        return None
    film = pixels[:height].astype(np.float32)
    least = film.min(axis=2)
    opaque = np.clip((film.max(axis=2) - least) / _FULL, 0, 1)
    opaque[opaque < _FAINT] = 0
    if not opaque.any():
        return None
    share = np.maximum(opaque, 1e-6)[..., None]
    grey = np.where(opaque < 1, (least - (255 - _FULL) * opaque) / np.maximum(1 - opaque, 1e-6), 0)[..., None]
    colour = np.where(opaque[..., None] > 0, (film - grey * (1 - share)) / share, 0)
    layer = np.concatenate([np.clip(colour, 0, 255), (opaque * 255)[..., None]], axis=2).round().astype(np.uint8)
    done, png = cv2.imencode(".png", layer)
    return png.tobytes() if done else None


_FULL, _FAINT = 0.9 * 255, 0.02
"""Distance of the channels of a fully coloured pixel (explanation/draw's red); below which share nothing is marked."""
