"""Images, screenshots and texts as encrypted files, addressed by a keyed hash of what they hold."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Collection, Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from robot_library.errors import SetupError
from robot_library.model.owner import owner_now
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.whole import write_whole

_REFERENCE, _LEFT = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{64}\.[0-9a-f]{8}")
_NONCE = 12
_OWN, _NAME = b"wetread2", 32
"""How a file begins that is sealed under a key of its own; then what that key belongs to, and the key's name."""
_KINDS = {"item": b"i"}


class FileBlobs:
    """Implements interfaces.BlobStore below one folder.

    The same bytes always get the same reference, of one item, so that what is fetched again after a crash is seen to be
    the same; the reference tells nothing to anyone without the site key. What is kept while an item is at work is
    sealed under that item's own key, where there are such keys.
    """

    def __init__(self, folder: Path, key: SiteKey) -> None:
        self._folder = folder
        self._cipher = AESGCM(key.derive("blobs"))
        self._mac_key = key.derive("blob-names")
        self._ring = self.ring = key.ring

    def put(self, data: bytes) -> str:
        """Keep bytes; returns their reference. On disk before it returns."""
        owner = owner_now() if self._ring is not None else ""
        named = hmac.new(self._mac_key, digestmod=hashlib.sha256)
        if owner:
            named.update(f"{owner}\0".encode())
        named.update(data)
        ref = named.hexdigest()
        path = self._path(ref)
        if not _touched(path):
            with self._under(owner) as (head, cipher):
                nonce = os.urandom(_NONCE)
                write_whole(path, head + nonce + cipher.encrypt(nonce, data, ref.encode()))
        return ref

    @contextlib.contextmanager
    def _under(self, owner: str) -> Iterator[tuple[bytes, AESGCM]]:
        """How a file begins, and the key it is sealed under, which is not collected while the block runs."""
        if self._ring is None or not owner:
            yield b"", self._cipher
            return
        name = self._ring.name(owner)
        if kind := _KINDS.get(owner.partition("|")[0]):
            yield _OWN + kind + bytes.fromhex(name), self._ring.make(name)
            return
        with self._ring.passing(name) as cipher:
            yield _OWN + b"a" + bytes.fromhex(name), cipher

    def owner(self, ref: str) -> tuple[bool, str] | None:
        """Whether kept bytes belong to an item (else to what arrived before there was one), and the name of their key.
        None where they lie under the site's key, or are gone."""
        try:
            with self._path(ref).open("rb") as file:
                head = file.read(len(_OWN) + 1 + _NAME)
        except FileNotFoundError:
            return None
        known = _owner(head)
        return None if known is None or self._ring is None else known

    def keys(self) -> set[str]:
        """Names of all keys that something here is sealed under."""
        owned = (self.owner(path.name) for path in self._folder.glob("*/*") if _REFERENCE.fullmatch(path.name))
        return {one[1] for one in owned if one is not None}

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
        """What encrypted bytes hold, wherever they have been; SetupError if damaged, under another key, or shredded."""
        head, cipher = 0, self._cipher
        if self._ring is not None and (owned := _owner(raw)) is not None:
            try:
                head, cipher = len(_OWN) + 1 + _NAME, self._ring.get(owned[1])
            except FileNotFoundError:
                raise SetupError(
                    f"the key of kept bytes {ref[:12]} is not in {self._ring.folder}.", cure="Restore that folder."
                ) from None
        try:
            return cipher.decrypt(raw[head : head + _NONCE], raw[head + _NONCE :], ref.encode())
        except InvalidTag:
            raise SetupError(f"kept bytes {ref[:12]} are damaged, or belong to another site key.") from None

    def there(self, ref: str) -> bool:
        """Whether bytes are kept under this reference."""
        return self._path(ref).is_file()

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

    def left(self, before: float) -> list[Path]:
        """What processes that were killed while they wrote or deleted have left of kept bytes before a moment."""
        found = []
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):
                if _LEFT.fullmatch(path.name) and path.stat().st_mtime < before:
                    found.append(path)
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


def _owner(raw: bytes) -> tuple[bool, str] | None:
    """(Whether an item owns these sealed bytes, the name of their key); None where the site's key sealed them."""
    if not raw.startswith(_OWN) or len(raw) < len(_OWN) + 1 + _NAME:
        return None
    kind, name = raw[len(_OWN) : len(_OWN) + 1], raw[len(_OWN) + 1 : len(_OWN) + 1 + _NAME]
    return kind == _KINDS["item"], name.hex()


def _touched(path: Path) -> bool:
    """Whether the bytes are there already; they count as put now, so that retention leaves them alone."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
