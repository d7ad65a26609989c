"""The manifest of a skill, skill.yaml: who it is for, its model, how pixels reach it, when it refuses, what it says.

Everything a host does with a model stands here as data; there is no code in a manifest, and an unknown key is refused.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from robot_library.model.base import Frozen
from robot_library.model.finding import OperatingPoint
from robot_library.model.study import Source

ProviderName = Literal["cpu", "cuda", "directml", "openvino"]
Sha256 = Field(pattern=r"^[0-9a-f]{64}$")
BESIDE = r"^(golden/)?[A-Za-z0-9_][A-Za-z0-9_.-]*$"
"""A file beside the manifest, or in its golden/: never a path that leads out of the skill's folder."""


def _exactly_one(model: Frozen, what: str) -> None:
    if len(model.model_fields_set) != 1:
        raise ValueError(f"{what} has exactly one key: {', '.join(sorted(type(model).model_fields))}")


# ---- who it is for ---------------------------------------------------------------------------------------


class Clinical(Frozen):
    """Intended use, in words a clinician signs."""

    status: Literal["research", "certified"] = "research"
    intended_use: str
    not_for: tuple[str, ...] = Field(min_length=1)
    user: str
    autonomy: str


class TrainedOn(Frozen):
    """One data set the weights were made from."""

    dataset: str
    n: int
    patients: int = 0
    license: str
    cite: str
    population: str


class ModelFile(Frozen):
    """The ONNX file beside the manifest; its hash is checked before a session is made."""

    file: str = Field(default="model.onnx", pattern=BESIDE)
    sha256: str = Sha256
    license: str
    trained_on: tuple[TrainedOn, ...] = ()


class Runtime(Frozen):
    """How ONNX Runtime is set up. The first provider is used; if it cannot be had, loading fails."""

    providers: tuple[ProviderName, ...] = Field(default=("cpu",), min_length=1)
    on_fallback: Literal["fail"] = "fail"
    threads: int = Field(default=0, ge=0)
    """Threads within one operator; 0: as many as cores."""
    spin: bool = False
    """Busy-waiting threads: faster alone, twice as slow beside anything else."""


# ---- how pixels reach it ---------------------------------------------------------------------------------


class Size(Frozen):
    height: int = Field(gt=0)
    width: int = Field(gt=0)


class Percentiles(Frozen):
    """Per image: percentile `low` becomes 0, `high` becomes 1, clipped."""

    low: float = Field(ge=0, lt=100)
    high: float = Field(gt=0, le=100)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low >= self.high:
            raise ValueError("low must be below high")
        return self


class Standardize(Frozen):
    """Subtract a mean, divide by a deviation: the given numbers, or the image's own where they are left out."""

    mean: float | None = None
    std: float | None = Field(default=None, gt=0)


class Scale(Frozen):
    """value * factor + offset."""

    factor: float = 1.0
    offset: float = 0.0


class Clip(Frozen):
    low: float
    high: float


class Channels(Frozen):
    """(h, w) → (1, channels, h, w); the plane is repeated."""

    channels: int = Field(default=1, ge=1, le=4)


class PreprocessOp(Frozen):
    """One operation; exactly one key. The list is closed: a new operation is a new version of it."""

    resize_stretch: Size | None = None
    """To height x width without keeping the aspect and without cropping; area average when shrinking."""
    percentile_window: Percentiles | None = None
    standardize: Standardize | None = None
    scale: Scale | None = None
    clip: Clip | None = None
    to_nchw: Channels | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        _exactly_one(self, "an operation")
        return self


class Preprocess(Frozen):
    """From a film (rows, columns) float32 in 0..1, exactly as DICOM says it looks, to the model's tensor."""

    version: int = Field(ge=1, le=1)
    ops: tuple[PreprocessOp, ...] = Field(min_length=1)


class TensorInput(Frozen):
    """The model's input: its name, and its shape with batch first."""

    name: str
    shape: tuple[int, ...] = Field(min_length=2)


# ---- when it refuses -------------------------------------------------------------------------------------


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
    max_lossy_ratio: float | None = None
    """Lossy images above this ratio, or lossy without a ratio, are refused. None: any."""
    spacing: Literal["ignored", "required"] = "ignored"


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
    header: HeaderGates
    pixels: PixelGates = PixelGates()
    ood: UnlikeTraining | None = None


# ---- what it says ----------------------------------------------------------------------------------------


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
    """Name of the model's output, shape (batch,)."""
    calibration: Platt
    operating_points: OperatingPoints
    explain: str | None = None
    """Name of an output (batch, 1, h, w): a map whose mean is the logit."""


# ---- how it is checked -----------------------------------------------------------------------------------


class Film(Frozen):
    """A synthetic film of the demo hospital's generator."""

    seed: int
    kind: str


class Expect(Frozen):
    """Either a score and a decision, or the code of an abstention."""

    score: float | None = None
    decision: Literal["positive", "negative", "uncertain"] | None = None
    abstains: str | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.abstains is None) == (self.score is None or self.decision is None):
            raise ValueError("expect either score and decision, or abstains")
        return self


class Golden(Frozen):
    """An input with the answer it must give on every machine; a film seed, or a file with its hash."""

    film: Film | None = None
    file: str | None = Field(default=None, pattern=BESIDE)
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    expect: Expect
    atol: float = Field(default=1e-3, gt=0)

    @model_validator(mode="after")
    def _one_input(self) -> Self:
        if (self.film is None) == (self.file is None):
            raise ValueError("a golden case has either film or file")
        if self.file is not None and self.sha256 is None:
            raise ValueError("a golden file needs its sha256")
        return self


class SkillManifest(Frozen):
    """skill.yaml."""

    skill: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    task: Literal["classification"]
    about: str
    clinical: Clinical
    model: ModelFile
    runtime: Runtime = Runtime()
    input: TensorInput
    preprocess: Preprocess
    gates: Gates
    outputs: tuple[Output, ...] = Field(min_length=1, max_length=1)
    evaluation: str | None = Field(default=None, pattern=BESIDE)
    """A JSON file beside the manifest with what was measured; card.md is generated from both."""
    golden: tuple[Golden, ...] = ()
