"""skill.yaml whole, and the golden cases in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from robot_library.model.base import Frozen
from robot_library.model.skill.clinical import BESIDE, Change, Clinical, ModelFile, Runtime
from robot_library.model.skill.gates import Gates
from robot_library.model.skill.inputs import FILM_ONLY, LAST, VOLUME_ONLY, Preprocess, TensorInput
from robot_library.model.skill.monitoring import Monitor
from robot_library.model.skill.outputs import Output, Segmentation
from robot_library.model.skill.quality import Quality


class Film(Frozen):
    """A synthetic film of the demo hospital's generator."""

    seed: int
    kind: Literal["normal", "pneumonia"]


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


def _todo(tree: Any, path: str = "") -> Iterator[str]:
    """Where a draft of a manifest still says TODO."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _todo(value, f"{path}.{key}" if path else str(key))
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from _todo(value, path)
    elif isinstance(tree, str) and tree.startswith("TODO"):
        yield path


class SkillManifest(Frozen):
    """skill.yaml."""

    skill: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    task: Literal["classification", "segmentation", "quality"]
    about: str
    clinical: Clinical
    model: ModelFile
    runtime: Runtime = Runtime()
    input: TensorInput
    preprocess: Preprocess
    gates: Gates
    outputs: tuple[Output, ...] = Field(default=(), max_length=1)
    """Of a classification: its one label."""
    segmentation: Segmentation | None = None
    """Of a segmentation: its segments."""
    quality: Quality | None = None
    """Of a quality skill: its measures and its score."""
    evaluation: str | None = Field(default=None, pattern=BESIDE)
    """A JSON file beside the manifest with what was measured; card.md is generated from both."""
    changes: tuple[Change, ...] = ()
    """What each version changed, the newest first; the card shows it."""
    golden: tuple[Golden, ...] = ()
    monitor: Monitor = Monitor()

    @model_validator(mode="before")
    @classmethod
    def _nothing_left_to_say(cls, data: Any) -> Any:
        if left := sorted(set(_todo(data))):
            raise ValueError(f"still TODO: {', '.join(left)}")
        return data

    @model_validator(mode="after")
    def _newest_change_is_this_version(self) -> Self:
        numbers = [tuple(map(int, one.version.split("."))) for one in self.changes]
        if numbers != sorted(set(numbers), reverse=True):
            raise ValueError("changes: one entry a version, the newest first")
        if self.changes and self.changes[0].version != self.version:
            raise ValueError(
                f"changes: the first entry is {self.changes[0].version}, the skill's version {self.version}"
            )
        return self

    @model_validator(mode="after")
    def _says_what_its_task_says(self) -> Self:
        said = {
            "classification": bool(self.outputs),
            "segmentation": self.segmentation is not None,
            "quality": self.quality is not None,
        }
        if not said[self.task]:
            raise ValueError(f"a {self.task} needs {'outputs' if self.task == 'classification' else self.task}")
        if others := [task for task, there in said.items() if there and task != self.task]:
            raise ValueError(f"a {self.task} has no {'outputs' if others == ['classification'] else others[0]}")
        return self

    @model_validator(mode="after")
    def _fits_its_input(self) -> Self:
        kind, ops = self.input.kind, self.preprocess.ops
        wrong = {"film": VOLUME_ONLY, "volume": FILM_ONLY}.get(kind)
        bad = [op.name for op in ops if wrong is None or op.name in wrong]
        if bad:
            raise ValueError(f"preprocess: {bad[0]} is no operation on a {kind}")
        if kind in ("film", "volume"):
            if self.gates.header is None:
                raise ValueError("gates: header is missing; images are checked by their header first")
            if not ops or ops[-1].name not in LAST:
                raise ValueError(f"preprocess: the last operation makes the tensor ({', '.join(sorted(LAST))})")
        if self.task == "segmentation" and kind != "volume":
            raise ValueError("a segmentation reads a volume")
        if self.segmentation and self.segmentation.show not in ("", *(one.name for one in self.input.channels)):
            raise ValueError("segmentation: show names no channel of the input")
        if kind == "volume" and self.runtime.max_batch > 1:
            raise ValueError("runtime: max_batch is of films; a volume is read alone")
        return self
