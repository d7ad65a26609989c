"""Files that a crash leaves whole or not at all: written beside, on the disk, then moved. For their owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Put a file there, or in the place of another one; folders are made."""
    os.replace(write_beside(path, data), path)


def write_beside(path: Path, data: bytes) -> Path:
    """A file that is to become `path`: its bytes are on the disk, its name is nobody else's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return beside


def names_kept(folder: Path) -> None:
    """That a file lies in this folder, or no longer does, is on the disk."""
    if os.name != "posix":  # Windows has no handle of a folder to flush; NTFS journals the names
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
