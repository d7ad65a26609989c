"""Text written into the pixels: found on frames, and blanked in all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import FileDataset

from robot_library.imaging.dataset import items, text
from robot_library.imaging.deidentify.raster import Raster, Samples

Grey = npt.NDArray[np.uint8]
"""(rows, columns), 0 black to 255 white."""


class Box(NamedTuple):
    """A rectangle in pixels: left, top, width, height."""

    x: int
    y: int
    width: int
    height: int


Finder = Callable[[Grey], Sequence[tuple[int, int, int, int]]]
"""Finds where text is written: (left, top, width, height) of each. The `ocr` room has one that reads."""

FRAMES = 8
"""Frames looked at, evenly through the object, beside the brightest and the darkest value of every pixel."""
_TALLEST = (0.05, 0.12)
"""Of the shorter side: heights of letters on films, and on the smaller pictures of ultrasound and captures."""
_DARK, _LIGHT = 0.5, 99.5
_COLOURED = 0.2
"""Of the lightest: how far red, green and blue lie apart where a pixel has a colour, not the noise of compression."""


def shapes_of_letters(grey: Grey) -> list[tuple[int, int, int, int]]:
    """The finder that needs no model: upright rows of four and more characters, as the quality skill counts them."""
    from robot_library.imaging.quality.scale import detailed
    from robot_library.imaging.quality.text import find_text

    if min(grey.shape) < 16:
        return []
    film = grey.astype(np.float32) / np.float32(255)
    large = detailed(film)
    scale = grey.shape[0] / large.shape[0]
    lines = []
    for line in (line for tallest in _TALLEST for line in find_text(large, tallest)):
        left, top = min(box.x for box in line), min(box.y for box in line)
        right, bottom = max(box.x + box.width for box in line), max(box.y + box.height for box in line)
        corner = (round(left * scale), round(top * scale))
        lines.append((*corner, round((right - left) * scale), round((bottom - top) * scale)))
    return lines


def written(raster: Raster, find: Finder) -> list[Box]:
    """Where text stands in any of the frames looked at."""
    count = raster.shape.frames
    picked = sorted({round(step * (count - 1) / max(1, FRAMES - 1)) for step in range(FRAMES)})
    places: set[Box] = set()
    for number in picked:
        places.update(found(raster.shown(number), find))
    if count > len(picked):
        for over in (np.maximum, np.minimum):
            folded = raster.shown(0)
            for number in range(1, count):
                folded = over(folded, raster.shown(number))
            places.update(found(folded, find))
    return sorted(places)


def outside_regions(dataset: FileDataset) -> list[Box] | None:
    """What of an ultrasound picture lies in none of its regions, as the regions' own boxes; None without regions."""
    if text(dataset, "Modality") not in ("US", "IVUS"):
        return None
    boxes = []
    for region in items(dataset, "SequenceOfUltrasoundRegions"):
        corners = [region.get(f"RegionLocation{name}") for name in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
        if all(isinstance(corner, int) for corner in corners):
            left, top, right, bottom = (int(corner) for corner in corners if corner is not None)
            boxes.append(Box(left, top, right - left + 1, bottom - top + 1))
    return boxes or None


def blank(pixels: Samples, boxes: Sequence[Box], kept: Sequence[Box] | None, colours: str) -> Samples:
    """A copy with the boxes black in every frame, and everything outside `kept` where that is given.

    Black is the darkest value of the object itself, so that no window changes; every other sample stays as it is.
    """
    rows, columns = pixels.shape[1:3]
    mask = np.zeros((rows, columns), bool)
    if kept is not None:
        mask[:] = True
        for box in kept:
            mask[_slices(box)] = False
    for box in boxes:
        mask[_slices(box)] = True
    done = pixels.copy()
    done[:, mask] = _black(pixels, colours)
    return done


def _slices(box: Box) -> tuple[slice, slice]:
    return slice(max(0, box.y), max(0, box.y + box.height)), slice(max(0, box.x), max(0, box.x + box.width))


def _black(pixels: Samples, colours: str) -> Any:
    if colours.startswith("YBR"):
        middle = 1 << (8 * pixels.dtype.itemsize - 1)
        return np.array([0, middle, middle], pixels.dtype)
    return pixels.max() if colours == "MONOCHROME1" else pixels.min()


def found(frame: npt.NDArray[Any], find: Finder) -> list[Box]:
    """Boxes with a margin of half a letter's height, within the picture."""
    boxes = []
    height, width = frame.shape[:2]
    for plane in _planes(frame.astype(np.float32)):
        for x, y, wide, high in find(_stretched(plane)):
            edge = max(2, round(min(wide, high) * 0.5))
            left, top = max(0, x - edge), max(0, y - edge)
            right, bottom = min(width, x + wide + edge), min(height, y + high + edge)
            boxes.append(Box(left, top, right - left, bottom - top))
    return boxes


def _planes(frame: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
    """Where writing may stand out: by how light it is, and, in a coloured picture, by how coloured."""
    if frame.shape[-1] == 1:
        return [frame[..., 0]]
    light = frame.mean(axis=-1)
    colour = frame.max(axis=-1) - frame.min(axis=-1)
    return [light, colour] if colour.max() > _COLOURED * max(1.0, float(frame.max())) else [light]


def _stretched(plane: npt.NDArray[np.float32]) -> Grey:
    """As a person would see it, roughly: stretched between its darkest and lightest."""
    low, high = np.percentile(plane, [_DARK, _LIGHT])
    if high <= low:
        low, high = float(plane.min()), float(plane.max())
    if high <= low:
        return np.zeros(plane.shape, np.uint8)
    return np.asarray(np.clip((plane - low) / (high - low), 0, 1) * 255, np.uint8)
