"""A pack: a screen map with those it is built on, for other hospitals. Nothing of a patient goes with it."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from robot_library import __version__
from robot_library.errors import AuthoringError, SetupError
from robot_library.lint import check
from robot_library.lint.rules.map_of_somebody import DATA
from robot_library.model.diagnostic import Diagnostic, Place
from robot_library.parsing.library import Library, bundled, shown
from robot_library.parsing.nodes import read_text
from robot_library.parsing.overlays import bases_of

LIST = "pack.json"
_ADDRESS = re.compile(r"https?://(?!localhost|127\.0\.0\.1)[^\s/'\"{}]+|[\w.+-]+@[\w-]+\.[\w.-]+")
_COMMENT = re.compile(r"(?:^|\s)(#.*)$")
_MADE = (1980, 1, 1, 0, 0, 0)
"""In the archive; so that the same maps are the same file."""


def packed(library: Library, name: str, nobodys: Sequence[str] = ()) -> tuple[bytes, Mapping[str, Any]]:
    """The archive of a map, and what is in it. AuthoringError with every mistake, and every place that looks like
    somebody's data and is not among the texts that a person says are `nobodys`. SetupError for a desktop map."""
    path = library.path("screen", name)
    if library.screen_map(name).kind == "desktop":
        raise SetupError(
            f"the map {name!r} is found by pictures, which nobody can look through.", cure="Share it by hand."
        )
    every = [path, *bases_of(path)]
    own = [one for one in every if not one.resolve().is_relative_to(bundled().resolve())] or [path]
    found = [one for one in check(own, library) if one.severity == "error" or one.code == "WR613"]
    found += [one for file in own for one in _outside_locators(file, nobodys)]
    if wrong := [one for one in found if not _said(one, own, nobodys)]:
        raise AuthoringError(wrong)
    texts = {f"workflows/screens/{file.name}": read_text(file, shown(file)) for file in own}
    version = library.screen_map(name).version
    about = {
        "map": name, "with": sorted(texts), "needs": [one.stem for one in every if one not in own],
        "verified": list(version.verified) if version else [], "wetread": __version__,
        "sha256": {file: hashlib.sha256(text.encode()).hexdigest() for file, text in sorted(texts.items())},
    }  # fmt: skip
    return _archive({**texts, LIST: json.dumps(about, indent=1) + "\n"}), about


def _said(one: Diagnostic, files: Sequence[Path], nobodys: Sequence[str]) -> bool:
    """A person has said that the text at this place is nobody's."""
    if one.code != "WR613":
        return False
    file = next((file for file in files if shown(file) == one.file), None)
    line = read_text(file, one.file).splitlines()[one.line - 1] if file is not None else ""
    return any(text in line[one.column - 1 :] for text in nobodys if text)


def _outside_locators(file: Path, nobodys: Sequence[str]) -> list[Diagnostic]:
    """Comments may say anything, and addresses say whose hospital it is."""
    found = []
    for number, line in enumerate(read_text(file, shown(file)).splitlines(), start=1):
        comment = _COMMENT.search(line)
        spots = [*DATA.finditer(line, comment.start(1))] if comment else []
        for spot in [*spots, *_ADDRESS.finditer(line)]:
            if spot[0] not in nobodys:
                place = Place(file=shown(file), line=number, column=spot.start() + 1)
                what = "a comment looks like somebody's data" if spot in spots else "this is somebody's address"
                hint = "Take it out, or say --nobodys with the text."
                found.append(Diagnostic(**place.model_dump(), code="WR613", message=what, hint=hint, severity="error"))
    return found


def _archive(texts: Mapping[str, str]) -> bytes:
    from io import BytesIO

    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(texts.items()):
            archive.writestr(zipfile.ZipInfo(name, _MADE), text.encode())
    return held.getvalue()
