"""Labelled synthetic films as small PNG, and a copy of the pneumonia skill that a test may change."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from robot_library.skills.manifest import load_manifest
from tests.skills.films import PNEUMONIA, synthetic

NAME = PNEUMONIA.name


@cache
def png(seed: int, kind: str) -> bytes:
    """A synthetic film, 8 bits, 280 x 320."""
    import cv2

    film = cv2.resize(synthetic(seed, kind), (320, 280), interpolation=cv2.INTER_AREA)  # type: ignore[arg-type]
    return bytes(cv2.imencode(".png", np.rint(film * 255).astype(np.uint8))[1])


def project(folder: Path) -> Path:
    """A project with a copy of the skill, and of those it asks first; returns the skill's folder."""
    for name in (NAME, *load_manifest(PNEUMONIA).gates.first):
        shutil.copytree(PNEUMONIA.parent / name, folder / "skills" / name, ignore=shutil.ignore_patterns("train"))
    return folder / "skills" / NAME


def labelled(folder: Path, per_class: int, extra: Sequence[Mapping[str, str]] = ()) -> Path:
    """labels.csv over synthetic films of both kinds, two to a patient, with sex and age; extra rows at the end."""
    (folder / "films").mkdir(parents=True, exist_ok=True)
    rows = []
    for seed in range(per_class):
        for kind in ("normal", "pneumonia"):
            name = f"films/{kind}{seed}.png"
            (folder / name).write_bytes(png(seed, kind))
            rows.append(
                {"file": name, "label": kind, "patient": f"p{seed // 2}-{kind}", "sex": "FM"[seed % 2], "age": "3"}
            )
    rows += [{"patient": "x", "sex": "F", "age": "", **row} for row in extra]
    return table(folder / "labels.csv", rows)


def table(file: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """A CSV file of rows."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file
