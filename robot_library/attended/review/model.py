"""What the skill that answered is made for, and what not: from its manifest, if that is still the one that answered."""

from __future__ import annotations

from dataclasses import dataclass

from robot_library.errors import WetreadError
from robot_library.model.finding import Finding, OperatingPoint
from robot_library.model.skill import SkillManifest
from robot_library.parsing.library import Library
from robot_library.skills.manifest import MANIFEST, load_manifest


@dataclass(frozen=True)
class Made:
    """What a person must know of a model before they take its word."""

    about: str
    status: str
    intended_use: str
    not_for: tuple[str, ...]
    user: str
    points: tuple[OperatingPoint, ...] = ()


def made_for(library: Library, finding: Finding) -> Made | None:
    """None if the skill is no longer here, or is another version now: then nothing is said in its name."""
    manifest = _manifest(library, finding.skill)
    if manifest is None or (manifest.version, manifest.model.sha256) != (finding.skill_version, finding.model_sha256):
        return None
    clinical = manifest.clinical
    points = next((one.operating_points.named() for one in manifest.outputs if one.label == finding.label), ())
    use = " ".join(clinical.intended_use.split())
    return Made(manifest.about, clinical.status, use, clinical.not_for, clinical.user, points)


def _manifest(library: Library, skill: str) -> SkillManifest | None:
    folders = [folder / "skills" / skill for folder in library.folders]
    try:
        return next((load_manifest(folder) for folder in folders if (folder / MANIFEST).is_file()), None)
    except WetreadError:
        return None
