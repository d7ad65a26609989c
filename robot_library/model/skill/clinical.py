"""Who a skill is for, what its weights were made from, how it is run."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field, field_validator

from robot_library.model.base import Frozen
from robot_library.model.values import Duration, parse_duration

ProviderName = Literal["cpu", "cuda", "directml", "openvino"]
Sha256 = Field(pattern=r"^[0-9a-f]{64}$")
BESIDE = r"^(golden/)?[A-Za-z0-9_][A-Za-z0-9_.-]*$"
"""A file beside the manifest, or in its golden/: never a path that leads out of the skill's folder."""
LARGEST_MODEL = 1 << 31
"""Bytes of one ONNX file, by its format."""


class Clinical(Frozen):
    """Intended use, in words a clinician signs."""

    status: Literal["research", "certified"] = "research"
    intended_use: str
    not_for: tuple[str, ...] = Field(min_length=1)
    user: str
    autonomy: str


class Change(Frozen):
    """What one version changed, for whoever accepted the one before."""

    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    what: str


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
    use: Literal["any", "non-commercial"] = "any"
    """What the licence of the weights, or of their data, allows; shown when the skill is loaded."""
    trained_on: tuple[TrainedOn, ...] = ()


class Runtime(Frozen):
    """How ONNX Runtime is set up. The first provider is used; if it cannot be had, loading fails."""

    providers: tuple[ProviderName, ...] = Field(default=("cpu",), min_length=1)
    on_fallback: Literal["fail", "parts"] = "fail"
    """fail: all of the model runs on the provider that was asked for. parts: nodes that it has no kernel for may run on
    the CPU, and the answer says so."""
    threads: int = Field(default=0, ge=0)
    """Threads within one operator; 0: as many as cores."""
    spin: bool = False
    """Busy-waiting threads: faster alone, twice as slow beside anything else."""
    max_batch: int = Field(default=1, ge=1, le=256)
    """Subjects in one call of the model, where many wait and the model's first axis has any length."""
    longest: Duration = Field(default_factory=lambda: parse_duration("5 min"))
    """So long at most may one call of the model take, a day at most; then it is broken off at its next operator, and
    the item is tried again."""

    @field_validator("longest")
    @classmethod
    def _some_time(cls, longest: Duration) -> Duration:
        if not timedelta(0) < longest <= timedelta(days=1):
            raise ValueError("more than nothing, and at most a day")
        return longest
