"""Adding lines to the trail: one process at a time, on disk before it returns.

A process that dies in the middle of a line leaves a torn one. The next to come closes it and adds a record that says
how many bytes were torn and their hash: nothing disappears. Anything else that does not fit stops the trail, and with
it whatever must be audited, until a person has looked.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from robot_library.errors import AuditBroken, SetupError
from robot_library.safeguards.audit.record import CHECKPOINT, FIRST, LONGEST, REPAIRED, Record, line, now, parse, seal
from robot_library.safeguards.audit.signing import HEAD_VARIABLE, Head, Signer, fits, read_head, write_head
from robot_library.safeguards.locked import locked

EVERY = 1000
"""Lines between signed checkpoints."""
SEGMENT = 64 << 20
"""Bytes of a file before the next is begun."""
_SUFFIX = ".jsonl"
_NAME = re.compile(rf"[0-9]{{12,}}{re.escape(_SUFFIX)}")


def segments(folder: Path) -> list[Path]:
    """The trail's files, in order: each is named by the number of its first line. What has another name (a copy that
    somebody keeps there), or is no file (a pipe that nobody writes to, a folder, a link to nothing), is none of ours,
    and is not waited for."""
    return sorted(path for path in folder.glob(f"*{_SUFFIX}") if _NAME.fullmatch(path.name) and path.is_file())


class Log:
    """The trail in a folder. `head` is where its head is kept: elsewhere. Made anew by each process."""

    def __init__(self, folder: Path, head: Path, signer: Signer, *, segment: int = SEGMENT, every: int = EVERY) -> None:
        self.folder, self.head, self._signer = folder, head, signer
        self._segment, self._every = segment, every
        self._known: tuple[str, int, int, str] | None = None
        """(file, its size, n, hash) of the last line this process saw at the end."""

    def append(self, events: Sequence[dict[str, Any]]) -> int:
        """Add events; returns the number of the last line. AuditBroken if they cannot be added for good."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with locked(self.folder / "lock"):
                return self._add(list(events))
        except TimeoutError:
            raise AuditBroken("another process holds the audit trail and does not let go.") from None
        except OSError as failure:
            raise AuditBroken(
                f"the audit trail cannot be written ({type(failure).__name__}).",
                cure="Look at the disk and at who may write there; nothing goes on until it can be written.",
            ) from None

    def _add(self, events: list[dict[str, Any]]) -> int:
        path, size, n, last = self._end()
        if size >= self._segment:
            path, size = self.folder / f"{n + 1:012d}{_SUFFIX}", 0
        written: list[bytes] = []
        at = now()
        for event in events:
            if n and n % self._every == 0:
                n, last = self._line(written, self._checkpoint(n, last), n, last, at)
            n, last = self._line(written, event, n, last, at)
        data = b"".join(written)
        _write(path, data)
        self._known = (path.name, size + len(data), n, last)
        write_head(self.head, Head(n, last, self._signer.key_id, self._signer.sign("head", n, last)))
        return n

    def _line(self, written: list[bytes], event: dict[str, Any], n: int, last: str, at: str) -> tuple[int, str]:
        raw, digest = line(event, n + 1, last, at, self._signer.seal_key)
        if len(raw) > LONGEST:
            raise AuditBroken("an event is too large for the audit trail.")
        written.append(raw)
        return n + 1, digest

    def _checkpoint(self, n: int, last: str) -> dict[str, Any]:
        signature = self._signer.sign("checkpoint", n, last)
        return {"kind": CHECKPOINT, "key": self._signer.key_id, "signature": signature}

    def _end(self) -> tuple[Path, int, int, str]:
        """Where the next line goes: file, its size, number and hash of the last line."""
        found = segments(self.folder)
        if not found:
            self._against_head(0, FIRST)
            return self.folder / f"{1:012d}{_SUFFIX}", 0, 0, FIRST
        path, size = found[-1], found[-1].stat().st_size
        if self._known is not None and self._known[:2] == (path.name, size):
            return path, size, self._known[2], self._known[3]
        last, torn = _last(path, size)
        if last is None and len(found) > 1 and size == len(torn):
            last = _last(found[-2], found[-2].stat().st_size)[0]
        n, digest = self._sealed(last, first=len(found) == 1 and size == len(torn))
        if (whole := self._lacks_its_end(torn, n, digest)) is not None:
            _write(path, b"\n")
            torn, n, digest, size = b"", whole.n, whole.hash, size + 1
        self._against_head(n, digest)
        if torn:
            n, digest, size = self._repair(path, size, torn, n, digest)
        return path, size, n, digest

    def _sealed(self, last: Record | None, *, first: bool) -> tuple[int, str]:
        if last is None and first:
            return 0, FIRST
        if last is None or not self._is_ours(last):
            raise _damaged("its last line is none of this site's")
        return last.n, last.hash

    def _against_head(self, n: int, digest: str) -> None:
        """The trail is never shorter than its head says, nor another one."""
        try:
            head = read_head(self.head)
        except SetupError:  # a power cut may leave it empty: still what a person decides about, as of any damage
            raise _damaged("its head cannot be read") from None
        if head is None:
            if n:
                raise _damaged(f"its head is gone: there is none at {self.head}", _ELSEWHERE)
            return
        if head.key != self._signer.key_id or not fits(self._signer.public, head.signature, "head", head.n, head.hash):
            raise _damaged("its head is not signed by this site")
        if head.n > n or (head.n == n and head.hash != digest):
            raise _damaged(f"it ends at line {n}, its head says {head.n}", _PUT_BACK if head.n > n else "")

    def _lacks_its_end(self, torn: bytes, n: int, digest: str) -> Record | None:
        """A torn line of which nothing but the end is missing."""
        whole = parse(torn)
        fits_here = whole is not None and whole.n == n + 1 and whole.prev == digest and self._is_ours(whole)
        return whole if fits_here else None

    def _is_ours(self, record: Record) -> bool:
        return record.seal == seal(record.hash, self._signer.seal_key)

    def _repair(self, path: Path, size: int, torn: bytes, n: int, digest: str) -> tuple[int, str, int]:
        about = {"kind": REPAIRED, "bytes": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}
        raw, digest = line(about, n + 1, digest, now(), self._signer.seal_key)
        _write(path, b"\n" + raw)
        return n + 1, digest, size + 1 + len(raw)


def last_number(folder: Path) -> int:
    """The number of the last whole line; 0 where there is none."""
    found = (_last(path, path.stat().st_size)[0] for path in reversed(segments(folder)))
    return next((one.n for one in found if one is not None), 0)


def _last(path: Path, size: int) -> tuple[Record | None, bytes]:
    """The last whole line of a file, and the torn bytes after it."""
    with path.open("rb") as file:
        file.seek(max(0, size - 2 * LONGEST))
        lines = file.read().split(b"\n")
    torn = lines.pop()
    return (parse(lines[-1]) if lines else None), torn


_ELSEWHERE = (
    f"Where {HEAD_VARIABLE} or WETREAD_SITE_KEY_FILE keeps the head elsewhere, give this command what the service has: "
    "then the trail is whole. Else: "
)
_PUT_BACK = "So it is after a backup was put back. "


def _damaged(why: str, first: str = "") -> AuditBroken:
    return AuditBroken(
        f"the audit trail is damaged: {why}.",
        cure=f"{first}`wetread audit verify` says where; a person decides, and `wetread audit set-aside` begins a new "
        "one.",
    )


def _write(path: Path, data: bytes) -> None:
    """On disk before it returns; the folder too where the file is new."""
    new = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    if new and os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
