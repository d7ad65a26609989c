"""Find a skill by name, load it once, run it on an image: a finding with its operating point, or an abstention."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from robot_library.errors import SetupError
from robot_library.interfaces import BlobStore
from robot_library.model.finding import Abstention, Finding
from robot_library.model.skill import ProviderName, SkillManifest
from robot_library.model.study import Image
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.inputs import ReadFilm, ReadVolume, Subject, input_of
from robot_library.skills.manifest import MANIFEST, load_manifest, model_bytes
from robot_library.skills.reading import Film as Film
from robot_library.skills.reading import Reading as Reading
from robot_library.skills.session import Session, Tensor, scalar
from robot_library.skills.tasks import task_of

First = Callable[[Image], str | None]
"""Asks the skills of `gates.first`: the name of one that does not find this film positive, or None."""


class Skill:
    """One loaded skill: manifest, verified model, session."""

    def __init__(self, folder: Path, provider: ProviderName | None = None) -> None:
        """Raises AuthoringError (manifest), SetupError (model missing or exchanged, provider not to be had)."""
        self.folder = folder
        self.manifest: SkillManifest = load_manifest(folder)
        self._task = task_of(self.manifest)
        self._given = input_of(self.manifest)
        gate = self.manifest.gates.ood
        needs = self._task.needs() | ({gate.output} if gate else set())
        self.session = Session(model_bytes(folder, self.manifest), self.manifest, needs, provider)

    def prepare(self, pixels: Any) -> Tensor:
        """What the input loaded → the model's tensor, by the manifest's operations."""
        return self._given.prepare(pixels)

    def infer(self, tensor: Tensor) -> dict[str, Tensor]:
        """Tensor → the model's outputs by name; no gates."""
        return self.session.infer(tensor)

    def read(self, pixels: Any) -> Reading:
        """Pixel gates, model, unlike-training gate. No header is looked at: `run` does that first."""
        code = self._given.check(pixels)
        if code is not None:
            return Reading(code)
        return self.weigh(self.infer(self.prepare(pixels)), pixels)

    def weigh(self, outputs: dict[str, Tensor], pixels: Any) -> Reading:
        """The model's outputs → a number, or the code of the gate that refuses it."""
        gate = self.manifest.gates.ood
        # `not <=` so that a distance that is not a number refuses too.
        if gate and not scalar(outputs, gate.output) <= gate.max:
            return Reading(AbstentionCode.UNLIKE_TRAINING)
        return self._task.read(outputs, pixels)

    def run(
        self,
        subject: Subject,
        read_film: ReadFilm,
        blobs: BlobStore | None = None,
        *,
        read_volume: ReadVolume | None = None,
        first: First | None = None,
    ) -> Finding | Abstention:
        """Header gates (before any pixel is decoded), other skills' gates, `read`, then the decision. Blocks.

        blobs: where pictures go; None makes none. What the readers raise passes through. Without `first`, a
        skill that has `gates.first` abstains.
        """
        begun = time.perf_counter()
        code = self._given.admit(subject)
        if code is not None:
            return self._abstain(code, subject)
        if refused := self._refused_first(subject, first):
            return self._abstain(AbstentionCode.OTHER_SKILL, subject, f" ({refused})")
        pixels = self._given.load(subject, read_film, read_volume)
        reading = self.read(pixels)
        if reading.code is not None:
            return self._abstain(reading.code, subject)
        return self._find(subject, pixels, reading, blobs, begun)

    def _refused_first(self, subject: Subject, first: First | None) -> str | None:
        names = self.manifest.gates.first
        if not names:
            return None
        return first(subject) if first is not None and isinstance(subject, Image) else ", ".join(names)

    def _find(self, subject: Subject, pixels: Any, reading: Reading, blobs: BlobStore | None, begun: float) -> Finding:
        said = self._task.conclude(reading, pixels, pictures=blobs is not None)
        pictures = {name: blobs.put(png) for name, png in said.pictures.items()} if blobs is not None else {}
        return Finding(
            skill=self.manifest.skill,
            skill_version=self.manifest.version,
            model_sha256=self.manifest.model.sha256,
            provider=self.session.provider,
            label=said.label,
            score=reading.score,
            decision=said.decision,
            operating_point=said.point,
            thresholds=dict(said.thresholds),
            image_uid=key_image(subject),
            image_uids=() if isinstance(subject, Image) else tuple(one.sop_instance_uid for one in subject.images),
            measurements=reading.measurements,
            evidence=pictures,
            n=said.n,
            seconds=time.perf_counter() - begun,
        )

    def _abstain(self, code: AbstentionCode, subject: Subject, more: str = "") -> Abstention:
        return Abstention(
            skill=self.manifest.skill,
            skill_version=self.manifest.version,
            model_sha256=self.manifest.model.sha256,
            provider=self.session.provider,
            code=code.value,
            reason=self.explain(code) + more,
            image_uid=key_image(subject),
        )

    def explain(self, code: AbstentionCode) -> str:
        """The code's explanation, with this skill's range where the code is about one."""
        header = self.manifest.gates.header
        if code is AbstentionCode.AGE_OUT_OF_RANGE and header is not None and header.age_years is not None:
            age = header.age_years
            return f"{code.explanation} ({age.min:g} to under {age.below:g} years)"
        return code.explanation


