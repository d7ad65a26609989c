"""What every source hands over: the studies it found, and where an object's bytes are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


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
