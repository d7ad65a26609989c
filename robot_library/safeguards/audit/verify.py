"""Reads the whole trail again, line by line in bounded memory, and says whether it is what was written.

Found: any change of a byte, a line that is gone, added, or in another place, a file that is gone, an end that was cut
off. Not found by what is on this machine alone: a trail and a head that were both put back to an earlier state. For
that a head is kept elsewhere (`wetread audit head`), or a collector has the lines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot_library.errors import SetupError
from robot_library.safeguards.audit.log import segments
from robot_library.safeguards.audit.record import CHECKPOINT, FIRST, LONGEST, REPAIRED, Record, parse, seal
from robot_library.safeguards.audit.signing import fits, read_head


@dataclass(frozen=True)
class Verdict:
    """`first_bad` is the number of the first line that is not as it was written, None if all are.

    `unproven`: lines after the last signature, where only a public key was given; with the site's key each is proven.
    """

    events: int
    lines: int
    intact: bool
    first_bad: int | None
    why: str = ""
    checkpoints: int = 0
    repaired: int = 0
    unproven: int = 0

    def as_data(self) -> dict[str, Any]:
        return vars(self).copy()


@dataclass(frozen=True)
class Keys:
    """What lines are held against: public keys by their id; `seal` only where the site's key is at hand."""

    public: Mapping[str, bytes]
    seal: bytes | None = None


class _Broken(Exception):
    def __init__(self, n: int, why: str) -> None:
        super().__init__(why)
        self.n, self.why = n, why


class _Reading:
    """What has been read so far."""

    def __init__(self, keys: Keys, wanted: Mapping[int, str]) -> None:
        self.keys, self.wanted = keys, dict(wanted)
        self.n, self.hash, self.signed = 0, FIRST, 0
        self.events = self.checkpoints = self.repaired = 0
        self.torn: bytes | None = None

    def take(self, raw: bytes) -> None:
        """One line with its end; _Broken if it does not follow. One without an end is torn."""
        expected = self.n + 1
        record = parse(raw[:-1]) if raw.endswith(b"\n") and len(raw) <= LONGEST else None
        if record is None:
            if self.torn is not None:
                raise _Broken(expected, "it was changed")
            self.torn = raw.removesuffix(b"\n")
            return
        self._follows(record, expected)
        if self.torn is not None:
            self._repairs(record, self.torn)
            self.torn = None
        elif record.event.get("kind") == REPAIRED:
            raise _Broken(expected, "the torn line it tells of is gone")
        self._checked(record)
        self.n, self.hash = record.n, record.hash
        if self.wanted.pop(record.n, record.hash) != record.hash:
            raise _Broken(record.n, "a head that was kept elsewhere names another line here")

    def _follows(self, record: Record, expected: int) -> None:
        if self.torn is not None and record.event.get("kind") != REPAIRED:
            raise _Broken(expected, "it was changed")
        if record.n != expected or record.prev != self.hash:
            raise _Broken(expected, "it does not follow the line before: lines are gone, added or in another place")
        if self.keys.seal is not None and record.seal != seal(record.hash, self.keys.seal):
            raise _Broken(expected, "it was not written with this site's key")

    def _repairs(self, record: Record, torn: bytes) -> None:
        told = {"kind": REPAIRED, "bytes": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}
        if record.event != told:
            raise _Broken(self.n + 1, "it was changed")
        self.repaired += 1

    def _checked(self, record: Record) -> None:
        if record.event.get("kind") == CHECKPOINT:
            public = self.keys.public.get(str(record.event.get("key")))
            said = str(record.event.get("signature"))
            if public is None or not fits(public, said, "checkpoint", self.n, self.hash):
                raise _Broken(record.n, "its signature is not this site's")
            self.checkpoints, self.signed = self.checkpoints + 1, record.n
        self.events += record.is_event


def verify(folder: Path, head: Path | None, keys: Keys, kept: Mapping[int, str] | None = None) -> Verdict:
    """The whole trail. `head` is where its head is kept; `kept` are heads (n → hash) that were noted elsewhere."""
    reading = _Reading(keys, kept or {})
    try:
        wanted = _head(head, keys, reading)
        for path in segments(folder):
            if path.stem != f"{reading.n + 1:012d}":
                raise _Broken(reading.n + 1, "the file that holds it is gone")
            for raw in raw_lines(path):
                reading.take(raw)
        _ended(reading, wanted)
    except _Broken as broken:
        return _verdict(reading, broken.n, broken.why)
    return _verdict(reading, None, "")


def _verdict(reading: _Reading, first_bad: int | None, why: str) -> Verdict:
    unproven = 0 if reading.keys.seal is not None else reading.n - reading.signed
    return Verdict(
        reading.events, reading.n, first_bad is None, first_bad, why, reading.checkpoints, reading.repaired, unproven
    )


def _head(path: Path | None, keys: Keys, reading: _Reading) -> int:
    """How many lines there must be at least. The head's hash is looked for with those kept elsewhere."""
    if path is None:
        return 1
    try:
        head = read_head(path)
    except SetupError as damaged:
        raise _Broken(1, damaged.message) from None
    if head is None:
        raise _Broken(1, f"there is no head at {path} that says how far the trail went")
    public = keys.public.get(head.key)
    if public is None or not fits(public, head.signature, "head", head.n, head.hash):
        raise _Broken(1, "its head is not signed by this site")
    reading.wanted.setdefault(head.n, head.hash)
    reading.signed = 0
    return head.n


def _ended(reading: _Reading, wanted: int) -> None:
    if reading.torn is not None:
        raise _Broken(reading.n + 1, "it is torn, or was changed; torn by a crash, the next line written says so")
    if reading.n < max([wanted, *reading.wanted]):
        raise _Broken(reading.n + 1, "the end was cut off")
    if wanted > 1:
        reading.signed = max(reading.signed, wanted)


def raw_lines(path: Path) -> Iterator[bytes]:
    """Lines with their ends. One without is the last: torn, or being written just now, and what is added to it while
    this reads on is no line. What is longer than any line comes in pieces."""
    with path.open("rb") as file:
        while raw := file.readline(LONGEST + 1):
            yield raw
            if not raw.endswith(b"\n") and len(raw) <= LONGEST:
                return


def records(folder: Path, *, without: frozenset[Path] = frozenset()) -> Iterator[Record]:
    """Every line that holds together, in order, whether the chain does or not; `without` these files."""
    for path in (path for path in segments(folder) if path not in without):
        for raw in raw_lines(path):
            if (record := parse(raw.removesuffix(b"\n"))) is not None:
                yield record
