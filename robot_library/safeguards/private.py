"""Files with secrets: for their owner alone, or handed to this service by systemd."""

from __future__ import annotations

import os
from pathlib import Path

CREDENTIALS = "CREDENTIALS_DIRECTORY"


def handed_over(path: Path) -> bool:
    """Whether systemd has put the file there for this service (LoadCredential, LoadCredentialEncrypted): read-only, in
    a folder that no other user may enter, in memory that is not swapped out."""
    folder = os.environ.get(CREDENTIALS)
    return bool(folder) and path.absolute().parent == Path(str(folder)).absolute()


def open_to_others(path: Path) -> bool:
    """Whether other users could read it (POSIX). systemd lets a service's user in by an access list, and the file's
    group bits show that list's mask, not a group."""
    if os.name != "posix":
        return False
    return bool(path.stat().st_mode & (0o007 if handed_over(path) else 0o077))
