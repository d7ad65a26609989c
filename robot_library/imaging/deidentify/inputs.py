"""Files, folders and zips, one object after the other; what cannot be read is handed over with its reason."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from robot_library.errors import StudyUnreadable
from robot_library.imaging.sources.files import FILE_LIMITS, FileLimits, check_apart, check_member, read_member
from robot_library.parsing.damaged import DAMAGED

_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Source:
    """One thing found. `shown` names it for the person at the terminal and nowhere else: file names hold names."""

    number: int
    shown: str
    data: bytes | None
    reason: str = ""
    """Why there are no data."""
    left_out: bool = False
    """Not for anything wrong with it: a link, which leads elsewhere."""


LINK = "it is a link, which leads elsewhere"


def files_of(path: Path) -> list[Path]:
    """The file, or every file and link below the folder in order of name, and the folders that cannot be read."""
    if path.is_file():
        return [path.resolve()]
    found: list[Path] = []
    closed: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=closed.append):
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        found += [one for one in (Path(folder) / name for name in names + linked) if one.is_file() or one.is_symlink()]
    return sorted([*found, *(Path(failure.filename) for failure in closed)])


def sources(files: list[Path], limits: FileLimits = FILE_LIMITS) -> Iterator[Source]:
    """What the files hold, numbered from 1."""
    number = 0
    for file in files:
        for shown, data, reason in _held(file, limits):
            number += 1
            yield Source(number, shown, data, reason, reason == LINK)


def _held(file: Path, limits: FileLimits) -> Iterator[tuple[str, bytes | None, str]]:
    try:
        if file.is_symlink():
            yield str(file), None, LINK
            return
        if file.stat().st_size > limits.member_bytes:
            yield str(file), None, "it is larger than the limits allow"
            return
        with file.open("rb") as stream:
            packed = stream.read(len(_ZIP)) == _ZIP
        if packed:
            yield from _members(file, limits)
        else:
            yield str(file), file.read_bytes(), ""
    except OSError as failure:
        yield str(file), None, f"it cannot be read ({type(failure).__name__})"


def _members(file: Path, limits: FileLimits) -> Iterator[tuple[str, bytes | None, str]]:
    try:
        with zipfile.ZipFile(file) as archive:
            check_apart(archive)
            for info in archive.infolist():
                if not info.is_dir():
                    yield _member(file, archive, info, limits)
    except StudyUnreadable as refused:
        yield str(file), None, refused.message
    except DAMAGED:
        yield str(file), None, "the zip is damaged"


def _member(
    file: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: FileLimits
) -> tuple[str, bytes | None, str]:
    shown = f"{file}!{info.filename}"
    try:
        check_member(info, limits)
        return shown, read_member(archive, info), ""
    except StudyUnreadable as refused:
        return shown, None, refused.message
    except DAMAGED:
        return shown, None, "this part of the zip is damaged or encrypted"
