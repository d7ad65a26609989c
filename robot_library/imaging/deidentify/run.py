"""A whole run: everything below IN, each object whole into OUT or not at all, and a report beside them.

IN is only read. A file appears in OUT by renaming, so an interruption leaves whole objects and nothing else.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from robot_library.errors import SetupError
from robot_library.imaging.deidentify.inputs import Source, files_of, sources
from robot_library.imaging.deidentify.objects import Deidentifier
from robot_library.imaging.deidentify.proof import NotDeidentified, Proof

Progress = Callable[[int, int, str], None]
REPORT = "deidentification"
_PARTIAL = ".dcm.partial"
_PREFIX = slice(128, 132)


@dataclass(frozen=True)
class Fate:
    """What became of one thing found. `shown` is for the terminal only, never for the report."""

    number: int
    outcome: Literal["written", "refused", "left_out"]
    reason: str = ""
    cause: str = ""
    cure: str = ""
    shown: str = field(default="", compare=False)

    def as_data(self) -> dict[str, Any]:
        return {"object": self.number, "reason": self.reason, "cause": self.cause, "cure": self.cure}


@dataclass
class Outcome:
    """A run so far. `finished` is False when it was interrupted."""

    fates: list[Fate] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    finished: bool = False
    others: int = 0
    """Objects in OUT that this run did not write."""

    def of(self, outcome: str) -> list[Fate]:
        return [fate for fate in self.fates if fate.outcome == outcome]

    @property
    def good(self) -> bool:
        """Everything that is DICOM was written, and something was."""
        return self.finished and bool(self.proofs) and not self.of("refused")


def checked(source: Path, out: Path, *, force: bool) -> None:
    """SetupError where IN is missing, where one folder lies in the other, or where OUT is not empty without force. A
    folder beside a file that is given alone is its own."""
    if not source.exists():
        raise SetupError(f"there is no {source}.", cure="Name a DICOM file, a zip, or a folder of them.")
    here, there = source.resolve(), out.resolve()
    folder = here if here.is_dir() else here.parent
    if there in (here, folder) or here in there.parents or (here.is_dir() and there in here.parents):
        raise SetupError(
            "OUT and IN lie in one another; originals and de-identified objects never share a folder.",
            cure="Name an OUT elsewhere.",
        )
    if out.exists() and (not out.is_dir() or any(out.iterdir())) and not force:
        raise SetupError(f"{out} is not an empty folder.", cure="Name a new one, or say --force.")


def run(source: Path, out: Path, work: Deidentifier, progress: Progress) -> Outcome:
    """Everything below `source`. On KeyboardInterrupt what was done so far is returned, unfinished."""
    out.mkdir(parents=True, exist_ok=True)
    for left in out.rglob(f"*{_PARTIAL}"):
        left.unlink()
    outcome = Outcome()
    files = files_of(source)
    seen: dict[str, bytes] = {}
    try:
        for count, one in enumerate(sources(files), start=1):
            outcome.fates.append(_fate(one, out, work, outcome.proofs, seen))
            progress(min(count, len(files)), len(files), f"object {one.number}")
        outcome.finished = True
    except KeyboardInterrupt:
        outcome.finished = False
    outcome.others = sum(1 for _ in out.rglob("*.dcm")) - len(outcome.proofs)
    return outcome


def _fate(one: Source, out: Path, work: Deidentifier, proofs: list[Proof], seen: dict[str, bytes]) -> Fate:
    if one.left_out:
        return Fate(one.number, "left_out", "link", one.reason + ".", shown=one.shown)
    if one.data is None:
        return Fate(one.number, "refused", "unreadable", one.reason + ".", shown=one.shown)
    if one.data[_PREFIX] != b"DICM":
        return Fate(one.number, "left_out", "not_dicom", "it is no DICOM file.", shown=one.shown)
    try:
        data, proof = work.object(one.data)
        name = work.path_of(data)
        digest = hashlib.sha256(one.data).digest()
        if name in seen and seen[name] != digest:
            raise NotDeidentified("duplicate", "another object of this run has the same UID and is not the same.")
        if name in seen:
            return Fate(one.number, "left_out", "duplicate", "the same object was met before.", shown=one.shown)
        seen[name] = digest
    except NotDeidentified as refused:
        kind: Literal["left_out", "refused"] = "left_out" if refused.reason == "media" else "refused"
        return Fate(one.number, kind, refused.reason, refused.cause, refused.cure, one.shown)
    _write(out / name, data)
    proofs.append(proof.at(name))
    return Fate(one.number, "written", shown=one.shown)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(_PARTIAL)
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:  # a stop or a full disk leaves no half of an object behind
        beside.unlink(missing_ok=True)
        raise


def numbered(outcome: Outcome) -> Iterator[str]:
    """Which number is which file: for a person's eyes, where the originals are."""
    for fate in outcome.fates:
        shown = "".join(f"\\x{ord(sign):02x}" if ord(sign) < 32 else sign for sign in fate.shown)
        yield f"{fate.number}\t{fate.outcome}\t{fate.reason}\t{shown}"
