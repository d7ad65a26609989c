"""Our own files, which somebody may have written to."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.fuzz.parsers.target import JSON, KEY, Parse, Parser, done, file_of
from robot_library import errors


def _backup() -> Parse:
    from robot_library.safeguards.keys import SiteKey
    from robot_library.unattended.archive import read_manifest

    return lambda data: done(read_manifest(data, SiteKey(KEY)))


def _backups() -> list[bytes]:
    from robot_library.safeguards.keys import SiteKey
    from robot_library.unattended.archive import Entry, Manifest

    key = SiteKey(KEY)
    return [Manifest("1", "2026", key.fingerprint, "sqlite", 0, {"a": Entry(1, "0" * 64)}).sealed(key)]


def _trail_line() -> Parse:
    from robot_library.safeguards.audit.record import parse

    return lambda data: done(parse(_rehashed(data)))


def _rehashed(data: bytes) -> bytes:
    """A line whose plain hash fits, as whoever forges one would make it: what is parsed lies behind that."""
    import hashlib

    body = data.partition(b',"h":"')[0]
    return body + f',"h":"{hashlib.sha256(body).hexdigest()}","m":"{"0" * 32}"}}'.encode()


def _trail_lines() -> list[bytes]:
    from robot_library.safeguards.audit.record import FIRST, line

    return [line({"kind": "decision", "what": "x"}, 1, FIRST, "2026-11-28T00:00:00Z", KEY)[0].rstrip(b"\n")]


def _head() -> Parse:
    from robot_library.safeguards.audit.signing import read_head

    return file_of("audit.head", lambda path: done(read_head(path)))


def _vault() -> Parse:
    from robot_library.safeguards.vault_file import VaultFile, new_key

    folder = Path(tempfile.mkdtemp(prefix="wetread-fuzz-"))
    vault, key = folder / "vault", folder / "key"
    for path, data in ((vault, b""), (key, new_key().encode())):
        path.write_bytes(data)
        path.chmod(0o600)

    def run(data: bytes) -> None:
        vault.write_bytes(data)
        VaultFile(vault, key).secrets()

    return run


PARSERS = (
    Parser("backup", _backup, (errors.SetupError,), _backups, JSON),
    Parser("audit-line", _trail_line, (), _trail_lines, JSON),
    Parser("audit-head", _head, (errors.SetupError,),
           lambda: [b'{"n": 4, "hash": "00", "key": "k", "signature": "00"}'], JSON),
    Parser("vault", _vault, (errors.SetupError,), lambda: [b"wetread-vault-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"]),
)  # fmt: skip
