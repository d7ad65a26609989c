"""What stands in the hospital: which orders, which studies, which trap each order is, and what should become of it.

Plain data; ``traps.write`` fills it from a seed. ``expected`` is what a right bot does with the order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from robot_library.hospital.people import Person

Expected = Literal["typed", "needs_person", "refused", "already_reported"]
PROCEDURE = "Chest X-ray"


@dataclass(frozen=True)
class Device:
    """What made a film, as its header says."""

    station: str
    manufacturer: str
    room: str


@dataclass(frozen=True)
class Image:
    """One film: how it is made and how its object says it is to be read."""

    seed: int
    kind: Literal["normal", "pneumonia"]
    sop_uid: str
    view: Literal["AP", "PA", "LL"]
    photometric: Literal["MONOCHROME1", "MONOCHROME2"] = "MONOCHROME2"
    bits: int = 12
    transfer_syntax: str = "1.2.840.10008.1.2.1"
    truncated: bool = False
    device: Device | None = None
    fault: str = ""
    """One of ``films.faults.FAULTS``, and how strong, 0 to 1."""
    strength: float = 0.0


@dataclass(frozen=True)
class Study:
    """A study in the PACS.

    ``owner`` was really in front of the detector; ``header`` stands in the objects; ``listed`` stands in the PACS's
    own database. They are one person except where the order's trap is just that.
    """

    study_uid: str
    series_uid: str
    accession: str
    owner: Person
    header: Person
    listed: Person
    when: datetime
    images: tuple[Image, ...]
    expected_images: int
    referring: str
    procedure: str = PROCEDURE
    modality: str = "DX"

    @property
    def referring_pn(self) -> str:
        """The referring physician as DICOM writes a name."""
        return self.referring.replace(", ", "^")


@dataclass(frozen=True)
class Order:
    """An imaging order as the EHR holds it. ``event`` happens when the bot first reaches ``moment``."""

    order_id: str
    patient: Person
    trap: str
    expected: Expected | None
    accession: str
    requested_at: datetime
    exam_at: datetime | None
    requested_by: str
    indication: str
    priority: str
    images_expected: int
    procedure: str = PROCEDURE
    body_site: str = "Chest"
    state: str = "requested"
    report_status: str = "none"
    report_author: str = ""
    report_text: str = ""
    event: str = ""
    moment: str = ""
    merge_into: str = ""
    linked_to: str = ""


@dataclass
class Scenario:
    """Everything that stands in a hospital."""

    seed: int
    people: list[Person] = field(default_factory=list)
    aliases: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(patient_id, kind, name, mrn): earlier names."""
    orders: list[Order] = field(default_factory=list)
    archive: list[Order] = field(default_factory=list)
    """Orders outside the requested tab; scenery."""
    studies: list[Study] = field(default_factory=list)
