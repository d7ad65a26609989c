"""Whether a bundle is what was made: every file as the manifest says, the manifest signed, the trail's part proven.

The file comes from anywhere: nothing in it is unpacked to a disk, and no more is read than its manifest may name.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot_library.errors import IncidentRefused
from robot_library.incidents.bundle import FORM, MANIFEST, PURPOSE, SIGNATURE, TRAIL
from robot_library.parsing.damaged import DAMAGED
from robot_library.safeguards.audit.part import Ends, check_part
from robot_library.safeguards.audit.record import LONGEST
from robot_library.safeguards.audit.signing import fits, key_id
from robot_library.safeguards.audit.verify import Keys

_LARGEST_MANIFEST = 16 << 20
_MOST_FILES = 100_000
_PIECE = 1 << 20


@dataclass(frozen=True)
class Checked:
    """`problems` is empty for a file that is whole. `known`: whether a key that was given, or this site's, has signed
    it; else it is only whole in itself, under the key `key`."""

    incident: str
    item: str
    made: str
    evidence: str
    files: int
    lines: int
    key: str
    known: bool
    problems: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Whole, and signed by a key that is known."""
        return not self.problems and self.known


def check_bundle(path: Path, keys: Keys | None) -> Checked:
    """Read it all again. IncidentRefused for what is no bundle at all."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _check(archive, keys)
    except (ArithmeticError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise IncidentRefused(f"{path.name} is no bundle of wetread: its manifest says nothing.") from None
    except DAMAGED as failure:
        raise IncidentRefused(f"{path.name} cannot be read as a bundle ({type(failure).__name__}).") from None


def sealed_evidence(path: Path) -> Iterator[tuple[str, bytes]]:
    """What is encrypted in a bundle that was checked: reference and bytes, one after the other."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("evidence/") and name.endswith(".sealed"):
                yield name.removeprefix("evidence/").removesuffix(".sealed"), archive.read(name)


def _check(archive: zipfile.ZipFile, keys: Keys | None) -> Checked:
    raw = _small(archive, MANIFEST)
    said: dict[str, Any] = json.loads(raw)
    public = bytes.fromhex(said["public"])
    known = keys is not None and keys.public.get(said["key"]) == public
    problems = list(_signed(archive, raw, said, public))
    problems += _files(archive, said["files"])
    trail = said["trail"]
    signed = {int(n): (str(one[0]), str(one[1])) for n, one in trail["signed"].items()}
    # Only where the file itself is as it was: otherwise its lines say nothing.
    part = None
    if not problems:
        seals = Keys({str(said["key"]): public})
        part = check_part(_lines(archive), said["item"], Ends(int(trail["lines"]), signed), seals)
        problems += [part.problem] if part.problem else []
    return Checked(
        str(said["incident"]), str(said["item"]), str(said["made"]), str(said["evidence"]), len(said["files"]),
        part.mine if part else 0, str(said["key"]), known, tuple(problems),
    )  # fmt: skip


def _signed(archive: zipfile.ZipFile, raw: bytes, said: Mapping[str, Any], public: bytes) -> Iterator[str]:
    if said["wetread_incident"] != FORM:
        yield f"it has form {said['wetread_incident']!r}; this wetread knows {FORM}"
    if key_id(public) != said["key"]:
        yield "its key is not the one it names"
    signature = json.loads(_small(archive, SIGNATURE))["signature"]
    if not fits(public, signature, PURPOSE, FORM, hashlib.sha256(raw).hexdigest()):
        yield f"{MANIFEST} was changed after it was signed"


def _files(archive: zipfile.ZipFile, named: Mapping[str, Any]) -> list[str]:
    """What is not as the manifest says."""
    there = [entry.filename for entry in archive.infolist()]
    problems = [f"{name} is there, and the manifest does not name it" for name in there
                if name not in named and name not in (MANIFEST, SIGNATURE)][:20]  # fmt: skip
    if len(there) != len(set(there)) or len(there) > _MOST_FILES:
        return [*problems, "a file is in it twice, or there are far too many"]
    for name, one in named.items():
        if name not in there:
            problems.append(f"{name} is missing")
        elif _digest(archive, name, int(one["bytes"])) != one["sha256"]:
            problems.append(f"{name} was changed")
    return problems


def _digest(archive: zipfile.ZipFile, name: str, size: int) -> str:
    """SHA-256 of a file, of which no more is read than it may hold."""
    digest, left = hashlib.sha256(), size
    with archive.open(name) as file:
        while some := _read(file, _PIECE):
            left -= len(some)
            if left < 0:
                return ""
            digest.update(some)
    return digest.hexdigest() if left == 0 else ""


def _read(file: Any, size: int) -> bytes:
    """A piece; nothing where the archive's own sum does not fit: the digest then does not either."""
    try:
        return bytes(file.read(size))
    except DAMAGED:
        return b""


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        found = file.read(_LARGEST_MANIFEST + 1)
    if len(found) > _LARGEST_MANIFEST:
        raise ValueError(name)
    return found


def _lines(archive: zipfile.ZipFile) -> Iterator[bytes]:
    with archive.open(TRAIL) as file:
        while raw := file.readline(LONGEST + 1):
            yield raw
