"""Images, screenshots and texts as encrypted files, addressed by a keyed hash of what they hold."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Collection
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from robot_library.errors import SetupError
from robot_library.safeguards.keys import SiteKey

_REFERENCE = re.compile(r"[0-9a-f]{64}")
_NONCE = 12


class FileBlobs:
    """Implements interfaces.BlobStore below one folder.

    The same bytes always get the same reference, so that what is fetched again after a crash is seen to be
    the same; the reference tells nothing to anyone without the site key.
    """

    def __init__(self, folder: Path, key: SiteKey) -> None:
        self._folder = folder
        self._cipher = AESGCM(key.derive("blobs"))
        self._mac_key = key.derive("blob-names")

    def put(self, data: bytes) -> str:
        """Keep bytes; returns their reference. On disk before it returns."""
        ref = hmac.new(self._mac_key, data, hashlib.sha256).hexdigest()
        path = self._path(ref)
        if not _touched(path):
            nonce = os.urandom(_NONCE)
            _write_whole(path, nonce + self._cipher.encrypt(nonce, data, ref.encode()))
        return ref

    def get(self, ref: str) -> bytes:
        """The bytes; SetupError if they are gone, damaged or under another key."""
        return self.unsealed(ref, self.sealed(ref))

    def sealed(self, ref: str) -> bytes:
        """The bytes as they lie on the disk, encrypted; SetupError if they are gone."""
        try:
            return self._path(ref).read_bytes()
        except FileNotFoundError:
            raise SetupError(f"kept bytes {ref[:12]} are gone from {self._folder}.") from None

    def unsealed(self, ref: str, raw: bytes) -> bytes:
        """What encrypted bytes hold, wherever they have been; SetupError if damaged or under another key."""
        try:
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], ref.encode())
        except InvalidTag:
            raise SetupError(f"kept bytes {ref[:12]} are damaged, or belong to another site key.") from None

    def old(self, before: float, kept: Collection[str]) -> list[tuple[str, int]]:
        """References, with their bytes on disk, that were last put before a moment and are not among `kept`."""
        found = []
        for path in self._folder.glob("*/*"):
            if not _REFERENCE.fullmatch(path.name) or path.name in kept:
                continue
            with contextlib.suppress(FileNotFoundError):
                state = path.stat()
                if state.st_mtime < before:
                    found.append((path.name, state.st_size))
        return found

    def forget(self, ref: str, before: float) -> bool:
        """Delete kept bytes, unless they were put again since `before`: then they are somebody's."""
        path = self._path(ref)
        going = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        try:
            os.replace(path, going)
        except FileNotFoundError:
            return False
        if going.stat().st_mtime >= before:
            os.replace(going, path)
            return False
        going.unlink()
        return True

    def _path(self, ref: str) -> Path:
        if not _REFERENCE.fullmatch(ref):
            raise SetupError("a reference to kept bytes is malformed.")
        return self._folder / ref[:2] / ref


def _touched(path: Path) -> bool:
    """Whether the bytes are there already; they count as put now, so that retention leaves them alone."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _write_whole(path: Path, data: bytes) -> None:
    """Written beside and then moved: a crash leaves the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
