"""Films of held-out patients, each spoilt in one way only: no film is used twice."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.skills.wrong_inputs.pictures import Wrong, named

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Spoil = Callable[[Pixels, Pixels], Pixels]


def data_folder() -> Path:
    """WETREAD_DATA, or ../shared/data beside the repository."""
    return Path(os.environ.get("WETREAD_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))


def patient(name: str) -> str:
    """The patient by a film's file name: NIH `00000129_000`, Kermany `person12_bacteria_3` or `IM-0001-0001`."""
    return name.split("_")[0] if "_" in name else name.rsplit("-", 1)[0]


def _share(salt: str, patient: str) -> float:
    return int.from_bytes(hashlib.sha256(f"{salt}:{patient}".encode()).digest()[:4], "big") / 2**32


def _rows(folder: Path, split: str) -> list[dict[str, str]]:
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["split"] == split]


def held_children(data: Path) -> list[Path]:
    """Kermany `train` films of patients that neither skill was fitted on, nor the view skill calibrated on.

    The cuts are those of skills/*/train. (Pneumonia's own limits were set on them, the view skill's were not.)
    """
    folder = data / "cxr_kermany224"
    rows = _rows(folder, "train")
    return [
        folder / row["file"]
        for row in rows
        if _share("calibration", row["patient"]) < 0.2 and _share("view", row["patient"]) >= 0.5
    ]


def eval_children(data: Path) -> list[Path]:
    """The official test films; every look is logged (train/eval_log.csv of the view skill)."""
    folder = data / "cxr_kermany224"
    return [folder / row["file"] for row in _rows(folder, "eval")]


def held_adults(data: Path) -> list[Path]:
    """NIH `eval` films; the view skill was fitted on NIH `train` only."""
    folder = data / "cxr_nih"
    return [folder / row["file"] for row in _rows(folder, "eval")]


def grey(file: Path) -> Pixels:
    """A picture file as 8-bit grey."""
    found = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    assert found is not None, file.name
    return np.asarray(found, np.uint8)


def _window(film: Pixels, top: float, left: float, bottom: float, right: float) -> Pixels:
    rows, cols = film.shape
    return film[int(top * rows) : int(bottom * rows), int(left * cols) : int(right * cols)]


def _beside(one: Pixels, other: Pixels) -> Pixels:
    size = (one.shape[1], one.shape[0])
    return np.hstack([one, np.asarray(cv2.resize(other, size, interpolation=cv2.INTER_AREA), np.uint8)])


def _covered(film: Pixels) -> Pixels:
    film = film.copy()
    film[: film.shape[0] // 2] = 0
    return film


SPOILT: dict[str, Spoil] = {
    "upside down": lambda film, _: film[::-1],
    "rotated by 90 degrees": lambda film, _: np.rot90(film),
    "rotated by 180 degrees": lambda film, _: np.rot90(film, 2),
    "rotated by 270 degrees": lambda film, _: np.rot90(film, 3),
    "inverted": lambda film, _: 255 - film,
    "the middle half only": lambda film, _: _window(film, 0.25, 0.25, 0.75, 0.75),
    "one side only": lambda film, _: _window(film, 0, 0, 1, 0.5),
    "upper half covered": lambda film, _: _covered(film),
    "two films in one": _beside,
}


def spoilt(what: str, files: list[Path], each: int) -> Iterator[Wrong]:
    """`each` films for every way to spoil one."""
    for number, (way, spoil) in enumerate(SPOILT.items()):
        mine = files[number :: len(SPOILT)][:each]
        pairs = zip(mine, mine[1:] + mine[:1], strict=True)
        yield from named(f"{what}, {way}", ((a.name, spoil(grey(a), grey(b))) for a, b in pairs))
