"""criteria.yaml: what a hospital asks of a skill, written down and agreed before its own cases are read."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from robot_library.model.base import Frozen
from robot_library.parsing.nodes import read_text
from robot_library.skills.placed import read_placed

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class Cases(Frozen):
    """How many answered cases there must be at least; fewer is no-go whatever they show."""

    positives_min: Count
    negatives_min: Count
    patients_min: Count = 1


class SegmentedCases(Frozen):
    """As Cases, of a segmentation."""

    n_min: Count
    patients_min: Count = 1


class AtPoint(Frozen):
    """What one operating point must reach."""

    sensitivity_min: Share | None = None
    specificity_min: Share | None = None


class Subgroups(Frozen):
    """Groups that must be there, large enough and alike; others are reported and not judged."""

    by: dict[str, tuple[str, ...]] = Field(min_length=1)
    """Column → the values that are judged, as the report names them: {sex: [F, M], age: [1 to 5]}."""
    n_min: Count = 30
    gap_max: Share
    """Largest difference of AUROC (or Dice) between any two of one column."""


class Criteria(Frozen):
    """Every limit is held against the unfavourable end of the 95 % interval, the gap alone against the figures."""

    acceptance: str
    """The skill."""
    about: str
    agreed_by: str = Field(min_length=1)
    """Who fixed these limits; stands in the document."""
    cases: Cases | None = None
    segmented_cases: SegmentedCases | None = None
    auroc_min: Share | None = None
    dice_min: Share | None = None
    points: dict[Literal["rule_out", "rule_in"], AtPoint] = {}
    abstention_max: Share
    """Share of cases that may be refused or unreadable."""
    review_max: Share | None = None
    """Share that may be left to a person between the points."""
    subgroups: Subgroups | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if (self.cases is None) == (self.segmented_cases is None):
            raise ValueError("give cases (of a classification) or segmented_cases, and not both")
        if self.segmented_cases is not None:
            if self.dice_min is None or self.auroc_min is not None or self.points or self.review_max is not None:
                raise ValueError(
                    "a segmentation is judged by dice_min; auroc_min, points and review_max have no meaning"
                )
        elif self.dice_min is not None:
            raise ValueError("dice_min is for segmented_cases")
        elif self.auroc_min is None and not any(p.model_fields_set for p in self.points.values()):
            raise ValueError("nothing is asked: give auroc_min, or points with sensitivity_min or specificity_min")
        return self


class Fixed(Frozen):
    """Criteria with the proof of what they were and when they were read."""

    criteria: Criteria
    file: str
    sha256: str
    modified: str
    """When the file was last changed, and when it was read here (UTC): both before any case."""
    read: str


def read_criteria(file: Path) -> Fixed:
    """Raises AuthoringError with every mistake and its place."""
    text = read_text(file, str(file))
    criteria, _ = read_placed(text, str(file), Criteria, "the criteria")
    return Fixed(
        criteria=criteria,
        file=file.name,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        modified=datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(timespec="seconds"),
        read=now(),
    )


def now() -> str:
    """UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
