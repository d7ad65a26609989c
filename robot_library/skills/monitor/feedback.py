"""What persons decided → labels.csv with pictures: to train on, to evaluate on. Nobody can be told from it.

Pictures are 16-bit PNG of the film as it was shown, without any header; burnt-in text stays burnt in. A case whose
bytes are no longer kept, or cannot be read, has no row in labels.csv and one in labels_without_pictures.csv.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from robot_library.errors import WetreadError
from robot_library.imaging.film import read_film
from robot_library.imaging.headers import read_image
from robot_library.interfaces import BlobStore
from robot_library.model.base import Frozen
from robot_library.skills.monitor.records import ABSENT, Correction, Observation

LABELS, BARE = "labels.csv", "labels_without_pictures.csv"
FILMS = "films"
COLUMNS = ("file", "label", "patient", "sex", "age", "view", "group:station", "verdict", "said", "model_score", "day")
_SHORT = 16


class Exported(Frozen):
    """How many cases went where; rejected: findings without a decision of the person."""

    cases: int
    pictures: int
    without_pictures: int
    rejected: int


def export(out: Path, observed: Sequence[Observation], corrected: Sequence[Correction], blobs: BlobStore) -> Exported:
    """Write the cases that a person decided; the last word on an image counts."""
    latest = {one.image: one for one in corrected}
    decided = {image: one for image, one in latest.items() if one.decision}
    seen = {one.image: one for one in observed}
    (out / FILMS).mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[dict[str, str]]] = {LABELS: [], BARE: []}
    for image, one in decided.items():
        known = seen.get(image)
        name = f"{FILMS}/{image[:_SHORT]}.png"
        pictured = known is not None and _picture(known, blobs, out / name)
        rows[LABELS if pictured else BARE].append(_row(name if pictured else "", one, known))
    for file, found in rows.items():
        _write(out / file, found)
    return Exported(
        cases=len(decided),
        pictures=len(rows[LABELS]),
        without_pictures=len(rows[BARE]),
        rejected=len(latest) - len(decided),
    )


def _row(file: str, one: Correction, known: Observation | None) -> dict[str, str]:
    fields = known.fields if known else {}
    study = known.study if known and known.study else one.image
    return {
        "file": file,
        "label": one.decision,
        "patient": study[:_SHORT],  # a study is the closest to a person that is known here
        "sex": _given(fields, "sex"),
        "age": _given(fields, "age"),
        "view": _given(fields, "view"),
        "group:station": _given(fields, "station"),
        "verdict": one.verdict,
        "said": one.said,
        "model_score": f"{one.score:.6f}",
        "day": one.day,
    }


def _given(fields: dict[str, str], name: str) -> str:
    return "" if fields.get(name, ABSENT) == ABSENT else fields[name]


def _picture(known: Observation, blobs: BlobStore, target: Path) -> bool:
    """The film as a 16-bit PNG; False when its bytes are gone or no film any more."""
    import cv2

    if not known.blob:
        return False
    try:
        data = blobs.get(known.blob)
        film = read_film(read_image(data, known.blob, "file"), data).pixels
    except WetreadError:
        return False
    done, png = cv2.imencode(".png", np.rint(np.clip(film, 0, 1) * 65535).astype(np.uint16))
    if done:
        target.write_bytes(bytes(png))
    return bool(done)


def _write(file: Path, rows: Sequence[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
