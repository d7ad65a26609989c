"""What a film is, and whose it is said to be: plain frozen data, no heavy imports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Kind = Literal["normal", "pneumonia"]
View = Literal["AP", "PA", "LL"]


@dataclass(frozen=True, eq=False)
class Film:
    """One synthetic film. `pixels` (rows, cols) uint16 of `bits` stored bits, MONOCHROME2 sense (high is white)."""

    pixels: npt.NDArray[np.uint16]
    bits: int
    view: View
    kind: Kind
    seed: int

    @property
    def window(self) -> tuple[float, float]:
        """VOI window (centre, width) in stored values, MONOCHROME2 sense, for the LINEAR function.

        width - 1 is a power of two, so windowing and inversion are exact in floating point.
        """
        return window(self.bits)


def window(bits: int) -> tuple[float, float]:
    """The (centre, width) every film of `bits` bits is exposed for: five eighths of the stored range, see `exposed`."""
    low, span = exposed(bits)
    return low + span / 2 + 0.5, span + 1.0


def exposed(bits: int) -> tuple[int, int]:
    """(stored value shown black, span up to white): half the range, from one fifth up; the rest is head room."""
    span = 1 << (bits - 1)
    return (span * 13) // 32, span


@dataclass(frozen=True)
class FilmPatient:
    """The person named in the header. `name` is a DICOM PN string (`Family^Given`, with ideographic groups if any);
    `sex` is M, F or O; an unknown `birth_date` leaves both birth date and age empty."""

    patient_id: str
    issuer: str
    name: str
    birth_date: date | None
    sex: str


@dataclass(frozen=True)
class FilmStudy:
    """The study and series named in the header."""

    accession: str
    study_uid: str
    series_uid: str
    study_date: date
    description: str = "XR CHEST"
    referring: str = ""
