"""All that a bot is made of, as one hash: its own file, workflows, screen maps with their pictures, templates, skills
with their models, the settings of its desktop programs, and what surroundings.py names. Read from the disk each time;
a file that has not been touched since is not read again."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from robot_library.model.approval import MadeOf
from robot_library.model.bot import Program
from robot_library.model.skill import SkillManifest
from robot_library.parsing.bots import parts
from robot_library.parsing.build import load_yaml_model
from robot_library.parsing.library import Library, shown
from robot_library.parsing.surroundings import VARIABLE, surroundings

_NOT_RUN = frozenset({"train", "golden"})
"""Folders of a skill that no run reads."""
_SETTLED = 3_000_000_000
"""Nanoseconds: a file that was touched so lately may be touched once more without its times telling (some file systems
count whole seconds, or two)."""
_known: dict[Path, tuple[tuple[int, ...], str]] = {}


def made_of(bot: str, library: Library, values: Mapping[str, str] | None = None) -> MadeOf:
    """AuthoringError for what cannot be read; OSError for what is gone meanwhile. `values` fill ${NAME} before the
    environment does."""
    known = {**os.environ, **(values or {})}
    there = [(name, _sha256(path)) for name, path in _files(bot, library, known)]
    spec = library.bot(bot)
    there += surroundings(spec, parts(spec, library), library, known)
    found = dict(sorted(there))
    digest = hashlib.sha256("".join(f"{name}\0{value}\n" for name, value in found.items()).encode()).hexdigest()
    skills = [
        load_yaml_model(path, SkillManifest, shown(path))
        for path in (library.path("skill", name) for name in parts(library.bot(bot), library).skills)
    ]
    versions = {one.skill: one.version for one in skills}
    return MadeOf(digest, found, tuple(why for one in skills for why in _research(one)), versions)


def _files(bot: str, library: Library, values: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
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
    for role, app in spec.apps.items():
        if app.program is not None:
            yield from _settings(role, app.program, values)


def _settings(role: str, program: Program, values: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """What tells a program which server it asks: every file of its profile, and files that it is called with by their
    whole paths. What is not there, or hangs on a name that is not set, has no file here."""
    profile = Path(_filled(program.profile, values) or os.devnull)
    for path in _below(profile) if profile.is_dir() else ():
        yield f"profile of {role}: {path.relative_to(profile).as_posix()}", path
    for number, part in enumerate(program.run[1:], start=1):
        text = _filled(part, values)
        for path in (Path(text), Path(text.partition("=")[2])):
            if path.is_absolute() and path.is_file():
                yield f"program of {role}: file {number}", path


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Empty where a name in it is not set."""
    there = all(values.get(name) for name in VARIABLE.findall(text))
    return VARIABLE.sub(lambda match: values[match[1]], text) if there else ""


def _below(folder: Path, but: Collection[str] = (), above: tuple[str, ...] = ()) -> Iterator[Path]:
    """Every file, but of these folders in it; links followed as a copy follows them, and not round in a circle."""
    if (real := os.path.realpath(folder)) in above:
        return
    for one in os.scandir(folder):
        if one.is_dir():
            yield from _below(Path(one.path), (), (*above, real)) if one.name not in but else ()
        elif one.is_file():
            yield Path(one.path)


def _inside(what: str, folder: Path, *, leave_out: bool = True) -> Iterator[tuple[str, Path]]:
    """Every file below a folder; of a skill's, all but notes and what no run reads. In a map's, a picture may be called
    anything."""
    for path in _below(folder, _NOT_RUN if leave_out else ()) if folder.is_dir() else ():
        if not (leave_out and path.suffix == ".md"):
            yield f"{what}: {path.relative_to(folder).as_posix()}", path


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
    if time.time_ns() - max(is_at.st_mtime_ns, is_at.st_ctime_ns) > _SETTLED:
        _known[path] = (mark, found)
    return found
