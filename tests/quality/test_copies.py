"""Fingerprints on real films: copies are found, films of two patients are not taken for one."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from robot_library.imaging.pictures import grey
from robot_library.imaging.quality import fingerprint, same_film

pytestmark = pytest.mark.data


@pytest.mark.parametrize(("folder", "most"), [("cxr_kermany224", 500), ("cxr_nih", 80)])
def test_copies_are_alike_and_other_patients_films_are_not(data_dir: Path, folder: str, most: int) -> None:
    with (data_dir / folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["split"] == "train"][:most]
    films = [grey((data_dir / folder / row["file"]).read_bytes()) for row in rows]
    prints = [fingerprint(film) for film in films]
    for film, mine in list(zip(films, prints, strict=True))[:60]:
        small = cv2.resize(film, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
        done, jpeg = cv2.imencode(".jpg", (small * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 80])
        assert done
        assert same_film(mine, fingerprint(grey(jpeg.tobytes())))
    for place, (row, mine) in enumerate(zip(rows, prints, strict=True)):
        for other, theirs in zip(rows[:place], prints[:place], strict=True):
            assert row["patient"] == other["patient"] or not same_film(mine, theirs)
