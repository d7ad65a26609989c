"""A new project: a sample bot with its workflow, screen map and template, and an editor that knows the schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from robot_library.errors import SetupError
from robot_library.parsing.schema import KINDS, json_schema

_NAMED = {"gitignore": ".gitignore", "vscode": ".vscode"}
"""Names that begin with a dot stand without it in the package, so that no tool passes over them."""


def start_project(folder: Path) -> tuple[list[str], list[str]]:
    """Write the sample project into `folder`; what stands there already is left as it is.

    Paths below the folder: those that were written, those that were kept. SetupError if a file cannot be written.
    """
    written: list[str] = []
    kept: list[str] = []
    for path, text in _files():
        target = folder / path
        if target.exists() or target.is_symlink():
            kept.append(str(path))
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except OSError as error:
            reason = (error.strerror or "not possible").lower()
            raise SetupError(f"{target} cannot be written: {reason}.", cure="Choose another folder.") from None
        written.append(str(path))
    return written, kept


def _files() -> Iterator[tuple[PurePosixPath, str]]:
    yield from _below(files("robot_library.authoring") / "starter", PurePosixPath())
    for kind in KINDS:
        text = json.dumps(json_schema(kind), indent=2, ensure_ascii=False)
        yield PurePosixPath(".vscode", "schemas", f"{kind}.schema.json"), text + "\n"


def _below(folder: Traversable, at: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        path = at / _NAMED.get(one.name, one.name)
        if one.is_dir():
            yield from _below(one, path)
        else:
            yield path, one.read_text(encoding="utf-8")
