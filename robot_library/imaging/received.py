"""What every source hands over: the studies it found, and where an object's bytes are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from robot_library.errors import StudyNotFound


class Received(NamedTuple):
    """One object as it came. `name` is a UID or a running number, never a file name with a patient in it."""

    name: str
    blob: str


@dataclass(frozen=True)
class FoundStudy:
    """A study as the PACS announces it. `instances` is None when it does not say."""

    study_uid: str
    accession: str = ""
    instances: int | None = None
    study_date: str = ""
    modalities: tuple[str, ...] = ()
    description: str = ""
    patient_id: str = ""
    """Only where it was asked for."""


def checked_uid(study_uid: str) -> str:
    """A UID goes into a path or a query, where anything else may mean more. Raises StudyNotFound."""
    if not re.fullmatch(r"[0-9.]{1,64}", study_uid):
        raise StudyNotFound("the study's UID is malformed.", cure="Check where it was read.")
    return study_uid
