"""The trail to a collector: DICOM audit messages by syslog over TLS (RFC 5424 messages, RFC 5425 framing).

The trail is the spool. A cursor says how far the collector has it, and moves only after the collector has closed the
connection in order, which TLS does after all was read: what was under way when a connection broke is sent again, with
the same number, rather than lost.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from robot_library.errors import SetupError
from robot_library.safeguards.audit.dicom import message
from robot_library.safeguards.audit.log import last_number, segments
from robot_library.safeguards.audit.record import Record
from robot_library.safeguards.audit.verify import records

PRIORITY = 85
"""Facility 10 (security), severity 5 (notice), as ATNA says."""
BATCH = 500
TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Collector:
    """Where to. `ca` signs its certificate; `certificate` and `key` are ours, where it asks for one."""

    host: str
    port: int
    ca: Path
    certificate: Path | None = None
    key: Path | None = None


def collector(address: str, ca: Path, certificate: Path | None = None, key: Path | None = None) -> Collector:
    """From host:port. SetupError if it is none."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdigit():
        raise SetupError(f"{address!r} is no collector.", cure="Write host:port; 6514 is the usual port.")
    return Collector(host.strip("[]"), int(port), ca, certificate, key)


def framed(record: Record) -> bytes:
    """One message with its length before it."""
    host = "".join(sign for sign in str(record.event.get("host", "")) if sign.isascii() and sign.isprintable())
    parameters = f'n="{record.n}" hash="{record.hash}"'
    head = f"<{PRIORITY}>1 {record.at} {host.replace(' ', '') or '-'} wetread {os.getpid()} IHE+RFC-3881 "
    body = head.encode() + f"[wetread@32473 {parameters}] ".encode() + b"\xef\xbb\xbf" + message(record)
    return str(len(body)).encode() + b" " + body


class Forwarder:
    """Sends what the collector does not have yet."""

    def __init__(self, folder: Path, to: Collector) -> None:
        self._folder, self._to = folder, to
        self._cursor = folder / "syslog.cursor"

    def sent(self) -> int:
        """The number of the last line that the collector has."""
        try:
            return int(self._cursor.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    def forward(self, progress: Callable[[int], None] = lambda n: None) -> int:
        """Send all that is left; returns how many. SetupError if the collector cannot be reached or trusted: what it
        has not got stays for the next time."""
        total, context = 0, self._context()
        waiting = _after(self._folder, self._begun())
        while batch := list(islice(waiting, BATCH)):
            self._send(context, batch)
            self._moved(batch[-1].n)
            total += len(batch)
            progress(batch[-1].n)
        return total

    def _begun(self) -> int:
        """The last line that the collector has. A cursor that says more than the trail has was written by nobody of us:
        then all is sent again, with the same numbers."""
        sent = self.sent()
        return sent if sent <= last_number(self._folder) else 0

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=str(self._to.ca))
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            # An end without TLS's own goodbye may come from anybody, and before all was read.
            context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
            if self._to.certificate is not None:
                context.load_cert_chain(self._to.certificate, self._to.key)
        except (OSError, ssl.SSLError):
            raise SetupError("the certificates for the audit collector cannot be read.") from None
        return context

    def _send(self, context: ssl.SSLContext, batch: list[Record]) -> None:
        try:
            with (
                socket.create_connection((self._to.host, self._to.port), timeout=TIMEOUT_S) as plain,
                context.wrap_socket(plain, server_hostname=self._to.host) as secure,
            ):
                secure.sendall(b"".join(framed(record) for record in batch))
                secure.unwrap()
        except (OSError, ssl.SSLError) as failure:
            raise SetupError(
                f"the audit collector at {self._to.host}:{self._to.port} has not taken it ({type(failure).__name__}).",
                cure="Nothing is lost: the trail is kept here and sent when the collector answers.",
            ) from None

    def _moved(self, n: int) -> None:
        beside = self._cursor.with_name(f"{self._cursor.name}.{os.getpid()}")
        beside.write_text(str(n), encoding="ascii")
        os.replace(beside, self._cursor)


def _after(folder: Path, n: int) -> Iterator[Record]:
    """Lines after a number; files that end before it are not read."""
    later = [path for path in segments(folder) if int(path.stem) > n]
    skipped = segments(folder)[: max(0, len(segments(folder)) - len(later) - 1)]
    return (record for record in records(folder, without=frozenset(skipped)) if record.n > n)
