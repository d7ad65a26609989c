"""Find a skill by name, load it once, run it on an image: a finding with its operating point, or an abstention."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from robot_library.errors import ApplicationException, SetupError, UnknownName, WetreadError
from robot_library.interfaces import BlobStore
from robot_library.model.finding import Abstention, Finding
from robot_library.model.skill import ProviderName, SkillManifest
from robot_library.model.study import Image, Stack
from robot_library.model.trust import SkillTrust
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.inputs import ReadFilm, ReadVolume, Subject, input_of
from robot_library.skills.manifest import MANIFEST, label, load_manifest, model_bytes
from robot_library.skills.reading import Abstains, Conclusion
from robot_library.skills.reading import Film as Film
from robot_library.skills.reading import Reading as Reading
from robot_library.skills.session import Tensor, scalar, shared_session
from robot_library.skills.signing import check
from robot_library.skills.tasks import Model, task_of

First = Callable[[Image], str | None]
"""Asks the skills of `gates.first`: the name of one that does not find this film positive, or None."""


Heard = Callable[[SkillManifest, Subject, Mapping[str, Tensor]], None]
"""Told what a model gave for a subject, before anything is made of it."""


@dataclass(frozen=True)
class Begun:
    """A subject that has come as far as the model; `at`: perf_counter() when it began."""

    subject: Subject
    pixels: Any
    tensor: Tensor
    at: float


class Skill:
    """One loaded skill: manifest, verified model, session."""

    def __init__(self, folder: Path, provider: ProviderName | None = None, trust: SkillTrust | None = None) -> None:
        """Raises AuthoringError (manifest), SetupError (model missing or exchanged, provider not to be had, not signed
        as `trust` demands). Without `trust` no signature is looked at.
        """
        self.folder = folder
        self.manifest: SkillManifest = load_manifest(folder)
        self.signed_by = check(folder, self.manifest, trust) if trust is not None else ""
        self._task = task_of(self.manifest, Model(self.prepare, lambda tensors: self.session.infer_many(tensors)))
        self._given = input_of(self.manifest)
        gate = self.manifest.gates.ood
        watched = self.manifest.monitor.features
        needs = self._task.needs() | ({gate.output} if gate else set()) | ({watched} if watched else set())
        self.heard: Heard | None = None
        self.session = shared_session(model_bytes(folder, self.manifest), self.manifest, needs, provider)

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

    def conclude(self, reading: Reading, pixels: Any) -> Conclusion:
        """What a reading without a code says, by the manifest's points; no pictures."""
        return self._task.conclude(reading, pixels, pictures=False)

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
        begun = self.begin(subject, read_film, read_volume=read_volume, first=first)
        return begun if isinstance(begun, Abstention) else self.end(begun, self.infer(begun.tensor), blobs)

    def begin(
        self,
        subject: Subject,
        read_film: ReadFilm,
        *,
        read_volume: ReadVolume | None = None,
        first: First | None = None,
    ) -> Abstention | Begun:
        """`run` up to the model: every gate that needs none of its outputs, and the tensor."""
        begun = time.perf_counter()
        code = self._given.admit(subject)
        if code is not None:
            return self._abstain(code, subject)
        if refused := self._refused_first(subject, first):
            return self._abstain(AbstentionCode.OTHER_SKILL, subject, f" ({refused})")
        try:
            pixels = self._given.load(subject, read_film, read_volume)
        except Abstains as why:
            return self._abstain(why.code, subject, f" ({why.more})" if why.more else "")
        code = self._given.check(pixels)
        if code is not None:
            return self._abstain(code, subject)
        return Begun(subject, pixels, self.prepare(pixels), begun)

    def end(self, begun: Begun, outputs: dict[str, Tensor], blobs: BlobStore | None = None) -> Finding | Abstention:
        """`run` from the model's outputs on."""
        if self.heard is not None:
            self.heard(self.manifest, begun.subject, outputs)
        reading = self.weigh(outputs, begun.pixels)
        if reading.code is not None:
            return self._abstain(reading.code, begun.subject)
        return self._find(begun.subject, begun.pixels, reading, blobs, begun.at)

    def end_many(
        self, group: Sequence[Begun | Abstention | WetreadError], blobs: BlobStore | None = None
    ) -> list[Finding | Abstention | WetreadError]:
        """`end` for a group, in one call of the model; what has ended already stays as it is."""
        outputs = iter(self._outputs([one for one in group if isinstance(one, Begun)]))
        return [self._ended(one, next(outputs), blobs) if isinstance(one, Begun) else one for one in group]

    def _ended(
        self, begun: Begun, given: dict[str, Tensor] | WetreadError, blobs: BlobStore | None
    ) -> Finding | Abstention | WetreadError:
        return given if isinstance(given, WetreadError) else self.end(begun, given, blobs)

    def _outputs(self, begun: Sequence[Begun]) -> list[dict[str, Tensor] | WetreadError]:
        """What the model gives for each; a call that fails is made again for each alone: one fails for itself."""
        try:
            return [*self.session.infer_many([one.tensor for one in begun])]
        except ApplicationException as failure:
            return [failure] if len(begun) == 1 else [each for one in begun for each in self._outputs([one])]

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
            image_uid=said.key_image or key_image(subject),
            image_uids=tuple(one.sop_instance_uid for one in subject.images) if isinstance(subject, Stack) else (),
            measurements=reading.measurements,
            evidence=pictures,
            remarks=said.remarks,
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
    """The image a finding names first: the image itself, or the middle one of the stack's first series; "" of none."""
    if isinstance(subject, Image):
        return subject.sop_instance_uid
    if not isinstance(subject, Stack):
        return ""
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
        trust: SkillTrust | None = None,
        heard: Heard | None = None,
    ) -> None:
        """search: folders that hold skill folders, the first that has the name wins. trust: whose signatures count."""
        self._search, self._trust, self._heard = tuple(search), trust, heard
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
                self._loaded[name] = Skill(self._folder(name), self._provider, self._trust)
                self._loaded[name].heard = self._heard
            return self._loaded[name]

    def load_all(self, names: Iterable[str]) -> None:
        """Load skills, and those that they ask first: what is wrong with one shows before the first item."""
        for name in names:
            self.load_all(set(self.load(name).manifest.gates.first) - set(self._loaded))

    def labels(self) -> list[str]:
        """Of each loaded skill, who it is for and what its licence allows."""
        return [label(skill.manifest) for skill in self._loaded.values()]

    def _folder(self, name: str) -> Path:
        # Looked up among the folders that exist: a name like ../x finds nothing.
        if name in self.names():
            return next(path / name for path in self._search if (path / name / MANIFEST).is_file())
        known = ", ".join(self.names()) or "none"
        raise UnknownName(f"there is no skill {name!r}.", cure=f"Installed: {known}.")

    async def run(self, name: str, subject: Subject) -> Finding | Abstention:
        """Run a skill on an image or a stack in a worker thread. Raises what `load` and the readers raise."""
        return await asyncio.to_thread(self.run_now, name, subject)

    def run_now(self, name: str, subject: Subject) -> Finding | Abstention:
        """As `run`, in this thread. The film is decoded once, however many skills look at it."""
        skill, read = self.load(name), _once(self._read_film)
        first = self._first(skill, read, ())
        return skill.run(subject, read, self._blobs, read_volume=self._read_volume, first=first)

    def run_many(self, name: str, subjects: Sequence[Subject]) -> Iterator[Finding | Abstention | WetreadError]:
        """Answers in the order of the subjects; what one of them raises is its answer. Blocks.

        While the model works on one batch (`runtime.max_batch`), threads decode and prepare the next ones.
        """
        skill = self.load(name)
        size, workers = skill.session.batch, os.cpu_count() or 1
        coming = iter(subjects)
        with ThreadPoolExecutor(workers) as threads:

            def begin(most: int) -> list[Future[Begun | Abstention | WetreadError]]:
                return [threads.submit(self._begin, skill, subject) for subject in islice(coming, most)]

            waiting = deque(begin(size + workers))
            while waiting:
                group = [waiting.popleft().result() for _ in range(min(size, len(waiting)))]
                waiting += begin(size)
                yield from skill.end_many(group, self._blobs)

    def _begin(self, skill: Skill, subject: Subject) -> Begun | Abstention | WetreadError:
        read = _once(self._read_film)
        try:
            return skill.begin(subject, read, read_volume=self._read_volume, first=self._first(skill, read, ()))
        except WetreadError as failure:
            return failure

    def _first(self, skill: Skill, read: ReadFilm, asked: tuple[str, ...]) -> First:
        """Asks the skills that a skill wants to hear first, and the ones that these want to hear."""
        asking = (*asked, skill.manifest.skill)

        def first(image: Image) -> str | None:
            for name in skill.manifest.gates.first:
                if name in asking:
                    raise SetupError(f"skills {' and '.join(asking)} each want the other one first.")
                other = self.load(name)
                said = other.run(image, read, first=self._first(other, read, asking))
                if isinstance(said, Abstention):
                    return f"{name} abstained: {said.code}"
                if said.decision != "positive":
                    return f"{name}: {said.decision}"
            return None

        return first


def _once(read_film: ReadFilm) -> ReadFilm:
    """A reader that decodes the film once, however many skills look at it."""
    decoded: dict[str, Film] = {}

    def read(image: Image) -> Film:
        if image.sha256 not in decoded:
            decoded[image.sha256] = read_film(image)
        return decoded[image.sha256]

    return read
