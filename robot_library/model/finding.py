"""What a skill answers: a finding or an abstention; and what a person or a certified point made of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from robot_library.model.base import Frozen

Decision = Literal["positive", "negative", "uncertain"]


class OperatingPoint(Frozen):
    """A named threshold with the evidence behind it; ci95 pairs are (low, high)."""

    name: str
    threshold: float
    sensitivity: float
    sensitivity_ci95: tuple[float, float]
    specificity: float
    specificity_ci95: tuple[float, float]
    n: int


class Measurement(Frozen):
    """A number with its unit (UCUM), made by a skill: tumour.volume 12.4 mL."""

    name: str
    value: float
    unit: str = ""
    text: str = ""
    """The value in plain words, where it has some: "left, anterior"."""
    code: str = ""
    """Coded name of the quantity, as scheme:value, where one is known."""

    @property
    def shown(self) -> str:
        """As reports and pictures say it, all of them alike: in words, or as a number with its unit."""
        size = self.unit in ("mL", "mm", "deg") and not 0 < abs(self.value) < 0.05  # what is there is never 0.0 ml
        number = rounded(self.value) if size else plain(self.value, 3)
        return self.text or f"{number} {_UNITS.get(self.unit, self.unit)}".strip()


_UNITS = {"mL": "ml", "1": ""}


def rounded(value: float) -> str:
    """Three significant digits at most, never more than one place after the point: 4.2, 31.5, 128."""
    return f"{value:z.0f}" if abs(value) >= 99.95 else f"{value:z.1f}"


def plain(value: float, digits: int) -> str:
    """So many significant digits, all of those before the point, and no exponent: 0.00118, 0.00006, 1234."""
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:z.0f}"
    written = format(Decimal(f"{value:.{digits}g}"), "zf")
    return written.rstrip("0").rstrip(".") if "." in written else written


class Finding(Frozen):
    """A skill's answer on one image, or on one stack of series (then image_uid is the key image).

    `score` is in [0, 1]: a calibrated probability, or of a segmentation the mean probability inside; a value is
    nothing without its operating point.
    """

    kind: Literal["finding"] = "finding"
    skill: str
    skill_version: str
    model_sha256: str
    provider: str
    label: str
    score: float
    decision: Decision
    operating_point: str
    thresholds: dict[str, float] = {}
    image_uid: str
    image_uids: tuple[str, ...] = ()
    """All images that were read, where they are more than one."""
    measurements: tuple[Measurement, ...] = ()
    evidence: dict[str, str] = {}
    """Named blob references: `overlay`, a PNG of the film with its map; `film`, without one (remarks say why)."""
    remarks: tuple[str, ...] = ()
    """What the reader must know besides, such as why no map is shown."""
    n: int = 0
    seconds: float = 0.0

    @property
    def read(self) -> tuple[str, ...]:
        """SOPInstanceUIDs of everything that was read."""
        return self.image_uids or (self.image_uid,)


class Abstention(Frozen):
    """A skill's refusal to answer, with a coded reason."""

    kind: Literal["abstention"] = "abstention"
    skill: str
    skill_version: str
    model_sha256: str
    provider: str
    code: str
    reason: str
    image_uid: str


class Accepted(Frozen):
    """A finding that may be reported: by a certified operating point, or by a named person.

    Only `safeguards.acceptance` makes one and seals it with the site key; whoever uses one checks the seal.
    """

    kind: Literal["accepted"] = "accepted"
    finding: Finding
    by: Literal["operating_point", "person"]
    who: str
    decision: Literal["positive", "negative"]
    note: str = ""
    edits: dict[str, str] = {}
    """Template field → text: what the person wrote in the draft's place."""
    seal: str = ""
