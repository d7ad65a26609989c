"""Files, folders and zips -> bytes in the blob store. Nothing is unpacked to disk."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

from robot_library.errors import StudyNotFound, StudyUnreadable
from robot_library.imaging.received import Received
from robot_library.interfaces import BlobStore
from robot_library.parsing.damaged import DAMAGED


@dataclass(frozen=True)
class FileLimits:
    """What one download or folder may hold."""

    members: int = 10_000
    member_bytes: int = 1 << 30
    total_bytes: int = 8 << 30
    ratio: int = 200
    """Inflated / packed size of one zip member; films stay below 20, a bomb has 1,000 and more."""


FILE_LIMITS = FileLimits()


def read_path(path: Path, blobs: BlobStore, *, limits: FileLimits = FILE_LIMITS) -> list[Received]:
    """A DICOM file, a zip, or a folder of both, recursively, in order of name.

    Raises StudyNotFound (no such path, or empty), StudyUnreadable (a limit, a damaged or dangerous zip). Objects are
    named by running number: file names of PACS exports hold patient names.
    """
    if not path.exists():
        raise StudyNotFound("there is no such file or folder.", cure="Check where the download was put.")
    taken: list[Received] = []
    total = 0
    for data in _objects(path, limits):
        total += len(data)
        if len(taken) >= limits.members or total > limits.total_bytes:
            raise _too_much()
        taken.append(Received(f"object {len(taken) + 1}", blobs.put(data)))
    if not taken:
        raise StudyNotFound("the file or folder holds no objects.", cure="Check where the download was put.")
    return taken


def read_zip(data: bytes, blobs: BlobStore, *, limits: FileLimits = FILE_LIMITS) -> list[Received]:
    """The members of a zip held in memory, in its order. Raises StudyUnreadable, StudyNotFound (empty)."""
    taken = [
        Received(f"object {number}", blobs.put(member))
        for number, member in enumerate(_zip_members(BytesIO(data), limits), start=1)
    ]
    if not taken:
        raise StudyNotFound("the zip is empty.", cure="Download the study again.")
    return taken


def files_of(path: Path) -> list[Path]:
    """A file, or those of a folder, recursively, in order of name; what only lists the others is left out."""
    # A link could lead out of the folder that was meant.
    files = [path] if path.is_file() else sorted(f for f in path.rglob("*") if f.is_file() and not f.is_symlink())
    return [file for file in files if file.name != "DICOMDIR"]


def _objects(path: Path, limits: FileLimits) -> Iterator[bytes]:
    files = files_of(path)
    if len(files) > limits.members:
        raise _too_much()
    for file in files:
        if file.stat().st_size > limits.member_bytes:
            raise _too_much()
        with file.open("rb") as stream:
            if stream.read(4) == b"PK\x03\x04":
                stream.seek(0)
                yield from _zip_members(stream, limits)
            else:
                stream.seek(0)
                yield stream.read()


def _zip_members(stream: IO[bytes], limits: FileLimits) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(stream) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            if len(members) > limits.members or sum(info.file_size for info in members) > limits.total_bytes:
                raise _too_much()
            check_apart(archive)
            for info in members:
                check_member(info, limits)
                if PurePosixPath(info.filename).name != "DICOMDIR":
                    yield read_member(archive, info)
    except DAMAGED:
        raise StudyUnreadable("the zip is damaged or encrypted.", cure="Download the study again.") from None


def check_apart(archive: zipfile.ZipFile) -> None:
    """StudyUnreadable for a zip whose members lie over each other: one megabyte, listed a thousand times, is a bomb
    that no ratio shows."""
    ends = 0
    for info in sorted(archive.infolist(), key=lambda info: info.header_offset):
        if info.header_offset < ends:
            raise StudyUnreadable("members of the zip lie over each other.", cure="Do not trust where it came from.")
        ends = info.header_offset + info.compress_size


def check_member(info: zipfile.ZipInfo, limits: FileLimits = FILE_LIMITS) -> None:
    """StudyUnreadable for a member that points outside the zip, or is too large, or packed too tightly."""
    name = info.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]:
        raise StudyUnreadable("a zip member points outside the zip.", cure="Do not trust where this zip came from.")
    if info.file_size > limits.member_bytes or info.file_size > limits.ratio * max(info.compress_size, 1):
        raise _too_much()


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """One member. BadZipFile if it inflates to another size than it announced."""
    # The announced size is checked above; a member that inflates to more than it announced ends here.
    with archive.open(info) as member:
        data = member.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise zipfile.BadZipFile
    return data


def _too_much() -> StudyUnreadable:
    return StudyUnreadable(
        "the download is larger than the limits allow.", cure="Raise the limit for this site if the study is real."
    )
