"""The file: a ZIP whose manifest names every other file with its SHA-256, signed with the key of the audit trail.

Evidence lies in it as it lies at rest, encrypted under the site key; in clear only where that was asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

from robot_library.errors import SetupError
from robot_library.incidents.gather import Known
from robot_library.model.run import Evidence, StepRecord
from robot_library.safeguards.audit.part import Ends, part_of
from robot_library.safeguards.audit.signing import Signer
from robot_library.safeguards.blobs import FileBlobs

MANIFEST, SIGNATURE, TRAIL, PURPOSE = "manifest.json", "manifest.sig", "audit/trail.jsonl", "incident"
FORM = 1
With = Literal["sealed", "masked", "none", "clear"]
"""Evidence: all of it encrypted, only what was masked when it was taken, none, or all of it in clear."""
_ENDINGS = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"RIFF": ".webp"}


def write_bundle(out: Path, known: Known, trail: Path, signer: Signer, blobs: FileBlobs, evidence: With) -> None:
    """Make the file: whole or not at all, for its owner's eyes only. `trail` is the folder of the audit trail."""
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "w+b") as file:
            write_into(file, known, trail, signer, blobs, evidence)
        os.replace(beside, out)
    finally:
        beside.unlink(missing_ok=True)


def write_into(file: IO[bytes], known: Known, trail: Path, signer: Signer, blobs: FileBlobs, evidence: With) -> None:
    """The same, into an open file."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _Writing(archive, known, evidence).all(trail, signer, blobs)


class _Writing:
    """One file under way."""

    def __init__(self, archive: zipfile.ZipFile, known: Known, evidence: With) -> None:
        self._archive, self._known, self._evidence = archive, known, evidence
        self._at = datetime.now(UTC)
        self._files: dict[str, dict[str, Any]] = {}

    def all(self, trail: Path, signer: Signer, blobs: FileBlobs) -> None:
        ends = Ends()
        self._put(TRAIL, part_of(trail, self._known.incident.item, signer, ends))
        for name, said in self._known.files.items():
            self._put(name, [_json(said)])
        self._put("evidence.json", [_json(list(self._kept(blobs)))])
        manifest = _json({
            "wetread_incident": FORM, "incident": self._known.incident.id, "item": self._known.incident.item,
            "made": self._at.isoformat(timespec="seconds"), "evidence": self._evidence, "files": self._files,
            "trail": asdict(ends), "key": signer.key_id, "public": signer.public.hex(),
        })  # fmt: skip
        self._write(MANIFEST, [manifest])
        signature = signer.sign(PURPOSE, FORM, hashlib.sha256(manifest).hexdigest())
        self._write(SIGNATURE, [_json({"key": signer.key_id, "signature": signature})])

    def _put(self, name: str, data: Iterable[bytes]) -> None:
        digest, size = self._write(name, data)
        self._files[name] = {"sha256": digest, "bytes": size}

    def _write(self, name: str, data: Iterable[bytes]) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        entry = zipfile.ZipInfo(name, self._at.timetuple()[:6])
        entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        with self._archive.open(entry, "w", force_zip64=True) as file:
            for some in data:
                digest.update(some)
                size += len(some)
                file.write(some)
        return digest.hexdigest(), size

    def _kept(self, blobs: FileBlobs) -> Iterator[dict[str, Any]]:
        """Puts what was kept of each step into the file; yields what it is, and where."""
        for step in self._known.run.steps:
            for kept in step.evidence:
                yield {**_about(step, kept), **self._keep(kept, blobs)}

    def _keep(self, kept: Evidence, blobs: FileBlobs) -> dict[str, str]:
        if self._evidence == "none" or (self._evidence == "masked" and not kept.masked):
            return {"left_out": "whoever made this file may not see it"}
        try:
            raw = blobs.sealed(kept.blob)
            data = blobs.unsealed(kept.blob, raw) if self._evidence == "clear" else raw
        except SetupError:
            return {"left_out": "it is gone, or damaged"}
        name = f"clear/{kept.blob[:16]}{_ending(data)}" if self._evidence == "clear" else f"evidence/{kept.blob}.sealed"
        if name not in self._files:
            self._put(name, [data])
        return {"file": name}


def _about(step: StepRecord, kept: Evidence) -> dict[str, Any]:
    return {"step": step.path, "action": step.action, "kind": kept.kind, "title": kept.title, "masked": kept.masked,
            "blob": kept.blob}  # fmt: skip


def _ending(data: bytes) -> str:
    return next((ending for begins, ending in _ENDINGS.items() if data.startswith(begins)), ".bin")


def _json(said: Any) -> bytes:
    return json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1).encode()
