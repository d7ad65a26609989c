"""Where the pictures come from, and which patients are for what: fit, calibrate, hold.

Kermany `train`: four fifths of the patients fit (the same that the pneumonia skill is fitted on), a tenth calibrates, a
tenth is held for the card; `eval` is not read here. NIH `train` fits, NIH `eval` is held. Nothing of `hold` is fitted,
chosen or calibrated on.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from robot_library.hospital.films.film import Kind, View

Pixels = NDArray[np.uint8]
Part = Literal["fit", "calibrate", "hold"]

STORED = 160
"""Side of the pictures kept in memory; the network's 128 are cut out of them."""
PHOTOS = (
    "astronaut.png", "brick.png", "camera.png", "cell.png", "chelsea.png", "clock_motion.png", "coffee.png",
    "coins.png", "color.png", "grass.png", "gravel.png", "horse.png", "hubble_deep_field.jpg", "ihc.png", "logo.png",
    "moon.png", "page.png", "retina.jpg", "rocket.jpg", "text.png",
)  # fmt: skip
"""Of scikit-image's own sample pictures (public domain, CC0 or free to use; see its data/README.txt)."""


def data_folder() -> Path:
    """The folder of the larger images, WETREAD_DATA or ../shared/data beside the repository."""
    default = Path(__file__).resolve().parents[3].parent / "shared" / "data"
    folder = Path(os.environ.get("WETREAD_DATA", default))
    if not (folder / "cxr_kermany224" / "labels.csv").is_file():
        raise SystemExit(f"no cxr_kermany224 in {folder}: set WETREAD_DATA (README.md says where the originals are)")
    return folder


def share(salt: str, patient: str) -> float:
    """0 to 1 by a hash of the patient: stable, whatever the order of the rows."""
    return int.from_bytes(hashlib.sha256(f"{salt}:{patient}".encode()).digest()[:4], "big") / 2**32


def part_of(patient: str) -> Part:
    """What a Kermany `train` patient is for; the first cut is the pneumonia skill's."""
    if share("calibration", patient) >= 0.2:
        return "fit"
    return "calibrate" if share("view", patient) < 0.5 else "hold"


def _rows(folder: str, split: str) -> list[dict[str, str]]:
    with (data_folder() / folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["split"] == split]


def children(part: Part) -> list[tuple[Path, str]]:
    """(file, patient) of Kermany's `train` films of one part."""
    folder = data_folder() / "cxr_kermany224"
    rows = _rows("cxr_kermany224", "train")
    return [(folder / row["file"], row["patient"]) for row in rows if part_of(row["patient"]) == part]


def adults(part: Literal["fit", "hold"]) -> list[tuple[Path, str]]:
    """(file, patient) of NIH films: `train` of labels.csv fits, `eval` is held; no patient is in both."""
    folder = data_folder() / "cxr_nih"
    rows = _rows("cxr_nih", "train" if part == "fit" else "eval")
    return [(folder / row["file"], row["patient"]) for row in rows]


def head_slices() -> list[Pixels]:
    """A whole head (T1 MR) in three planes: every fourth slice, and its projections."""
    file = data_folder() / "brain_nifti" / "brainchop" / "t1_crop.nii.gz"
    raw = gzip.decompress(file.read_bytes())
    i, j, k = (int(side) for side in np.frombuffer(raw[42:48], "<i2"))
    start, kind = int(np.frombuffer(raw[108:112], "<f4")[0]), int(np.frombuffer(raw[70:72], "<i2")[0])
    dtype = {2: "u1", 4: "<i2", 16: "<f4"}[kind]
    volume = np.frombuffer(raw[start:], dtype, i * j * k).reshape((i, j, k), order="F").astype(np.float32)
    found = []
    for axis in range(3):
        planes = np.moveaxis(volume, axis, 0)
        found += [stretched(plane) for plane in planes[20:-20:4] if plane.std() > 5]
        found += [stretched(planes.mean(0)), stretched(planes.max(0))]
    return found


def stretched(plane: NDArray[np.float32]) -> Pixels:
    """Any grey plane as 8-bit pixels of the stored side, its range used whole."""
    low, high = float(plane.min()), float(plane.max())
    return small(((plane - low) * (255 / max(high - low, 1e-6))).astype(np.uint8))


def small(picture: Pixels) -> Pixels:
    """(h, w) to the stored side, aspect not kept."""
    way = cv2.INTER_AREA if min(picture.shape) >= STORED else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (STORED, STORED), interpolation=way), np.uint8)


def load(files: list[Path]) -> Pixels:
    """Grey pictures (n, 160, 160). Raises SystemExit for one that cannot be read."""
    pixels = np.empty((len(files), STORED, STORED), np.uint8)
    for index, file in enumerate(files):
        picture = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise SystemExit(f"{file.name}: not a readable picture")
        pixels[index] = small(np.asarray(picture, np.uint8))
    return pixels


def photographs() -> list[Pixels]:
    """scikit-image's sample pictures, full size, each colour a picture of its own. Needs `pip install scikit-image`."""
    package = find_spec("skimage")
    if package is None or package.origin is None:
        raise SystemExit("scikit-image is not installed: pip install scikit-image")
    found: list[Pixels] = []
    for name in PHOTOS:
        picture = cv2.imread(str(Path(package.origin).parent / "data" / name), cv2.IMREAD_COLOR)
        if picture is None:
            raise SystemExit(f"scikit-image has no sample picture {name}")
        found += [np.ascontiguousarray(plane, np.uint8) for plane in (*cv2.split(picture), picture.mean(2))]
    return found


def synthetic(seeds: range) -> Pixels:
    """Films of the demo hospital's generator, both kinds of each seed, as they are shown."""
    return _made(seeds, "AP")


def laterals(seeds: range) -> Pixels:
    """The demo hospital's drawn lateral films, both kinds of each seed."""
    return _made(seeds, "LL")


def _made(seeds: range, view: View) -> Pixels:
    from robot_library.hospital.films import make_film
    from robot_library.skills.golden import shown

    kinds: tuple[Kind, ...] = ("normal", "pneumonia")
    films = [shown(make_film(seed, kind, view=view)) for seed in seeds for kind in kinds]
    return np.stack([small((film * 255).round().astype(np.uint8)) for film in films])