def key_image(subject: Subject) -> str:
    """The image a finding names first: the image itself, or the middle one of the stack's first series."""
    if isinstance(subject, Image):
        return subject.sop_instance_uid
    images = next(iter(subject.channels.values())).images
    return images[len(images) // 2].sop_instance_uid


class LocalSkillHost:
    """The skills of some folders, each loaded when first asked for; implements interfaces.SkillHost."""

    def __init__(
        self,
        search: Sequence[Path],
        read_film: ReadFilm,
        blobs: BlobStore | None = None,
        provider: ProviderName | None = None,
        read_volume: ReadVolume | None = None,
    ) -> None:
        """search: folders that hold skill folders, the first that has the name wins."""
        self._search = tuple(search)
        self._read_film, self._read_volume, self._blobs, self._provider = read_film, read_volume, blobs, provider
        self._loaded: dict[str, Skill] = {}
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """Every skill that the search path holds."""
        return sorted({file.parent.name for folder in self._search for file in folder.glob(f"*/{MANIFEST}")})

    def load(self, name: str) -> Skill:
        """The skill by name. Raises SetupError, AuthoringError; blocks while loading."""
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = Skill(self._folder(name), self._provider)
            return self._loaded[name]

    def _folder(self, name: str) -> Path:
        # Looked up among the folders that exist: a name like ../x finds nothing.
        if name in self.names():
            return next(path / name for path in self._search if (path / name / MANIFEST).is_file())
        known = ", ".join(self.names()) or "none"
        raise SetupError(f"there is no skill {name!r}", cure=f"Installed: {known}.")

    async def run(self, name: str, subject: Subject) -> Finding | Abstention:
        """Run a skill on an image or a stack in a worker thread. Raises what `load` and the readers raise."""
        return await asyncio.to_thread(self.run_now, name, subject)

    def run_now(self, name: str, subject: Subject) -> Finding | Abstention:
        """As `run`, in this thread. The film is decoded once, however many skills look at it."""
        decoded: dict[str, Film] = {}

        def read_once(image: Image) -> Film:
            if image.sha256 not in decoded:
                decoded[image.sha256] = self._read_film(image)
            return decoded[image.sha256]

        return self._run(name, subject, read_once, ())

    def _run(self, name: str, subject: Subject, read: ReadFilm, asked: tuple[str, ...]) -> Finding | Abstention:
        if name in asked:
            raise SetupError(f"skills {' and '.join(asked)} each want the other one first.")

        def first(image: Image) -> str | None:
            for other in skill.manifest.gates.first:
                said = self._run(other, image, read, (*asked, name))
                if isinstance(said, Abstention):
                    return f"{other} abstained: {said.code}"
                if said.decision != "positive":
                    return f"{other}: {said.decision}"
            return None

        skill = self.load(name)
        blobs = self._blobs if not asked else None
        return skill.run(subject, read, blobs, read_volume=self._read_volume, first=first)
