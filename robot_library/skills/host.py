"""Find a skill by name, load it once, run it on an image: a finding with its operating point, or an abstention."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from robot_library.errors import SetupError
from robot_library.interfaces import BlobStore
from robot_library.model.finding import Abstention, Finding
from robot_library.model.skill import ProviderName, SkillManifest
from robot_library.model.study import Image
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.decision import decide, probability
from robot_library.skills.explain import overlay
from robot_library.skills.gates import check_header, check_pixels
from robot_library.skills.manifest import MANIFEST, load_manifest, model_bytes
from robot_library.skills.preprocess import pipeline
from robot_library.skills.session import Session, Tensor, scalar

Film = NDArray[np.float32]
"""(rows, columns) float32, 0 black to 1 white, as DICOM's grayscale pipeline ends."""
ReadFilm = Callable[[Image], Film]
"""Decodes an image's pixels; the imaging room's, wired by bot.py."""


@dataclass(frozen=True)
class Reading:
    """What came of one film below the header: a code, or a score with the evidence for it."""

    code: AbstentionCode | None = None
    score: float = math.nan
    logit: float = math.nan
    evidence: Film | None = None


class Skill:
    """One loaded skill: manifest, verified model, session."""

    def __init__(self, folder: Path, provider: ProviderName | None = None) -> None:
        """Raises AuthoringError (manifest), SetupError (model missing or exchanged, provider not to be had)."""
        self.folder = folder
        self.manifest: SkillManifest = load_manifest(folder)
        self.session = Session(model_bytes(folder, self.manifest), self.manifest, provider)
        self._prepare = pipeline(self.manifest.preprocess)
        self._output = self.manifest.outputs[0]

    def prepare(self, film: Film) -> Tensor:
        """Film → the model's tensor, by the manifest's operations."""
        return self._prepare(film)

    def infer(self, tensor: Tensor) -> dict[str, Tensor]:
        """Tensor → the model's outputs by name; no gates."""
        return self.session.infer(tensor)

    def read(self, film: Film) -> Reading:
        """Pixel gates, model, unlike-training gate. No header is looked at: `run` does that first."""
        code = check_pixels(self.manifest.gates.pixels, film)
        if code is not None:
            return Reading(code)
        outputs = self.infer(self.prepare(film))
        gate, output = self.manifest.gates.ood, self._output
        logit = scalar(outputs, output.logit)
        if not math.isfinite(logit):
            return Reading(AbstentionCode.NO_NUMBER)
        # `not <=` so that a distance that is not a number refuses too.
        code = AbstentionCode.UNLIKE_TRAINING if gate and not scalar(outputs, gate.output) <= gate.max else None
        evidence = outputs[output.explain] if output.explain else None
        return Reading(code, probability(logit, output.calibration), logit, evidence)

    def run(self, image: Image, read_film: ReadFilm, blobs: BlobStore | None = None) -> Finding | Abstention:
        """Header gates (before any pixel is decoded), then `read`, then the decision. Blocks.

        blobs: where the overlay goes; None makes no overlay. What read_film raises passes through.
        """
        begun = time.perf_counter()
        code = check_header(self.manifest.gates.header, image)
        if code is not None:
            return self._abstain(code, image)
        film = read_film(image)
        reading = self.read(film)
        if reading.code is not None:
            return self._abstain(reading.code, image)
        return self._find(image, film, reading, blobs, begun)

    def _find(self, image: Image, film: Film, reading: Reading, blobs: BlobStore | None, begun: float) -> Finding:
        points = self._output.operating_points
        decision, point, n = decide(reading.score, points)
        evidence = {}
        if blobs is not None and reading.evidence is not None:
            png = overlay(film, reading.evidence, self._output.calibration.slope)
            evidence["overlay"] = blobs.put(png)
        return Finding(
            skill=self.manifest.skill,
            skill_version=self.manifest.version,
            model_sha256=self.manifest.model.sha256,
            provider=self.session.provider,
            label=self._output.label,
            score=reading.score,
            decision=decision,
            operating_point=point,
            thresholds={"rule_out": points.rule_out.threshold, "rule_in": points.rule_in.threshold},
            image_uid=image.sop_instance_uid,
            evidence=evidence,
            n=n,
            seconds=time.perf_counter() - begun,
        )

    def _abstain(self, code: AbstentionCode, image: Image) -> Abstention:
        return Abstention(
            skill=self.manifest.skill,
            skill_version=self.manifest.version,
            model_sha256=self.manifest.model.sha256,
            provider=self.session.provider,
            code=code.value,
            reason=self.explain(code),
            image_uid=image.sop_instance_uid,
        )

    def explain(self, code: AbstentionCode) -> str:
        """The code's explanation, with this skill's range where the code is about one."""
        age = self.manifest.gates.header.age_years
        if code is AbstentionCode.AGE_OUT_OF_RANGE and age is not None:
            return f"{code.explanation} ({age.min:g} to under {age.below:g} years)"
        return code.explanation


class LocalSkillHost:
    """The skills of some folders, each loaded when first asked for; implements interfaces.SkillHost."""

    def __init__(
        self,
        search: Sequence[Path],
        read_film: ReadFilm,
        blobs: BlobStore | None = None,
        provider: ProviderName | None = None,
    ) -> None:
        """search: folders that hold skill folders, the first that has the name wins."""
        self._search = tuple(search)
        self._read_film, self._blobs, self._provider = read_film, blobs, provider
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

    async def run(self, name: str, image: Image) -> Finding | Abstention:
        """Run a skill on an image in a worker thread. Raises what `load` and the film reader raise."""
        return await asyncio.to_thread(lambda: self.load(name).run(image, self._read_film, self._blobs))
