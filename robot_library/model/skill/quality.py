"""What a quality skill measures on an image, and from which values on it says something."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from robot_library.model.base import Frozen
from robot_library.model.skill.outputs import OperatingPoints, Platt


class Percentile(Frozen):
    """Percentiles of a measure on ordinary held-out films; n: how many."""

    p1: float
    p5: float
    p50: float
    p95: float
    p99: float
    n: int = Field(ge=1)


class Limits(Frozen):
    """A value below the one or above the other; None: no limit at that end."""

    below: float | None = None
    above: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.below is not None and self.above is not None and self.below >= self.above:
            raise ValueError("below must be less than above")
        return self

    def crossed(self, value: float) -> str | None:
        """`below` or `above`, when the value lies outside; None when it does not."""
        if self.below is not None and value < self.below:
            return "below"
        return "above" if self.above is not None and value > self.above else None


class QualityMeasure(Frozen):
    """One measure: its name, unit (UCUM) and meaning, what is ordinary, and the limits."""

    name: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$")
    unit: str = "1"
    about: str
    ordinary: Percentile
    warn: Limits = Limits()
    """Outside: a person looks at the film."""
    repeat: Limits = Limits()
    """Outside: the film should be repeated, or mended where it can be."""


class Quality(Frozen):
    """A score that tells degraded from ordinary films, and the measured values beside it.

    The answer is the worse of both: `positive` (repeat, or look for the cause), `uncertain` (look), `negative` (fine).
    """

    label: str = "quality"
    logit: str
    """Name of the model's output (batch,): for degraded."""
    measured: str
    """Name of the model's output (batch, measures): the values, in the order of `measures`."""
    measures: tuple[QualityMeasure, ...] = Field(min_length=1)
    calibration: Platt
    operating_points: OperatingPoints

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [one.name for one in self.measures]
        if len(set(names)) < len(names):
            raise ValueError("two measures have the same name")
        return self
