"""skill.yaml → SkillManifest: every mistake at once with its line; and the model, if its hash is right."""

from __future__ import annotations

import difflib
import hashlib
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from robot_library.errors import AuthoringError, SetupError
from robot_library.model.diagnostic import Diagnostic, Place
from robot_library.model.skill import SkillManifest

MANIFEST = "skill.yaml"

Path_ = tuple[str | int, ...]


def load_manifest(folder: Path) -> SkillManifest:
    """Read folder/skill.yaml. Raises AuthoringError with all diagnostics; SetupError if the file is not there."""
    file = folder / MANIFEST
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SetupError(f"there is no {MANIFEST} in {folder.name!r}", cure="A skill is a folder with one.") from None
    return parse_manifest(text, str(file), folder.name)


def parse_manifest(text: str, file: str, name: str) -> SkillManifest:
    """Manifest text as its model; `name` is the folder's, which the manifest must repeat."""
    tree, places = read_yaml(text, file)
    try:
        manifest = SkillManifest.model_validate(tree)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        raise AuthoringError([_diagnose(problem, places, file) for problem in problems]) from None
    if manifest.skill != name:
        place = places[("skill",)]
        message = f"the skill calls itself {manifest.skill!r}, its folder {name!r}"
        raise AuthoringError([_at(place, "S003", message, "Give both the same name.")])
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


def read_yaml(text: str, file: str) -> tuple[Any, dict[Path_, Place]]:
    """YAML as a tree of dict, list and text (never a number or a date), and the place of every node."""
    try:
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.context_mark or error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        place = Place(file=file, line=line, column=column)
        raise AuthoringError([_at(place, "S001", f"not YAML: {error.problem}", "")]) from None
    places: dict[Path_, Place] = {}
    return _walk(node, (), places, file), places


def _walk(node: yaml.Node | None, path: Path_, places: dict[Path_, Place], file: str) -> Any:
    if node is None:
        return {}
    places[path] = _place(node, file)
    if isinstance(node, yaml.MappingNode):
        tree: dict[str, Any] = {}
        for key, value in node.value:
            if key.value in tree:
                raise AuthoringError([_at(_place(key, file), "S001", f"the key {key.value!r} stands twice", "")])
            tree[key.value] = _walk(value, (*path, key.value), places, file)
            places[(*path, key.value)] = _place(key, file)
        return tree
    if isinstance(node, yaml.SequenceNode):
        return [_walk(value, (*path, index), places, file) for index, value in enumerate(node.value)]
    return node.value


def _place(node: yaml.Node, file: str) -> Place:
    return Place(file=file, line=node.start_mark.line + 1, column=node.start_mark.column + 1)


def _at(place: Place, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(file=place.file, line=place.line, column=place.column, code=code, message=message, hint=hint)


def _diagnose(problem: Any, places: dict[Path_, Place], file: str) -> Diagnostic:
    """One pydantic error as a diagnostic at the deepest node that is written in the file."""
    loc: Path_ = tuple(problem["loc"])
    known = loc
    while known and known not in places:
        known = known[:-1]
    place = places.get(known, Place(file=file))
    where = ".".join(str(part) for part in loc) or "the manifest"
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(loc[-1]), fields_at(loc[:-1]), 1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(fields_at(loc[:-1]))}."
        return _at(place, "S002", f"{where}: there is no such key", hint)
    if problem["type"] == "missing":
        return _at(place, "S002", f"{where} is missing", "")
    return _at(place, "S003", f"{where}: {problem['msg'].removeprefix('Value error, ')}", "")


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
