"""What a backup is: one tar with a copy of the home and a manifest of what is in it, under the site key's seal.

Sealed stays sealed: queue, journal and pictures can be read with the site key only, which is not in the archive unless
asked for. The files of the skills' monitor and of image quality are pseudonymous and stand in it as they are.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Literal

from robot_library.errors import SetupError
from robot_library.safeguards.audit.trail import HEAD
from robot_library.safeguards.keys import SiteKey

MANIFEST = "manifest.json"
KEY = "site.key"
FORMAT = 1
LEFT_OUT_FOLDERS = frozenset({"downloads", "demo"})
"""Files on their way into memory, and the demo's."""
LEFT_BEHIND = ("print-*", "incident-*", "backup.*.partial")
"""Folders of a home that nobody but a process that was killed leaves: half a backup; of an older wetread a report or a
bundle in clear."""
_LEFT_OUT = re.compile(
    r".*(?:\.lock|\.sqlite-wal|\.sqlite-shm|\.sqlite-journal|\.partial)|(?:site\.key|[0-9a-f]{64})\.[0-9a-f]{8}|site\.key"
)
"""Also of files that a process that was killed had not given their name yet."""
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Entry:
    """One file: bytes and SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an archive holds. `made` is ISO time; `open_items` had not ended when it was made."""

    wetread: str
    made: str
    fingerprint: str
    database: Literal["sqlite", "postgresql"]
    open_items: int
    files: Mapping[str, Entry]

    def sealed(self, key: SiteKey) -> bytes:
        """As JSON, with a keyed hash over all of it."""
        content = {"format": FORMAT, **asdict(self)}
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return json.dumps({"manifest": text, "seal": _seal(key, text)}, ensure_ascii=False).encode()


def read_manifest(raw: bytes, key: SiteKey) -> Manifest:
    """A manifest as it was sealed; SetupError for another key's, a changed one, or a newer format."""
    try:
        outer = json.loads(raw)
        text, seal = str(outer["manifest"]), str(outer["seal"])
        content = json.loads(text)
        fingerprint = str(content["fingerprint"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SetupError("this is no backup of wetread: its manifest cannot be read.") from None
    if fingerprint != key.fingerprint:
        raise SetupError(
            f"this backup belongs to site key {fingerprint}, and the key here is {key.fingerprint}.",
            cure="Give the key it was made with: --key FILE.",
        )
    if not hmac.compare_digest(seal.encode("utf-8", "replace"), _seal(key, text).encode()):
        raise SetupError("this backup's manifest was changed after it was made; nothing was restored.")
    if content.pop("format") != FORMAT:
        raise SetupError("this backup was made by a newer wetread.", cure="Restore it with that version.")
    files = {name: Entry(**entry) for name, entry in content.pop("files").items()}
    return Manifest(**content, files=files)


def _seal(key: SiteKey, text: str) -> str:
    return hmac.new(key.derive("backup"), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def kept_files(home: Path) -> list[Path]:
    """What of a home goes into a backup, except its databases, which are copied otherwise."""
    found = []
    # The audit trail's head before the trail, which grows meanwhile: a head that is behind says nothing wrong.
    for path in sorted(home.rglob("*"), key=lambda one: (one.name != HEAD, one)):
        inside = path.relative_to(home)
        if path.is_symlink() or not path.is_file() or inside.parts[0] in LEFT_OUT_FOLDERS:
            continue
        if len(inside.parts) > 1 and any(fnmatchcase(inside.parts[0], one) for one in LEFT_BEHIND):
            continue
        if not _LEFT_OUT.fullmatch(path.name) and path.suffix != ".sqlite":
            found.append(path)
    return found


def databases(home: Path) -> list[Path]:
    """The SQLite files of a home."""
    return sorted(path for path in home.glob("*.sqlite") if path.is_file())


def safe_name(name: str) -> bool:
    """Whether a file of this name lies inside the folder it is unpacked to, on every system."""
    path = PurePosixPath(name)
    odd = "\\" in name or ":" in name or "\0" in name
    return bool(name) and not odd and not path.is_absolute() and ".." not in path.parts


def digest(path: Path) -> Entry:
    """Size and hash of a file."""
    hashed, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hashed.update(chunk)
            size += len(chunk)
    return Entry(size, hashed.hexdigest())
