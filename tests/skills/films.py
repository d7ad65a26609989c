"""What the tests of this room share: the skill as shipped, images whose header passes, films made from seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robot_library.hospital.films.film import Kind
from robot_library.model.study import Image

ROOT = Path(__file__).resolve().parents[2]
SKILLS = ROOT / "skills"
PNEUMONIA = SKILLS / "chest-xray-pneumonia"

HEADER = {
    "Modality": "DX",
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1",
    "PresentationIntentType": "FOR PRESENTATION",
    "BodyPartExamined": "CHEST",
    "ViewPosition": "AP",
    "PatientOrientation": "L\\F",
    "LossyImageCompression": "00",
}


def image(**changes: Any) -> Image:
    """An image that passes every header gate of the pneumonia skill, but for the changes."""
    given: dict[str, Any] = {
        "sop_instance_uid": "1.2.3",
        "source": "dicomweb",
        "blob": "b",
        "sha256": "0" * 64,
        "rows": 1200,
        "columns": 1400,
        "age_years": 3.0,
        "role": "frontal",
        "header": HEADER,
    }
    return Image(**(given | changes))


def header(**changes: str | None) -> dict[str, str]:
    """The passing header with attributes replaced, or left out (None)."""
    return {key: value for key, value in (HEADER | changes).items() if value is not None}


def synthetic(seed: int, kind: Kind = "normal") -> NDArray[np.float32]:
    """A synthetic film at full size as the imaging room hands it over: 0 black to 1 white."""
    from robot_library.hospital.films import make_film
    from robot_library.skills.golden import shown

    return shown(make_film(seed, kind))


class Blobs:
    """A blob store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        self.kept[str(len(self.kept))] = data
        return str(len(self.kept) - 1)

    def get(self, ref: str) -> bytes:
        return self.kept[ref]
