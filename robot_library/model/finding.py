"""What a skill answers: a finding or an abstention; and what a person or a certified point made of it."""

from __future__ import annotations

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


class Finding(Frozen):
    """A skill's answer on one image. `score` is calibrated, in [0, 1]; a value is nothing without its point."""

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
    evidence: dict[str, str] = {}
    """Named blob references, e.g. {"overlay": ref of a PNG}."""
    n: int = 0
    seconds: float = 0.0


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
    seal: str = ""
