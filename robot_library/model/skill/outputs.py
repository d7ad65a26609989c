"""What a skill says: labels with calibration and operating points, segments with measurements."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from robot_library.model.base import Frozen
from robot_library.model.finding import OperatingPoint
from robot_library.model.skill.explain import Explain


class Code(Frozen):
    """A coded term."""

    scheme: str
    value: str
    meaning: str


class Platt(Frozen):
    """probability = 1 / (1 + exp(-(slope * logit + intercept))), fitted on held-out patients."""

    slope: float = 1.0
    intercept: float = 0.0
    prevalence: float = Field(default=0.5, gt=0, lt=1)
    """Of the films it was fitted on: the probability means this much disease, not the ward's."""
    n: int = 0


class Point(Frozen):
    """An operating point of an output; ci95 pairs are (low, high)."""

    threshold: float = Field(ge=0, le=1)
    sensitivity: float
    sensitivity_ci95: tuple[float, float]
    specificity: float
    specificity_ci95: tuple[float, float]
    n: int = Field(ge=1)


class OperatingPoints(Frozen):
    """Score below rule_out: negative. From rule_in on: positive. Between them: a person."""

    rule_out: Point
    rule_in: Point

    @model_validator(mode="after")
    def _band(self) -> Self:
        if self.rule_out.threshold > self.rule_in.threshold:
            raise ValueError("rule_out must not lie above rule_in: scores between would be both")
        return self

    def named(self) -> tuple[OperatingPoint, OperatingPoint]:
        """Both as OperatingPoint, names included."""
        pairs = (("rule_out", self.rule_out), ("rule_in", self.rule_in))
        low, high = (OperatingPoint(name=name, **point.model_dump()) for name, point in pairs)
        return low, high


class Output(Frozen):
    """One label: which output of the model it is read from, how it becomes a probability and a decision."""

    label: str
    code: Code | None = None
    logit: str
    """Name of the model's output, shape (batch,) or, with `index`, (batch, labels)."""
    index: int | None = Field(default=None, ge=0)
    """Place of this label in an output of several."""
    gives: Literal["logit", "probability", "class_logits"] = "logit"
    """What the number is. probability: undone to a logit before calibration; class_logits: of exclusive classes along
    the last axis, this label (`index`) against all others together."""
    calibration: Platt
    operating_points: OperatingPoints
    explain: Explain | None = None
    """A map of where the score comes from; none: no picture is made."""

    @model_validator(mode="after")
    def _indexed(self) -> Self:
        if self.gives == "class_logits" and self.index is None:
            raise ValueError("class_logits need the index of this label")
        return self


class Measurable(Frozen):
    """The right to measure alone: segments of this size came out right on held-out patients.

    Outside min..max the skill shows what it found and leaves it to a person. dice_ci95 is (low, high), by patient.
    """

    min_ml: float = Field(ge=0)
    max_ml: float
    dice: float = Field(ge=0, le=1)
    dice_ci95: tuple[float, float]
    n: int = Field(ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_ml >= self.max_ml:
            raise ValueError("min_ml must be less than max_ml")
        return self


class Segment(Frozen):
    """One class of voxels."""

    label: str
    code: Code | None = None
    index: int = Field(default=0, ge=0)
    """Its place along the output's class axis."""
    keep: Literal["all", "largest"] = "all"
    """All connected parts, or the largest alone."""
    min_ml: float = Field(default=0.0, ge=0)
    """Smaller connected parts are dropped."""
    measure: tuple[Literal["volume", "diameter", "centre"], ...] = ("volume",)
    """volume (ml) · diameter: the longest distance within a slice (mm) · centre: of mass, mm in patient space."""


class Segmentation(Frozen):
    """A mask in the grid of the input; the first segment is the one the finding speaks of."""

    output: str
    """Name of the model's output: (slices, classes, h, w) after to_slices, (1, classes, i, j, k) after to_volume."""
    gives: Literal["logits", "probabilities", "class_logits", "class_probabilities"] = "logits"
    """logits, probabilities: each class for itself, on where its probability reaches `threshold`; class_…: classes
    exclude each other, a voxel belongs to the highest."""
    threshold: float = Field(default=0.5, gt=0, lt=1)
    segments: tuple[Segment, ...] = Field(min_length=1)
    show: str = ""
    """The channel that pictures are drawn on; empty: the first."""
    measurable: Measurable | None = None
    """None: every segmentation goes to a person."""
