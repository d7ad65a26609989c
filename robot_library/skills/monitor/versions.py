"""Versions of a skill beside each other, and the two moves between them.

    skills/<name>                        the champion: what bots run
    skills/versions/challenger/<name>    runs silently beside it, if there
    skills/versions/previous/<name>      what was champion before the last switch
    skills/versions/<version>/<name>     older ones

A move is two renames. If the machine dies between them there is no champion, and the next command of this file puts
the previous one back: after a switch that did not finish the old champion is there, after a rollback the one rolled
back to.
"""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime
from pathlib import Path

from robot_library.errors import SetupError
from robot_library.model.base import Frozen
from robot_library.model.skill import SkillManifest
from robot_library.skills.manifest import MANIFEST, load_manifest, model_bytes

CHALLENGER, PREVIOUS, VERSIONS = "challenger", "previous", "versions"
LOG = "switches.csv"


class Moved(Frozen):
    """What runs now, and what ran before."""

    skill: str
    now: str
    now_sha256: str
    before: str
    before_sha256: str


def beside(champion: Path, which: str) -> Path:
    """The folder of another version of a champion."""
    return champion.parent / VERSIONS / which / champion.name


def challenger_of(champion: Path) -> Path | None:
    """The challenger's folder, if there is one."""
    folder = beside(champion, CHALLENGER)
    return folder if (folder / MANIFEST).is_file() else None


def verified(folder: Path) -> SkillManifest:
    """The manifest, after the model's hash was compared. Raises AuthoringError, SetupError."""
    manifest = load_manifest(folder)
    model_bytes(folder, manifest)
    return manifest


def switch(champion: Path) -> Moved:
    """The challenger becomes champion, the champion previous. Raises SetupError, and then nothing has moved."""
    recover(champion)
    challenger = challenger_of(champion)
    if challenger is None:
        raise SetupError(
            f"{champion.name} has no challenger.", cure=f"Put the new version into {beside(champion, CHALLENGER)}."
        )
    new, old = verified(challenger), load_manifest(champion)
    if (new.version, new.model.sha256) == (old.version, old.model.sha256):
        raise SetupError(f"the challenger of {champion.name} is the version that runs already ({old.version}).")
    if new.version == old.version:
        raise SetupError(
            f"the challenger of {champion.name} calls itself {new.version}, as the champion does.",
            cure="Another model is another version: say so in its skill.yaml.",
        )
    previous = beside(champion, PREVIOUS)
    if previous.exists():
        _make_room(previous, champion)
    _rename(champion, previous)
    _rename(challenger, champion)
    return _logged(champion, old, new, "switch")


def rollback(champion: Path) -> Moved:
    """The previous version becomes champion again, the champion challenger. Raises SetupError: nothing has moved."""
    recover(champion)
    previous = beside(champion, PREVIOUS)
    if not (previous / MANIFEST).is_file():
        raise SetupError(f"{champion.name} has no previous version to go back to.")
    new, old = verified(previous), load_manifest(champion)
    challenger = beside(champion, CHALLENGER)
    if challenger.exists():
        _make_room(challenger, champion)
    _rename(champion, challenger)
    _rename(previous, champion)
    return _logged(champion, old, new, "rollback")


def recover(champion: Path) -> bool:
    """Put the previous version back where a move was cut short; whether it was."""
    previous = beside(champion, PREVIOUS)
    if champion.exists() or not (previous / MANIFEST).is_file():
        return False
    _rename(previous, champion)
    return True


def _make_room(folder: Path, champion: Path) -> None:
    """Name an older version by what it is. Raises SetupError if another model has that name already."""
    manifest = load_manifest(folder)
    target = beside(champion, manifest.version)
    if target.exists():
        if load_manifest(target).model.sha256 != manifest.model.sha256:
            raise SetupError(
                f"two different models call themselves {champion.name} {manifest.version}.",
                cure=f"Look at {target} and {folder}, and rename one by hand.",
            )
        number = 2
        while (target := beside(champion, f"{manifest.version}.{number}")).exists():
            number += 1
    _rename(folder, target)


def _rename(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(source, target)
    except OSError as error:
        raise SetupError(
            f"{source} cannot be renamed to {target} ({error.strerror}).",
            cure="Close what uses the folder; a skill that came with the package is copied into a project first.",
        ) from None


def _logged(champion: Path, old: SkillManifest, new: SkillManifest, what: str) -> Moved:
    moved = Moved(
        skill=new.skill,
        now=new.version,
        now_sha256=new.model.sha256,
        before=old.version,
        before_sha256=old.model.sha256,
    )
    with (champion.parent / VERSIONS / LOG).open("a", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        if stream.tell() == 0:
            writer.writerow(("utc", "what", *Moved.model_fields))
        writer.writerow((datetime.now(UTC).isoformat(timespec="seconds"), what, *moved.model_dump().values()))
    return moved
