"""What replaces identities: derived with a key, so the same original has the same stand-in in every file.

Without the key nothing leads back. A run draws a key of its own unless it is given one; with the same key a later
run continues the same patients, studies and shifts.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import uuid
from dataclasses import dataclass
from pathlib import Path

from robot_library.errors import SetupError

SIZE = 32
LEAST_DAYS, MOST_DAYS = 30, 3650
STANDARD_UIDS = "1.2.840.10008."
"""What begins so names a class, a syntax or a coding scheme of the standard, nobody's object."""


@dataclass(frozen=True)
class Pseudonyms:
    """Keyed stand-ins; printing it shows nothing of the key."""

    key: bytes

    def __repr__(self) -> str:
        return "Pseudonyms()"

    def _mac(self, purpose: str, text: str) -> bytes:
        return hmac.new(self.key, f"{purpose}|{text}".encode(), hashlib.sha256).digest()

    def uid(self, original: str) -> str:
        """Another UID below 2.25 (PS3.5 B.2), the same for the same original; the standard's own stay."""
        if not original or original.startswith(STANDARD_UIDS):
            return original
        return f"2.25.{uuid.UUID(bytes=self._mac('uid', original)[:16], version=4).int}"

    def patient(self, patient: str) -> str:
        """A patient's stand-in for number and name."""
        return "ANON-" + self._mac("patient", patient).hex()[:10].upper()

    def days(self, patient: str) -> int:
        """By how many days this patient's dates go back: 30 to 3,650, the same for all of them."""
        return -(LEAST_DAYS + int.from_bytes(self._mac("days", patient)[:8]) % (MOST_DAYS - LEAST_DAYS + 1))

    def name(self, uid: str) -> str:
        """Sixteen hex digits for a file's name."""
        return self._mac("name", uid).hex()[:16]


def drawn() -> Pseudonyms:
    """With a key of this run alone, kept nowhere: nobody can link the output to the originals or to a later run."""
    return Pseudonyms(secrets.token_bytes(SIZE))


def from_file(path: Path) -> Pseudonyms:
    """With the key in a file; a new file that only its owner may read where there is none. SetupError if damaged."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept(path)
    except OSError as failure:
        raise SetupError(f"no key can be kept at {path} ({type(failure).__name__}).") from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(SIZE))
        file.flush()
        os.fsync(file.fileno())
    return _kept(path)


def _kept(path: Path) -> Pseudonyms:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        key = b""
    if len(key) != SIZE:
        raise SetupError(f"{path} holds no key for de-identification.", cure="Restore it, or name a new file.")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise SetupError(f"the key at {path} can be read by other users.", cure=f"Run: chmod 600 {path}")
    return Pseudonyms(key)
