"""`wetread restore`: a home out of an archive, checked whole before anything is put in place.

What bots saved after the backup was made is not in it. Nothing is assumed about it: an order is looked at again before
anything is typed, and the proof is looked for before every press (engine/run/commit.py).
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from robot_library.engine.fleet.lock import ExecutorLock
from robot_library.errors import SetupError
from robot_library.safeguards.keys import FILE, VARIABLE, SiteKey, read_file, ringed, site_key, write_file
from robot_library.safeguards.ring import FOLDER as RING
from robot_library.safeguards.ring import LIST, listed
from robot_library.unattended.archive import KEY, MANIFEST, Entry, Manifest, digest, read_manifest, safe_name
from robot_library.unattended.backup import ENGINE

_LARGEST_MANIFEST = 256 << 20


@dataclass(frozen=True)
class Restored:
    """What was put in place. `aside` is where the home's former content lies now, if it had any."""

    manifest: Manifest
    aside: Path | None


def restore(
    archive: Path, home: Path, *, key_file: Path | None = None, replace: bool = False, shredded: Path | None = None
) -> Restored:
    """Unpack beside the home, check every hash, then put it in place. Keys that were destroyed since the backup was
    made (by the home's own list, those that lie with the site key, or the file `shredded`) do not come back.

    The key is `key_file`, else the home's own, else the one in the archive. SetupError, and the home as it was, if
    anything is wrong; with data in the home, only with `replace`, and what was there is moved aside.
    """
    home = home.resolve()
    beside = home.with_name(f"{home.name}.restoring-{secrets.token_hex(3)}")
    beside.mkdir(parents=True, mode=0o700)
    try:
        raw, found = _unpack(archive, beside)
        key = _key(home, key_file, beside / KEY)
        manifest = read_manifest(raw, key)
        _check(manifest, found, beside)
        _without_shredded(home, beside, key, shredded, key_file)
        aside = _put_in_place(home, beside, key, replace)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Restored(manifest, aside)


def _unpack(archive: Path, folder: Path) -> tuple[bytes, dict[str, Entry]]:
    """Every file of the archive below `folder`, and its manifest. Links and names that lead out are refused."""
    found: dict[str, Entry] = {}
    manifest = b""
    try:
        with tarfile.open(archive, "r|") as tar:
            for member in tar:
                # A sparse file holds more than the archive has: a few bytes that fill a disk.
                plain = member.isfile() and not member.issparse()
                if not plain or not safe_name(member.name) or member.name in found:
                    raise SetupError("this archive holds what no backup holds; nothing was restored.")
                source = tar.extractfile(member)
                assert source is not None
                if member.name == MANIFEST:
                    manifest = source.read(_LARGEST_MANIFEST)
                    continue
                path = folder / member.name
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
                with os.fdopen(handle, "wb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
                found[member.name] = digest(path)
    except FileNotFoundError:
        raise SetupError(f"there is no backup {archive}.") from None
    except (tarfile.TarError, EOFError, OSError) as failure:
        raise SetupError(f"{archive} cannot be unpacked ({type(failure).__name__}); nothing was restored.") from None
    if not manifest:
        raise SetupError(f"{archive} is no whole backup: it has no manifest.", cure="Take an earlier one.")
    return manifest, found


def _key(home: Path, given: Path | None, inside: Path) -> SiteKey:
    if given is not None:
        return read_file(given)
    if not (home / FILE).exists() and inside.exists():
        return read_file(inside)
    try:
        return site_key(home)
    except SetupError:
        raise SetupError(
            "the site key is needed to check this backup, and it is neither here nor in the archive.",
            cure="Give the file it was kept in: --key FILE.",
        ) from None


def _check(manifest: Manifest, found: dict[str, Entry], folder: Path) -> None:
    found.pop(KEY, None)
    if wrong := sorted(name for name in {*found, *manifest.files} if found.get(name) != manifest.files.get(name)):
        raise SetupError(
            f"{len(wrong)} files of this backup are missing, changed or damaged; nothing was restored.",
            cure="Take an earlier one.",
        )
    for path in folder.glob("*.sqlite"):
        with closing(sqlite3.connect(path)) as database:
            if database.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                raise SetupError(f"{path.name} of this backup is damaged; nothing was restored.")


def _without_shredded(home: Path, beside: Path, key: SiteKey, told: Path | None, key_file: Path | None) -> None:
    here, there = ringed(key, home).ring, key.with_ring(beside / RING).ring
    if here is None or there is None:
        return
    if told is not None and not told.is_file():
        raise SetupError(f"there is no list of destroyed keys at {told}; nothing was restored.")
    lists = [*_with_key(key_file), *([told] if told is not None else [])]
    there.destroy(here.all_destroyed().union(*map(listed, lists)))


def _with_key(given: Path | None) -> Iterator[Path]:
    """Lists of destroyed keys that lie with the site key, of whatever name the home was then: what is restored may go
    into another one."""
    named = os.environ.get(VARIABLE)
    for file in (given, Path(named) if named else None):
        if file is not None:
            yield from sorted(file.parent.glob(f"*.{LIST}"))
            yield file.parent / RING / LIST


def _put_in_place(home: Path, beside: Path, key: SiteKey, replace: bool) -> Path | None:
    if not home.exists() or not any(home.iterdir()):
        (beside / KEY).unlink(missing_ok=True)
        _settle(home, beside, key)
        return None
    _nobody_at_work(home)
    if not replace and (home / ENGINE).exists():
        raise SetupError(
            f"{home} holds a queue already.",
            cure="Restore into an empty folder, or say --replace: what is there is then moved aside, not deleted.",
        )
    (beside / KEY).unlink(missing_ok=True)
    aside = home.with_name(f"{home.name}.before-{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}")
    os.rename(home, aside)
    try:
        _settle(home, beside, key)
    except BaseException:
        if not home.exists():
            os.rename(aside, home)
        raise
    return aside


def _settle(home: Path, beside: Path, key: SiteKey) -> None:
    """The home in its place, with the key in it unless this machine keeps it elsewhere."""
    try:
        elsewhere = site_key(beside)
    except SetupError:
        write_file(beside / FILE, key)
    else:
        if elsewhere != key:
            raise SetupError("this machine names another site key than the backup's.", cure=f"Look at {VARIABLE}.")
    if home.exists():
        home.rmdir()
    os.rename(beside, home)


def _nobody_at_work(home: Path) -> None:
    """SetupError if a worker, an office or retention holds a lock of this home."""
    for lock in sorted(home.glob("*.lock")):
        with ExecutorLock(home, lock.stem):
            pass
