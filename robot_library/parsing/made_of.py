"""All that a bot is made of, as one hash: its own file, workflows, screen maps with their pictures, templates, skills
with their models, and what surroundings.py names. Read from the disk each time; a file that has not been touched since
is not read again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from robot_library.model.approval import MadeOf
from robot_library.model.skill import SkillManifest
from robot_library.parsing.bots import parts
from robot_library.parsing.build import load_yaml_model
from robot_library.parsing.library import Library, shown
from robot_library.parsing.surroundings import surroundings

_NOT_RUN = frozenset({"train", "golden"})
"""Folders of a skill that no run reads."""
_known: dict[Path, tuple[tuple[int, ...], str]] = {}


def made_of(bot: str, library: Library, values: Mapping[str, str] | None = None) -> MadeOf:
    """AuthoringError for what cannot be read; OSError for what is gone meanwhile. `values` fill ${NAME} before the
    environment does."""
    there = [(name, _sha256(path)) for name, path in _files(bot, library)]
    spec = library.bot(bot)
    there += surroundings(spec, parts(spec, library), library, {**os.environ, **(values or {})})
    found = dict(sorted(there))
    digest = hashlib.sha256("".join(f"{name}\0{value}\n" for name, value in found.items()).encode()).hexdigest()
    skills = [
        load_yaml_model(path, SkillManifest, shown(path))
        for path in (library.path("skill", name) for name in parts(library.bot(bot), library).skills)
    ]
    versions = {one.skill: one.version for one in skills}
    return MadeOf(digest, found, tuple(why for one in skills for why in _research(one)), versions)


def _files(bot: str, library: Library) -> Iterator[tuple[str, Path]]:
    spec = library.bot(bot)
    made = parts(spec, library)
    yield f"bot {bot}", library.path("bot", bot)
    for name in made.workflows:
        yield f"workflow {name}", library.path("workflow", name)
    for name in made.screens:
        path = library.path("screen", name)
        yield f"screen map {name}", path
        yield from _inside(f"screen map {name}", path.parent / name, leave_out=False)
    for name in made.templates:
        yield f"template {name}", library.path("template", name)
    for name in made.skills:
        yield from _inside(f"skill {name}", library.path("skill", name).parent)


def _inside(what: str, folder: Path, *, leave_out: bool = True) -> Iterator[tuple[str, Path]]:
    """Every file below a folder; of a skill's, all but notes and what no run reads. In a map's, a picture may be called
    anything."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        inside = path.relative_to(folder)
        if path.is_file() and not (leave_out and (inside.parts[0] in _NOT_RUN or path.suffix == ".md")):
            yield f"{what}: {inside.as_posix()}", path


def _research(skill: SkillManifest) -> Iterator[str]:
    """Why a skill may not be more than watched in production."""
    if skill.clinical.status != "certified":
        yield f"skill {skill.skill} is for {skill.clinical.status}, not for clinical use"
    if skill.model.use != "any":
        yield f"the licence of skill {skill.skill} allows {skill.model.use} use only"


def _sha256(path: Path) -> str:
    """Of a file's bytes; read again only when the system says that it was touched."""
    is_at = path.stat()
    mark = (is_at.st_ino, is_at.st_size, is_at.st_mtime_ns, is_at.st_ctime_ns)
    kept = _known.get(path)
    if kept is not None and kept[0] == mark:
        return kept[1]
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    _known[path] = (mark, found)
    return found
