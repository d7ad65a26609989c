"""Credentials in one encrypted file: AES-256-GCM over all of it, names too. The key is elsewhere: in a file of its own
or in the environment. A file of which one byte was changed, or that another key made, does not open at all.

Keys stand newest first. Rotating writes the new key before the old one, then the vault under the new one, then takes
the old one away, each on the disk before the next begins: whenever that is cut off, by the power as well, the vault
opens. One at a time changes a vault.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from robot_library.errors import SetupError
from robot_library.safeguards.locked import locked
from robot_library.safeguards.private import open_to_others
from robot_library.safeguards.whole import names_kept

FILE, KEY_FILE, KEY = "WETREAD_VAULT_FILE", "WETREAD_VAULT_KEY_FILE", "WETREAD_VAULT_KEY"
_FORM, _NONCE, _SIZE = "wetread-vault-1", 12, 32


class VaultFile:
    """One file. `key_file` None: the keys stand in WETREAD_VAULT_KEY, newest first, with blanks between them."""

    def __init__(self, path: Path, key_file: Path | None) -> None:
        self.path, self.key_file = path, key_file

    def secrets(self) -> dict[str, str]:
        """Name → what is kept under it. SetupError if the file or the key is missing, damaged or open to others."""
        return self._read()[0]

    def put(self, changes: Mapping[str, str | None]) -> None:
        """Keep these; None takes away. SetupError if somebody else has changed the file meanwhile."""
        self._read()
        with self._alone():
            held, before = self._read()
            held = {name: value for name, value in {**held, **changes}.items() if value is not None}
            self._write(held, before, self.keys()[0])

    def create(self) -> None:
        """An empty vault, and its key where that is a file. What is there already is never overwritten."""
        if self.path.exists():
            raise SetupError(f"there is a vault at {self.path} already; it is never overwritten.")
        if self.key_file is not None and not self.key_file.exists():
            write_key(self.key_file)
        self._write({}, None, self.keys()[0])

    def rotate(self) -> None:
        """Encrypt under a new key. With keys from the environment: under the first of those that stand there."""
        self._read()
        with self._alone():
            if self.key_file is not None:
                keys = [new_key(), *(_text(key) for key in self.keys())]
                _replace(self.key_file, "\n".join(keys).encode())
            held, before = self._read()
            self._write(held, before, self.keys()[0])
            if self.key_file is not None:
                _replace(self.key_file, _text(self.keys()[0]).encode())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Of all that change this vault. SetupError where another holds it for long."""
        try:
            with locked(self.path.with_name(f".{self.path.name}.lock")):
                yield
        except TimeoutError:
            raise SetupError(f"somebody else is changing the vault at {self.path}.", cure="Do it again.") from None

    def keys(self) -> list[bytes]:
        """The keys, newest first."""
        if self.key_file is not None:
            text, where = private(self.key_file, "the vault's key").decode("ascii", "replace"), str(self.key_file)
        else:
            text, where = os.environ.get(KEY, ""), KEY
        try:
            keys = [base64.b64decode(one, altchars=b"-_", validate=True) for one in text.split()]
        except (binascii.Error, ValueError):
            keys = []
        if not keys or any(len(one) != _SIZE for one in keys):
            cure = f"Name its file in {KEY_FILE}, or make a vault with `wetread vault init`."
            raise SetupError(f"{where} holds no key of a vault.", cure=cure)
        return keys

    def _read(self) -> tuple[dict[str, str], bytes]:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        raw, keys = private(self.path, "the vault"), self.keys()
        form, _, sealed = raw.decode("ascii", "replace").strip().partition("\n")
        try:
            data = base64.b64decode(sealed, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            data = b""
        for key in keys if form == _FORM else ():
            try:
                clear = AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], _FORM.encode())
            except (InvalidTag, ValueError):
                continue
            held: dict[str, str] = json.loads(clear)
            return held, raw
        raise SetupError(
            f"the vault at {self.path} does not open: it was changed, or belongs to another key.",
            cure="Restore it, or its key, from where they are kept.",
        )

    def _write(self, held: Mapping[str, str], before: bytes | None, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE)
        clear = json.dumps(dict(held), sort_keys=True).encode()
        sealed = base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, clear, _FORM.encode()))
        if before is not None and self.path.read_bytes() != before:
            raise SetupError("somebody else has just changed the vault.", cure="Do it again.")
        _replace(self.path, f"{_FORM}\n".encode() + sealed + b"\n", new=before is None)


def from_environment() -> VaultFile | None:
    """The vault that the environment names; None if it names none."""
    named, key = os.environ.get(FILE), os.environ.get(KEY_FILE)
    return VaultFile(Path(named), Path(key) if key else None) if named else None


def new_key() -> str:
    """A fresh random key."""
    return _text(secrets.token_bytes(_SIZE))


def write_key(path: Path) -> None:
    """A fresh key in a new file that only its owner may read. SetupError if something is there."""
    try:
        _replace(path, new_key().encode(), new=True)
    except FileExistsError:
        raise SetupError(f"there is something at {path} already; it is never overwritten.") from None


def fingerprint(key: bytes) -> str:
    """Eight letters that tell one key from another and give nothing away."""
    return hashlib.sha256(b"wetread/vault|" + key).hexdigest()[:8]


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode("ascii")


def private(path: Path, what: str) -> bytes:
    """What a file holds. SetupError if it cannot be read, or others can read it (POSIX)."""
    try:
        raw = path.read_bytes()
    except OSError as failure:
        raise SetupError(
            f"{what} at {path} cannot be read ({type(failure).__name__}).", cure="See `wetread vault --help`."
        ) from None
    if open_to_others(path):
        raise SetupError(f"{what} at {path} can be read by other users.", cure=f"Run: chmod 600 {path}")
    return raw


def _replace(path: Path, data: bytes, *, new: bool = False) -> None:
    """Whole or not at all, on disk before it returns, for its owner only. `new`: never over what is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path if new else path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if not new:
            os.replace(beside, path)
        names_kept(path.parent)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
