"""What a model's outputs mean, one task a file: outputs → reading → conclusion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, assert_never

from robot_library.model.skill import SkillManifest
from robot_library.skills.reading import Conclusion, Reading
from robot_library.skills.session import Tensor


class Task(Protocol):
    """How one kind of skill turns what its model gave into an answer."""

    def needs(self) -> set[str]:
        """Names of the model's outputs that it reads."""

    def read(self, outputs: Mapping[str, Tensor], given: Any) -> Reading:
        """Outputs → numbers. `given` is what the input loaded: a film, a volume, a text, a table."""

    def conclude(self, reading: Reading, given: Any, *, pictures: bool) -> Conclusion:
        """Numbers → decision, by the manifest's points; pictures are drawn only if asked for."""


@dataclass(frozen=True)
class Model:
    """The model behind a task, for maps that ask it again."""

    prepare: Callable[[Any], Tensor]
    infer_many: Callable[[Sequence[Tensor]], list[dict[str, Tensor]]]


def task_of(manifest: SkillManifest, model: Model | None = None) -> Task:
    """The task that a manifest names. Without the model, no occlusion map can be made."""
    match manifest.task:
        case "classification":
            from robot_library.skills.tasks.classification import Classification

            return Classification(manifest, model)
        case "quality":
            from robot_library.skills.tasks.quality import Judging

            return Judging(manifest)
        case "segmentation":
            from robot_library.skills.tasks.segmentation import Segmenting

            return Segmenting(manifest)
        case other:
            assert_never(other)
