"""When a skill refuses: header, pixels, what does not look like its training."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from robot_library.model.base import Frozen
from robot_library.model.study import Source


class AgeRange(Frozen):
    """Years: `min` included, `below` excluded."""

    min: float = Field(ge=0)
    below: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min >= self.below:
            raise ValueError("min must be less than below")
        return self


class HeaderGates(Frozen):
    """What the DICOM header must say. Absent is not a pass, except where a field says so."""

    source: tuple[Source, ...] = ("dicomweb", "dicom", "file")
    """Where pixels may come from; `screen` only if the skill was trained for screen captures."""
    modality: tuple[str, ...] = Field(min_length=1)
    intent: tuple[str, ...] = ("FOR PRESENTATION",)
    """PresentationIntentType; where it is absent, a SOP class that is for presentation (or processing) says it."""
    intent_may_be_absent_for: tuple[str, ...] = ()
    """Modalities whose objects do not carry it (CR) and that this skill takes nevertheless."""
    age_years: AgeRange | None = None
    view: tuple[Literal["frontal", "lateral"], ...] = ()
    """Empty: any. Otherwise an unknown view is refused."""
    body_part: tuple[str, ...] = ()
    """Checked when the header has it."""
    orientation: tuple[str, ...] = ()
    r"""PatientOrientation as row\column, e.g. L\F; checked when the header has it."""
    axes: tuple[Annotated[str, Field(pattern=r"^[LRAPSI]{3}$")], ...] = ()
    """Of a volume: where its voxel axes may point (columns, rows, slices; the nearest, if it is oblique). As usually
    laid: LPS axial, PIR sagittal, LIP coronal. Never absent, for a volume without geometry is not built."""
    max_lossy_ratio: float | None = None
    """Lossy images above this ratio, or lossy without a ratio, are refused. None: any."""
    spacing: Literal["ignored", "required"] = "ignored"
    """Of films. A volume is never built without its geometry."""


class PixelGates(Frozen):
    """What the film itself must be like."""

    min_side: int = Field(default=1, ge=1)
    min_range: float = Field(default=0.0, ge=0, le=1)
    """Percentile 99 minus percentile 1, in units of the display range."""
    max_saturated: float = Field(default=1.0, gt=0, le=1)
    """Share of pixels at the film's lowest or highest value."""


class UnlikeTraining(Frozen):
    """An output of the model that measures how unlike the training films this one is; above `max` it abstains.

    false_reject: share of ordinary held-out films (n of them) that the gate turns away.
    """

    output: str
    max: float
    false_reject: float = Field(ge=0, le=1)
    n: int = Field(ge=0)


class Gates(Frozen):
    """Asked in this order: header, other skills, pixels, the model's own measure of strangeness."""

    header: HeaderGates | None = None
    """Required for images; texts and tables have none."""
    first: tuple[str, ...] = ()
    """Skills that must find this very film positive, by their operating point, before this one speaks."""
    pixels: PixelGates = PixelGates()
    ood: UnlikeTraining | None = None
