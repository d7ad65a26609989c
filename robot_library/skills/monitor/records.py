"""What is kept of an answer and of a correction. No name, number, date of birth, UID or free text of a person.

Images and studies are known by a keyed hash (the site's); ages are bands, days have no hour. Device and station are
kept: they are what drifts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from robot_library.interfaces import PersonAnswer
from robot_library.model.base import Frozen
from robot_library.model.finding import Abstention, Finding
from robot_library.model.skill import SkillManifest
from robot_library.model.study import Image, Stack
from robot_library.skills.evaluation.labels import age_band
from robot_library.skills.inputs import Subject
from robot_library.skills.reading import Film

Mac = Callable[[str], str]
"""Keyed hash of text, under the site's key."""
Role = Literal["champion", "challenger"]
FIELDS = {
    "modality": "Modality",
    "manufacturer": "Manufacturer",
    "model": "ManufacturerModelName",
    "station": "StationName",
    "view": "ViewPosition",
    "sex": "PatientSex",
}
"""Name here → DICOM keyword."""
ABSENT = "absent"
_LONGEST = 64


class Observation(Frozen):
    """One answer of one skill to one image (or stack)."""

    day: str
    image: str
    study: str
    skill: str
    version: str
    model_sha256: str
    role: Role
    score: float | None
    decision: str
    """positive, negative, uncertain; "" where it abstained."""
    code: str
    """Of the abstention; "" where it answered."""
    fields: dict[str, str]
    pixels: dict[str, float]
    blob: str
    """Where the image's bytes are kept, as long as they are."""
    unlike: float | None = None
    """The gate's measure of how unlike the training the image is, where the skill has one and the model was asked."""
    features: tuple[float, ...] = ()
    """What the manifest's `monitor.features` gave."""


class Said(Frozen):
    """What the model gave besides its answer, for watching."""

    unlike: float | None = None
    features: tuple[float, ...] = ()


class Correction(Frozen):
    """What a person said to a finding."""

    day: str
    image: str
    skill: str
    version: str
    model_sha256: str
    said: str
    """The skill's decision."""
    score: float
    verdict: Literal["accept", "correct", "reject"]
    decision: str
    """positive, negative; "" where it was rejected without one."""
    role: str
    """Of the person; never who."""
    reason: str = ""
    """Code of a rejection."""
    edited: tuple[str, ...] = ()
    """Template fields that the person wrote anew; never what."""


def observation(
    subject: Subject,
    answer: Finding | Abstention,
    mac: Mac,
    role: Role = "champion",
    pixels: Mapping[str, float] = {},
    said: Said | None = None,
) -> Observation:
    """The record of an answer."""
    first = subject if isinstance(subject, Image) else subject.images[0] if isinstance(subject, Stack) else None
    found = answer if isinstance(answer, Finding) else None
    return Observation(
        day=today(),
        image=mac(answer.image_uid or written(subject)),
        study=mac(first.study_uid) if first and first.study_uid else "",
        skill=answer.skill,
        version=answer.skill_version,
        model_sha256=answer.model_sha256,
        role=role,
        score=found.score if found else None,
        decision=found.decision if found else "",
        code="" if found or not isinstance(answer, Abstention) else answer.code,
        fields=fields_of(first) if first else {},
        pixels=dict(pixels),
        blob=subject.blob if isinstance(subject, Image) else "",
        unlike=said.unlike if said else None,
        features=said.features if said else (),
    )


def written(subject: Subject) -> str:
    """What is no image, by what stands in it: two texts are two, or the second's answer would never be kept."""
    return "" if isinstance(subject, Image | Stack) else f"no image {json.dumps(subject, sort_keys=True, default=str)}"


def correction(finding: Finding, answer: PersonAnswer, mac: Mac) -> Correction:
    """The record of a person's word. An acceptance without a decision confirms the skill's own.

    Where there is no image it is kept by itself: a finding does not say which text or values it is of.
    """
    confirmed = finding.decision if answer.verdict == "accept" and finding.decision != "uncertain" else ""
    return Correction(
        day=today(),
        image=mac(finding.image_uid or f"no image {finding.model_dump_json()}"),
        skill=finding.skill,
        version=finding.skill_version,
        model_sha256=finding.model_sha256,
        said=finding.decision,
        score=finding.score,
        verdict=answer.verdict,
        decision=answer.decision or confirmed,
        role=answer.role[:_LONGEST],
        reason=answer.reason,
        edited=tuple(sorted(answer.edits)),
    )


def fields_of(image: Image) -> dict[str, str]:
    """The header fields that are watched; `absent` where there is none."""
    found = {name: image.header.get(keyword, "")[:_LONGEST].strip() or ABSENT for name, keyword in FIELDS.items()}
    return found | {"age": age_band("" if image.age_years is None else f"{image.age_years:.3f}")}


def said_by(manifest: SkillManifest, outputs: Mapping[str, NDArray[Any]]) -> Said:
    """From a model's outputs; what is no finite number is left out."""
    gate, name = manifest.gates.ood, manifest.monitor.features
    far = np.asarray(outputs[gate.output], np.float64).reshape(-1) if gate else np.zeros(0)
    features = np.asarray(outputs[name], np.float32).reshape(-1) if name else np.zeros(0, np.float32)
    return Said(
        unlike=round(float(far[0]), 5) if far.size == 1 and np.isfinite(far[0]) else None,
        features=tuple(float(f"{value:.4g}") for value in features) if np.isfinite(features).all() else (),
    )


def pixels_of(film: Film) -> dict[str, float]:
    """A handful of numbers about a film's grey values and size; {} when it is no plane of finite values."""
    if film.ndim != 2 or not film.size:
        return {}
    thin = film[:: max(1, film.shape[0] // 256), :: max(1, film.shape[1] // 256)]
    if not np.isfinite(thin).all():
        return {}
    low, middle, high = (float(value) for value in np.percentile(thin, (5, 50, 95)))
    numbers = {"mean": float(thin.mean()), "spread": float(thin.std()), "p5": low, "p50": middle, "p95": high}
    return {name: round(value, 4) for name, value in numbers.items()} | {"side": float(min(film.shape))}


def today() -> str:
    """The day, UTC."""
    return datetime.now(UTC).date().isoformat()
