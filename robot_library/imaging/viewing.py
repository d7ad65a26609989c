"""One frame for a viewer: its stored values as they are, and in numbers all that DICOM says about showing them.

A browser applies Modality LUT, window and inversion itself, by the same arithmetic in the same order as `grayscale`, so
that a person can change the window and still sees what the file holds. What would be refused here for a model is
refused for a viewer too: a picture nobody can vouch for is not shown.

    bytes 0-3    length of the JSON that follows, little endian; a multiple of 8
    bytes 4-7    "WV1\\0"
    JSON         see `Recipe`, padded with blanks
    the rest     stored values, row by row, little endian
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from pydicom.dataset import Dataset

from robot_library.imaging import grayscale
from robot_library.imaging.dataset import LIMITS, Limits, items, numbers, reading, text
from robot_library.imaging.layout import Layout, tallness
from robot_library.imaging.pixels import open_image, spacing_of
from robot_library.imaging.refusal import ImageRefused
from robot_library.imaging.shutter import Shutter, shutter_of
from robot_library.imaging.sources.capture import read_capture
from robot_library.imaging.stored import Stored, decode_frame
from robot_library.model.study import Image

MARK = b"WV1\0"
Kind = Literal["u1", "u2", "i1", "i2"]


@dataclass(frozen=True)
class Window:
    """One way to show modality values that the file names (C.11.2.1.2)."""

    center: float
    width: float
    function: str
    name: str = ""


@dataclass(frozen=True)
class Table:
    """A look-up table (C.11.1.1): entries for `first`, `first` + 1, …; outside, the end entries hold."""

    first: int
    entries: list[int]
    top: int
    name: str = ""


@dataclass(frozen=True)
class Recipe:
    """How a frame is shown. Stored values lie in [low, high]; `padding` are those among them that are none, both ends
    included. Modality values are stored * slope + intercept, or of `modality_lut`, whose largest output is `top`.
    The first of `luts`, else of `windows`, is what the file asks for; without either, the whole range. `inverted`:
    MONOCHROME1. `covered`: lengths of runs of pixels, row by row, in turn open and covered by the display shutter of
    grey `shutter`, 0 black to 1 white; [] where nothing is. `spacing` in mm between rows and between columns;
    `tall`: how much taller than wide a pixel is."""

    rows: int
    columns: int
    frame: int
    frames: int
    kind: Kind
    low: int
    high: int
    padding: tuple[int, int] | None
    rescale: tuple[float, float] | None
    modality_lut: list[float] | None
    top: int | None
    unit: str
    luts: list[Table]
    windows: list[Window]
    inverted: bool
    covered: list[int]
    shutter: float
    spacing: tuple[float, float] | None
    tall: float
    notes: list[str]


def viewable(image: Image, data: bytes, frame: int = 0, *, limits: Limits = LIMITS) -> bytes:
    """Frame `frame` (from 0) of `image`, whose bytes are `data`. Raises ImageRefused; also when they are not its."""
    if hashlib.sha256(data).hexdigest() != image.sha256:
        raise ImageRefused("size_mismatch", "the kept bytes are not those that were received")
    if image.source == "screen":
        return _packed(*_captured(data, limits))
    return _packed(*_of_dicom(data, frame, limits))


def _of_dicom(data: bytes, frame: int, limits: Limits) -> tuple[Recipe, Stored]:
    dataset, layout = open_image(data, limits)
    with reading():
        modality = grayscale.modality_table(dataset, layout, frame)
        inverted = grayscale.is_inverted(dataset)
        _, notes = grayscale.display_table(dataset, layout, modality, frame, inverted=inverted)  # refuses what must be
        spacing, spaced = spacing_of(dataset, frame)
        padding = _padding(dataset, layout)
        luts, windows = _ways(dataset, modality, frame)
        tall = spacing[0] / spacing[1] if spacing else tallness(dataset)
    stored = decode_frame(dataset, layout, frame)
    with reading():
        shutter = shutter_of(dataset, layout, frame)
    recipe = Recipe(
        layout.rows, layout.columns, frame, layout.frames, _kind(layout), layout.low, layout.high, padding,
        modality.rescale, None if modality.rescale else modality.values.tolist(), modality.top, modality.unit,
        luts, windows, inverted, _runs(shutter), shutter.grey if shutter else 0.0, spacing, tall,
        [*notes, *spaced, *([shutter.note] if shutter else [])],
    )  # fmt: skip
    return recipe, stored


def _captured(png: bytes, limits: Limits) -> tuple[Recipe, Stored]:
    capture = read_capture(png, limits=limits)
    stored = np.rint(capture.pixels * np.float32(255)).astype(np.uint8)
    rows, columns = stored.shape
    recipe = Recipe(
        rows, columns, 0, 1, "u1", 0, 255, None, (1.0, 0.0), None, None, "", [], [], False, [], 0.0, None,
        1.0, list(capture.notes),
    )  # fmt: skip
    return recipe, stored


def _kind(layout: Layout) -> Kind:
    if layout.stored <= 8:
        return "i1" if layout.signed else "u1"
    return "i2" if layout.signed else "u2"


def _padding(dataset: Dataset, layout: Layout) -> tuple[int, int] | None:
    mask = grayscale.padding_mask(dataset, layout)
    if mask is None or not mask.any():
        return None
    places = np.flatnonzero(mask)
    return int(places[0]) + layout.low, int(places[-1]) + layout.low


def _runs(shutter: Shutter | None) -> list[int]:
    """As `Recipe.covered`: the first run is open, of length 0 where the first pixel is covered."""
    if shutter is None:
        return []
    hidden = shutter.hidden.reshape(-1)
    turns = np.flatnonzero(np.diff(hidden, prepend=False))
    return [int(run) for run in np.diff(turns, prepend=0, append=hidden.size)]


def _ways(dataset: Dataset, modality: grayscale.Modality, frame: int) -> tuple[list[Table], list[Window]]:
    """Every VOI LUT and window of the frame. LUTs come first; whoever shows a frame begins with the first of all."""
    group = grayscale.functional_group(dataset, frame, "FrameVOILUTSequence")
    source = dataset if group is None else group
    luts = []
    for item in items(source, "VOILUTSequence"):
        lut = grayscale.Lut.read(item, signed=bool(modality.values.min() < 0))
        luts.append(Table(lut.first, lut.entries.tolist(), lut.top, text(item, "LUTExplanation")))
    centers, widths = numbers(source, "WindowCenter"), numbers(source, "WindowWidth")
    names = text(source, "WindowCenterWidthExplanation").split("\\")
    function = text(source, "VOILUTFunction") or "LINEAR"
    least = 1.0 if function == "LINEAR" else np.nextafter(0.0, 1.0)
    windows = [
        Window(center, width, function, names[number] if number < len(names) else "")
        for number, (center, width) in enumerate(zip(centers, widths, strict=True))
        if width >= least
    ]
    return luts, windows


def _packed(recipe: Recipe, stored: Stored) -> bytes:
    said = json.dumps(asdict(recipe), separators=(",", ":"), allow_nan=False).encode("ascii")
    said += b" " * (-len(said) % 8)
    kind = np.dtype(f"<{recipe.kind}")
    return len(said).to_bytes(4, "little") + MARK + said + np.ascontiguousarray(stored, kind).tobytes()


def unpacked(packed: bytes) -> tuple[dict[str, Any], Stored]:
    """The JSON and the stored values again: what a browser does, for those who want to check."""
    length = int.from_bytes(packed[:4], "little")
    said: dict[str, Any] = json.loads(packed[8 : 8 + length])
    values = np.frombuffer(packed, f"<{said['kind']}", offset=8 + length)
    return said, values.reshape(said["rows"], said["columns"])
