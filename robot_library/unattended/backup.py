"""`wetread backup`: one archive of a home, made while bots are at work.

The databases are copied first, each as it stands at one moment; the encrypted pictures after them, so that whatever
the copy refers to is in the archive. Retention is held off meanwhile.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal

from robot_library import __version__
from robot_library.engine.fleet.lock import ExecutorLock
from robot_library.errors import SetupError
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.whole import name_new
from robot_library.unattended.archive import KEY, MANIFEST, Entry, Manifest, databases, digest, kept_files

_SMALL = 64 << 10
KEEPING = "keeping"
"""Name of the lock under which things are deleted or copied as a whole."""
ENGINE = "engine.sqlite"
_OPEN = "SELECT count(*) FROM wetread_items WHERE state IN ('new', 'in_progress', 'waiting_for_person')"
Progress = Callable[[str], None]


def _quietly(_: str) -> None:
    """The default progress."""


def back_up(
    home: Path, out: Path, key: SiteKey, *, server: bool = False, with_key: bool = False, progress: Progress = _quietly
) -> Manifest:
    """Write the archive `out`, whole or not at all; never over an existing file.

    `server`: the queue is on a PostgreSQL server and not in the home. `with_key` puts the site key in, in clear.
    """
    if out.exists():
        raise SetupError(f"{out} is there already; a backup is never written over another.")
    if not server and not (home / ENGINE).is_file():
        raise SetupError(f"there is nothing to back up in {home}: it holds no {ENGINE}.", cure="Name the home: --home.")
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f"{out.name}.{secrets.token_hex(3)}.partial")
    try:
        with ExecutorLock(home, KEEPING), _private(partial) as file:
            manifest = _write(home, file, key, server, with_key, progress)
        name_new(partial, out)
    except FileExistsError:
        raise SetupError(f"{out} is there already; a backup is never written over another.") from None
    finally:
        partial.unlink(missing_ok=True)
    return manifest


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _write(home: Path, file: IO[bytes], key: SiteKey, server: bool, with_key: bool, progress: Progress) -> Manifest:
    files: dict[str, Entry] = {}
    kind: Literal["sqlite", "postgresql"] = "postgresql" if server else "sqlite"
    with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar, _beside(home) as aside:
        found = databases(home)
        copies = [_copied(one, aside / one.name, progress) for one in found if not (server and one.name == ENGINE)]
        still_open = 0 if server else _count(aside / ENGINE)
        for copy in copies:
            files[copy.name] = _add(tar, copy, copy.name)
            copy.unlink()
        for path in kept_files(home):
            name = path.relative_to(home).as_posix()
            if (entry := _add_if_there(tar, path, name)) is not None:
                files[name] = entry
        progress(f"{len(files)} files")
        manifest = Manifest(__version__, _now(), key.fingerprint, kind, still_open, files)
        if with_key:
            _add_bytes(tar, KEY, _encoded(key))
        _add_bytes(tar, MANIFEST, manifest.sealed(key))
    return manifest


@contextmanager
def _beside(home: Path) -> Iterator[Path]:
    """A folder on the home's own disk: databases may be larger than the system's temporary one."""
    with tempfile.TemporaryDirectory(prefix="backup.", suffix=".partial", dir=home) as folder:
        yield Path(folder)


def _copied(source: Path, copy: Path, progress: Progress) -> Path:
    """A database as it stands at one moment, whoever writes to it."""
    progress(source.name)
    with closing(sqlite3.connect(source, timeout=60)) as live, closing(sqlite3.connect(copy)) as kept:
        live.backup(kept, pages=2000)
        if kept.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise SetupError(f"{source.name} is damaged; it was not backed up.", cure="Restore the last good backup.")
        kept.execute("PRAGMA journal_mode=DELETE")
    return copy


def _count(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(_OPEN).fetchone()[0])


def _add(tar: tarfile.TarFile, path: Path, name: str) -> Entry:
    """Hashed before it is added; a file that changes meanwhile fails the restore's check, so databases are copies, what
    is small (the audit trail's head) is read once, and of what grows, as the trail does, no more than was hashed goes
    in."""
    if path.stat().st_size <= _SMALL:
        data = path.read_bytes()
        _add_bytes(tar, name, data)
        return Entry(len(data), hashlib.sha256(data).hexdigest())
    entry = digest(path)
    told = tarfile.TarInfo(name)
    told.size, told.mode, told.mtime = entry.size, 0o600, int(path.stat().st_mtime)
    with path.open("rb") as file:
        tar.addfile(told, file)
    return entry


def _add_if_there(tar: tarfile.TarFile, path: Path, name: str) -> Entry | None:
    try:
        return _add(tar, path, name)
    except FileNotFoundError:  # written under another name first, and moved since it was listed
        return None


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    told = tarfile.TarInfo(name)
    told.size, told.mode = len(data), 0o600
    tar.addfile(told, io.BytesIO(data))


def _encoded(key: SiteKey) -> bytes:
    import base64

    return base64.urlsafe_b64encode(key.secret)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
