"""The site's signing key, and what it signs: checkpoints in the trail, and its head, which is kept elsewhere."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from robot_library.errors import SetupError
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.whole import names_kept, write_whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HEAD_VARIABLE = "WETREAD_AUDIT_HEAD"
"""Names the file that the head is kept in, where that is neither in the home nor beside the site key."""


class Signer:
    """Signs with a key derived from the site's (Ed25519). `seal_key` seals single lines."""

    def __init__(self, key: SiteKey) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._private: Ed25519PrivateKey = Ed25519PrivateKey.from_private_bytes(key.derive("audit-sign"))
        self.seal_key = key.derive("audit-seal")
        self.public = self._private.public_key().public_bytes_raw()
        self.key_id = key_id(self.public)

    def sign(self, purpose: str, n: int, digest: str) -> str:
        """Base64 of the signature over a line's number and hash, for one purpose."""
        return base64.b64encode(self._private.sign(signed(purpose, n, digest))).decode("ascii")


def signed(purpose: str, n: int, digest: str) -> bytes:
    """What is signed."""
    return f"wetread-audit|{purpose}|{n}|{digest}".encode()


def key_id(public: bytes) -> str:
    """Sixteen hex digits that name a public key."""
    return hashlib.sha256(public).hexdigest()[:16]


def fits(public: bytes, signature: str, purpose: str, n: int, digest: str) -> bool:
    """Whether a signature is this key's."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        raw = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(raw, signed(purpose, n, digest))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def read_public(text: str) -> bytes:
    """A public key as `wetread audit key` prints it (64 hex digits). SetupError for anything else."""
    try:
        public = bytes.fromhex(text.strip())
    except ValueError:
        public = b""
    if len(public) != 32:
        raise SetupError("that is no public key of an audit trail.", cure="Give what `wetread audit key` printed.")
    return public


@dataclass(frozen=True)
class Head:
    """How far the trail went: number and hash of its last line, signed."""

    n: int
    hash: str
    key: str
    signature: str


def read_head(path: Path) -> Head | None:
    """The head kept in a file; None if there is none. SetupError if it is damaged."""
    try:
        if path.exists() and not path.is_file():
            raise OSError  # a pipe would be waited for
        held = json.loads(_settled(path))
        return Head(int(held["n"]), str(held["hash"]), str(held["key"]), str(held["signature"]))
    except FileNotFoundError:
        return None
    except (OSError, ArithmeticError, ValueError, KeyError, TypeError, RecursionError):
        raise SetupError(f"the head of the audit trail at {path} is damaged.", cure=_CURE) from None


_SIZE = 512
"""Bytes of a head: one sector of a disk, which is written whole or not at all."""
_CURE = "Have a person look at it: `wetread audit verify` says what is left."


def _settled(path: Path) -> str:
    """The head as no writer is just changing it."""
    read = path.read_bytes()
    while (again := path.read_bytes()) != read:
        read = again
    return read.decode("ascii")


def write_head(path: Path, head: Head) -> None:
    """In its place, always so long: a power cut leaves this head or an older one, which says less and nothing wrong.
    Not forced to disk for each line; moved into place without that, it would be empty then."""
    data = json.dumps(vars(head)).encode("ascii").ljust(_SIZE)
    if path.is_file() and path.stat().st_size == _SIZE == len(data):
        handle = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
        try:
            os.write(handle, data)
        finally:
            os.close(handle)
    else:
        write_whole(path, data)
        names_kept(path.parent)
