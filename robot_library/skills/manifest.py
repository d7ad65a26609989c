"""skill.yaml → SkillManifest: every mistake at once with its line; and the model, if its hash is right."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from robot_library.errors import AuthoringError, SetupError
from robot_library.model.diagnostic import Place
from robot_library.model.skill import SkillManifest
from robot_library.parsing.nodes import ListNode, MapNode, Node, parse_yaml, read_text
from robot_library.parsing.problems import Problems, did_you_mean, in_order, single

MANIFEST = "skill.yaml"

Path_ = tuple[str | int, ...]


def load_manifest(folder: Path) -> SkillManifest:
    """Read folder/skill.yaml. Raises AuthoringError with all diagnostics; SetupError if the file is not there."""
    file = folder / MANIFEST
    if not file.is_file():
        raise SetupError(f"there is no {MANIFEST} in {folder.name!r}", cure="A skill is a folder with one.")
    return parse_manifest(read_text(file, str(file)), str(file), folder.name)


def parse_manifest(text: str, file: str, name: str) -> SkillManifest:
    """Manifest text as its model; `name` is the folder's, which the manifest must repeat."""
    places: dict[Path_, Place] = {}
    tree = _tree(parse_yaml(text, file), (), places)
    problems = Problems()
    try:
        manifest = SkillManifest.model_validate(tree)
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            _note(problems, problem, places, file)
        raise AuthoringError(in_order(problems.found)) from None
    if manifest.skill != name:
        message = f"the skill calls itself {manifest.skill!r}, its folder {name!r}"
        raise single(places[("skill",)], "SK003", message, "Give both the same name.")
    return manifest


def model_bytes(folder: Path, manifest: SkillManifest) -> bytes:
    """The model file's bytes, after their sha256 has been compared with the manifest's. Raises SetupError.

    The session is made from these very bytes, so that nothing can be exchanged in between.
    """
    try:
        data = (folder / manifest.model.file).read_bytes()
    except OSError:
        raise SetupError(
            f"skill {manifest.skill!r}: its model file {manifest.model.file!r} cannot be read",
            cure="Install the skill again.",
        ) from None
    found = hashlib.sha256(data).hexdigest()
    if found != manifest.model.sha256:
        raise SetupError(
            f"skill {manifest.skill!r}: {manifest.model.file!r} has sha256 {found[:12]}…, the manifest says "
            f"{manifest.model.sha256[:12]}…",
            cure="The model is not the one that was evaluated; install the skill again.",
        )
    return data


def _tree(node: Node, path: Path_, places: dict[Path_, Place]) -> Any:
    """Nodes as dict, list and text, noting the place of every key and value."""
    places.setdefault(path, node.place)
    if isinstance(node, MapNode):
        tree = {}
        for key, value in node.items:
            places[(*path, key.value)] = key.place
            tree[key.value] = _tree(value, (*path, key.value), places)
        return tree
    if isinstance(node, ListNode):
        return [_tree(value, (*path, index), places) for index, value in enumerate(node.items)]
    return {} if node.missing else node.value


def _note(problems: Problems, error: Any, places: dict[Path_, Place], file: str) -> None:
    """One pydantic error as a diagnostic at the deepest node that is written in the file."""
    loc: Path_ = tuple(error["loc"])
    known = loc
    while known and known not in places:
        known = known[:-1]
    place = places.get(known, Place(file=file))
    where = ".".join(str(part) for part in loc) or "the manifest"
    if error["type"] == "extra_forbidden":
        problems.add(place, "SK001", f"{where}: there is no such key", did_you_mean(str(loc[-1]), fields_at(loc[:-1])))
    elif error["type"] == "missing":
        problems.add(place, "SK002", f"{where} is missing")
    else:
        problems.add(place, "SK003", f"{where}: {error['msg'].removeprefix('Value error, ')}")


def fields_at(path: Path_) -> list[str]:
    """The keys a manifest may have at a path (list indices are skipped)."""
    model: type[BaseModel] = SkillManifest
    for part in path:
        if isinstance(part, int):
            continue
        found = _inner(model.model_fields[part].annotation) if part in model.model_fields else None
        if found is None:
            return []
        model = found
    return sorted(model.model_fields)


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The model inside X, X | None, tuple[X, ...]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _inner(part))), None)
