"""Files that a crash leaves whole or not at all: written beside, on the disk, then moved. For their owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Put a file there, or in the place of another one; folders are made."""
    os.replace(write_beside(path, data), path)


def write_beside(path: Path, data: bytes) -> Path:
    """A file that is to become `path`: its bytes are on the disk, its name is nobody else's. On a full disk nothing of
    it is left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return beside


def name_new(beside: Path, path: Path) -> None:
    """Give a whole file its name, or take it away: FileExistsError where another file has that name already."""
    try:
        if os.name != "posix":
            os.rename(beside, path)
            return
        try:
            os.link(beside, path)  # fails if somebody was faster, unlike a rename
        except FileExistsError:
            raise
        except OSError:  # a share or a stick may know no second name of a file
            if path.exists():
                raise
            os.rename(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def names_kept(folder: Path) -> None:
    """That a file lies in this folder, or no longer does, is on the disk."""
    if os.name != "posix":  # Windows has no handle of a folder to flush; NTFS journals the names
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
