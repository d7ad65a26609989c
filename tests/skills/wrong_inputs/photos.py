"""Photographs and wallpapers of packages; the view skill was fitted on scikit-image's sample pictures, none of these.

    python -m tests.skills.wrong_inputs.photos

fetches Debian packages and matplotlib's wheel into .cache/wrong_inputs; nothing is installed. Without that there are
scikit-learn's two photographs.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import cv2
import numpy as np

from tests.skills.wrong_inputs.pictures import Wrong, named

FETCHED = Path(__file__).resolve().parents[3] / ".cache" / "wrong_inputs"
DEBIAN = ("gnome-backgrounds", "plasma-workspace-wallpapers", "desktop-base", "gnome-control-center-data")
ENDINGS = (".jpg", ".jpeg", ".png", ".webp")


def photographs(at_most: int) -> Iterator[Wrong]:
    """scikit-learn's and those fetched, each once: of one wallpaper in many sizes only one."""
    folder = Path(str(resources.files("sklearn.datasets") / "images"))
    files = sorted(folder.glob("*.jpg")) + _fetched()
    seen: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = []
    for file in files:
        pixels = cv2.imread(str(file), cv2.IMREAD_REDUCED_COLOR_2 if file.stat().st_size > 1e6 else cv2.IMREAD_COLOR)
        if pixels is None or min(pixels.shape[:2]) < 64:
            continue
        small = cv2.resize(pixels, (16, 16), interpolation=cv2.INTER_AREA).astype(np.float32)
        if small.std() < 4 or any(float(np.abs(small - other).mean()) < 6 for other in seen):
            continue
        seen.append(small)
        yield from named("photographs and wallpapers", iter([(file.name, pixels)]))
        if len(seen) == at_most:
            return


def _fetched() -> list[Path]:
    found = [file for file in FETCHED.rglob("*") if file.suffix.lower() in ENDINGS and file.is_file()]
    return sorted(found, key=lambda file: (file.parent.name, file.name))


def main() -> None:
    """Fetch and unpack."""
    FETCHED.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "download", *DEBIAN], cwd=FETCHED, check=True)
    for package in FETCHED.glob("*.deb"):
        target = FETCHED / package.name.split("_")[0]
        target.mkdir(exist_ok=True)
        subprocess.run(["dpkg-deb", "-x", package, target], check=True)
    wheel = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(FETCHED), "matplotlib"]
    subprocess.run(wheel, check=True)
    for file in FETCHED.glob("*.whl"):
        with zipfile.ZipFile(file) as bundle:
            samples = [name for name in bundle.namelist() if "/sample_data/" in name]
            bundle.extractall(FETCHED / "matplotlib", samples)


if __name__ == "__main__":
    main()
