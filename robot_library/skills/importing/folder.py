"""The folder of a new skill: written whole, or not at all."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from robot_library.errors import AuthoringError, SetupError
from robot_library.skills.manifest import MANIFEST


def new_folder(skills: Path, name: str, files: dict[str, bytes]) -> Path:
    """skills/name with these files. Raises AuthoringError (a name that cannot be one), SetupError (it is there)."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise AuthoringError(f"{name!r} cannot be a skill's name: small letters, digits and hyphens, a letter first.")
    folder = skills / name
    if folder.exists():
        raise SetupError(f"{folder} is there already.", cure="Choose another name; nothing is overwritten.")
    folder.mkdir(parents=True)
    try:
        for file, data in files.items():
            (folder / file).write_bytes(data)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def todo(folder: Path) -> list[str]:
    """Lines of the manifest that a person must still fill in, with their numbers."""
    lines = (folder / MANIFEST).read_text(encoding="utf-8").splitlines()
    return [
        f"{MANIFEST}:{number}: {line.strip()}"
        for number, line in enumerate(lines, 1)
        if "TODO" in line and not line.lstrip().startswith("#")
    ]
