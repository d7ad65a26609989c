"""skill.yaml → SkillManifest: every mistake at once with its line; and the model, if its hash is right."""

from __future__ import annotations

import hashlib
from pathlib import Path

from robot_library.errors import SetupError
from robot_library.model.skill import SkillManifest
from robot_library.model.skill.clinical import LARGEST_MODEL
from robot_library.parsing.nodes import read_file, read_text
from robot_library.parsing.problems import single
from robot_library.skills.placed import read_placed

MANIFEST = "skill.yaml"


def load_manifest(folder: Path) -> SkillManifest:
    """Read folder/skill.yaml. Raises AuthoringError with all diagnostics; SetupError if the file is not there."""
    file = folder / MANIFEST
    if not file.is_file():
        raise SetupError(f"there is no {MANIFEST} in {folder.name!r}", cure="A skill is a folder with one.")
    return parse_manifest(read_text(file, str(file)), str(file), folder.name)


def parse_manifest(text: str, file: str, name: str) -> SkillManifest:
    """Manifest text as its model; `name` is the folder's, which the manifest must repeat."""
    manifest, places = read_placed(text, file, SkillManifest, "the manifest")
    if manifest.skill != name:
        message = f"the skill calls itself {manifest.skill!r}, its folder {name!r}"
        raise single(places[("skill",)], "SK003", message, "Give both the same name.")
    return manifest


def model_bytes(folder: Path, manifest: SkillManifest) -> bytes:
    """The model file's bytes, after their sha256 has been compared with the manifest's. Raises SetupError.

    The session is made from these very bytes, so that nothing can be exchanged in between.
    """
    try:
        data = read_file(folder / manifest.model.file, LARGEST_MODEL)
    except OSError:
        raise SetupError(
            f"skill {manifest.skill!r}: its model file {manifest.model.file!r} cannot be read",
            cure="Install the skill again.",
        ) from None
    if len(data) > LARGEST_MODEL:
        raise SetupError(
            f"skill {manifest.skill!r}: its model file {manifest.model.file!r} is larger than any ONNX file can be.",
            cure="Install the skill again.",
        )
    found = hashlib.sha256(data).hexdigest()
    if found != manifest.model.sha256:
        raise SetupError(
            f"skill {manifest.skill!r}: {manifest.model.file!r} has sha256 {found[:12]}…, the manifest says "
            f"{manifest.model.sha256[:12]}…",
            cure="The model is not the one that was evaluated; install the skill again.",
        )
    return data


def label(manifest: SkillManifest) -> str:
    """What the skill is for, by its intended use, and what its licence allows: shown before it says anything."""
    model = manifest.model
    limit = "" if model.use == "any" else f" ({model.use} use only)"
    who = f"{manifest.skill} {manifest.version} ({manifest.clinical.status}): {manifest.about}"
    use = " ".join(manifest.clinical.intended_use.split())
    return f"{who} Intended use: {use} Licence of the model: {model.license}{limit}."
