"""The film with what was flagged drawn on it: clipped areas, writing, the field's edge, dead lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from robot_library.imaging.quality import MeasuredFilm, clipping

Picture = NDArray[np.uint8]
WIDEST = 1024
RED, BLUE, YELLOW, GREEN = (40, 40, 235), (235, 120, 30), (0, 200, 255), (60, 200, 60)
"""OpenCV's order: blue, green, red."""


def flagged(film: NDArray[np.float32], names: set[str]) -> bytes:
    """PNG, at most WIDEST pixels a side, of a film (rows, columns; 0..1). names: measures that crossed a limit.

    White lost is red, black lost blue, writing covered in yellow, the field's edge and dead lines green; a frame in red
    says that something is wrong that has no place on the film (noise, blur, exposure, orientation).
    """
    import cv2

    found = MeasuredFilm(film)
    scale = min(1.0, WIDEST / max(film.shape))
    size = (max(1, round(film.shape[1] * scale)), max(1, round(film.shape[0] * scale)))
    grey = cv2.resize(np.clip(film, 0, 1), size, interpolation=cv2.INTER_AREA)
    picture = np.repeat((grey * 255).round().astype(np.uint8)[..., None], 3, axis=2)
    _areas(picture, found, names)
    _cover(picture, found)
    if "lines.dead" in names:
        _lines(picture, found, scale)
    if names - {"clipping.white", "clipping.black", "text.characters", "lines.dead"} - _COLLIMATION:
        cv2.rectangle(picture, (1, 1), (size[0] - 2, size[1] - 2), RED, 3)
    done, png = cv2.imencode(".png", picture)
    if not done:
        raise ValueError("the picture could not be encoded as PNG")
    return bytes(png)


_COLLIMATION = {"collimation.outside", "collimation.angle"}


def _areas(picture: Picture, found: MeasuredFilm, names: set[str]) -> None:
    field = found.collimation.field
    if "clipping.white" in names:
        _paint(picture, clipping.clipped_white(found.small, field), RED)
    if "clipping.black" in names:
        _paint(picture, clipping.clipped_black(found.small, field), BLUE)
    if names & _COLLIMATION:
        import cv2

        outlines, _ = cv2.findContours(_fitted(field, picture), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(picture, outlines, -1, GREEN, 2)


def _fitted(mask: NDArray[np.bool_], picture: Picture) -> NDArray[np.uint8]:
    import cv2

    rows, columns = picture.shape[:2]
    return np.asarray(cv2.resize(mask.astype(np.uint8), (columns, rows), interpolation=cv2.INTER_NEAREST), np.uint8)


def _paint(picture: Picture, mask: NDArray[np.bool_], colour: tuple[int, int, int]) -> None:
    where = _fitted(mask, picture).astype(np.bool_)
    picture[where] = (0.4 * picture[where] + 0.6 * np.array(colour)).astype(np.uint8)


def _cover(picture: Picture, found: MeasuredFilm) -> None:
    """Writing may say who it is: what was found of it is covered, flagged or not."""
    import cv2

    scale = picture.shape[0] / found.large.shape[0]
    for line in found.text:
        x, y = min(box.x for box in line), min(box.y for box in line)
        right, bottom = max(box.x + box.width for box in line), max(box.y + box.height for box in line)
        corners: list[Any] = [(int(a * scale), int(b * scale)) for a, b in ((x - 3, y - 3), (right + 3, bottom + 3))]
        cv2.rectangle(picture, corners[0], corners[1], YELLOW, -1)


def _lines(picture: Picture, found: MeasuredFilm, scale: float) -> None:
    rows, columns = found.dead
    for row in rows:
        picture[min(picture.shape[0] - 1, int(row * scale))] = GREEN
    for column in columns:
        picture[:, min(picture.shape[1] - 1, int(column * scale))] = GREEN
