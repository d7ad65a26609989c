"""Where on a film a score comes from: how a map of it is made, and whether it may be shown."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from robot_library.model.base import Frozen

MOST_ALIKE = 0.5
"""Rank correlation with the map of the same model with its weights shuffled: above it, the map says nothing of the
model."""


class Localised(Frozen):
    """What the map was measured to be worth, by a command, on films that nothing was fitted on."""

    what: str
    """The figure, in words: share of the positive evidence that lies in the lung fields."""
    score: float = Field(ge=0, le=1)
    chance: float = Field(ge=0, le=1)
    """The same figure of a map that knows nothing."""
    ci95: tuple[float, float]
    """Of the score, by resampling patients."""
    n: int = Field(ge=1)
    randomised: float = Field(ge=0, le=1)
    """Rank correlation (mean of the absolute values) with the maps of the model with shuffled weights."""

    @property
    def better_than_chance(self) -> bool:
        """The whole interval lies above chance, and the map changes with the weights."""
        return self.ci95[0] > self.chance and self.randomised <= MOST_ALIKE


class Explain(Frozen):
    """A map over the film. It is drawn only if it was measured to be better than chance."""

    method: Literal["own_map", "occlusion"]
    output: str | None = None
    """own_map: name of an output (batch, 1, h, w), a map whose mean is the logit."""
    budget_s: float = Field(default=5.0, gt=0, le=120)
    """occlusion: seconds a film; coarse patches first, finer ones as long as time is left."""
    measured: Localised | None = None
    shown: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.method == "own_map") != (self.output is not None):
            raise ValueError("own_map names an output, occlusion has none")
        if self.shown and (self.measured is None or not self.measured.better_than_chance):
            raise ValueError("a map that was not measured to be better than chance is not shown")
        return self

    @property
    def why_hidden(self) -> str:
        """In plain words; empty where the map is shown."""
        if self.shown:
            return ""
        if self.measured is None:
            return "no map is shown: it was never measured"
        found = self.measured
        if found.randomised > MOST_ALIKE:
            return "no map is shown: it hardly changed when the model's weights were shuffled"
        if not found.better_than_chance:
            return f"no map is shown: measured no better than chance ({found.score:.3f} against {found.chance:.3f})"
        return "no map is shown: the manifest says so"
