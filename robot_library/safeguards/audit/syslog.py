"""The trail to a collector: DICOM audit messages by syslog over TLS (RFC 5424 messages, RFC 5425 framing).

The trail is the spool. A cursor says how far the collector has it, and moves only after the collector has closed the
connection in order, which TLS does after all was read: what was under way when a connection broke is sent again, with
the same number, rather than lost.

RFC 5425 asks a collector for that goodbye (close_notify). One that never says it (rsyslog with its gtls driver) gets
one line again and again, until the site says that the end of the connection is enough.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from robot_library.errors import SetupError
from robot_library.safeguards.audit.dicom import message
from robot_library.safeguards.audit.log import last_number, segments
from robot_library.safeguards.audit.record import Record
from robot_library.safeguards.audit.verify import records
from robot_library.safeguards.whole import write_whole

PRIORITY = 85
"""Facility 10 (security), severity 5 (notice), as ATNA says."""
BATCH = 500
CURSOR = "syslog.cursor"
TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Collector:
    """Where to. `ca` signs its certificate; `certificate` and `key` are ours, where it asks for one. Without
    `close_notify` it counts as read when the other machine has acknowledged all and ended the connection in order."""

    host: str
    port: int
    ca: Path
    certificate: Path | None = None
    key: Path | None = None
    close_notify: bool = True


def collector(
    address: str, ca: Path, certificate: Path | None = None, key: Path | None = None, *, close_notify: bool = True
) -> Collector:
    """From host:port. SetupError if it is none."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdigit():
        raise SetupError(f"{address!r} is no collector.", cure="Write host:port; 6514 is the usual port.")
    return Collector(host.strip("[]"), int(port), ca, certificate, key, close_notify)


def framed(record: Record) -> bytes:
    """One message with its length before it."""
    host = "".join(sign for sign in str(record.event.get("host", "")) if sign.isascii() and sign.isprintable())
    parameters = f'n="{record.n}" hash="{record.hash}"'
    head = f"<{PRIORITY}>1 {record.at} {host.replace(' ', '') or '-'} wetread {os.getpid()} IHE+RFC-3881 "
    body = head.encode() + f"[wetread@32473 {parameters}] ".encode() + b"\xef\xbb\xbf" + message(record)
    return str(len(body)).encode() + b" " + body


def not_sent(folder: Path) -> int | None:
    """How many lines no collector has yet; None where nothing was ever sent."""
    cursor = folder / CURSOR
    return max(0, last_number(folder) - _read(cursor)) if cursor.exists() else None


def _read(cursor: Path) -> int:
    try:
        return int(cursor.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0


class Forwarder:
    """Sends what the collector does not have yet."""

    def __init__(self, folder: Path, to: Collector) -> None:
        self._folder, self._to = folder, to
        self._cursor = folder / CURSOR

    def sent(self) -> int:
        """The number of the last line that the collector has."""
        return _read(self._cursor)

    def forward(self, progress: Callable[[int], None] = lambda n: None) -> int:
        """Send all that is left; returns how many. SetupError if the collector cannot be reached or trusted: what it
        has not got stays for the next time."""
        total, context, size = 0, self._context(), 1  # the first goes alone: hundreds would be sent again every time
        waiting = _after(self._folder, self._begun())
        while batch := list(islice(waiting, size)):
            self._send(context, batch)
            self._moved(batch[-1].n)
            total, size = total + len(batch), BATCH
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
        sent = False
        try:
            with (
                socket.create_connection((self._to.host, self._to.port), timeout=TIMEOUT_S) as plain,
                context.wrap_socket(plain, server_hostname=self._to.host) as secure,
            ):
                secure.sendall(b"".join(framed(record) for record in batch))
                sent = True
                self._goodbye(secure)
        except (OSError, ssl.SSLError) as failure:
            silent = sent and isinstance(failure, ssl.SSLEOFError) and self._to.close_notify
            raise SetupError(
                f"the audit collector at {self._to.host}:{self._to.port} has not taken it ({type(failure).__name__}).",
                cure=_SILENT if silent else _KEPT,
            ) from None

    def _goodbye(self, secure: ssl.SSLSocket) -> None:
        """Wait until the collector has read all, and says so."""
        try:
            secure.unwrap()
        except ssl.SSLEOFError:
            if self._to.close_notify or not _acknowledged(secure):
                raise

    def _moved(self, n: int) -> None:
        write_whole(self._cursor, str(n).encode("ascii"))  # left empty by a power cut, all would be sent again


_KEPT = "Nothing is lost: the trail is kept here and sent when the collector answers."
_SILENT = (
    "Nothing is lost. It has ended the connection without TLS's close_notify, which alone says that all was read: "
    "rsyslog does so with its gtls driver, and not with ossl. If that stays so, say `close_notify: false`."
)


def _acknowledged(secure: ssl.SSLSocket) -> bool:
    """Whether the other machine has got every byte. Who closes with bytes unread resets the connection instead of
    ending it, so with the end that has come, they were read. Only Linux tells; elsewhere the end alone counts."""
    if sys.platform != "linux":
        return True
    import fcntl
    import struct
    import termios

    until = time.monotonic() + TIMEOUT_S
    while True:
        (under_way,) = struct.unpack("i", fcntl.ioctl(secure.fileno(), termios.TIOCOUTQ, bytes(4)))
        if not under_way or secure.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or time.monotonic() > until:
            return not under_way
        time.sleep(0.05)


def _after(folder: Path, n: int) -> Iterator[Record]:
    """Lines after a number; files that end before it are not read."""
    later = [path for path in segments(folder) if int(path.stem) > n]
    skipped = segments(folder)[: max(0, len(segments(folder)) - len(later) - 1)]
    return (record for record in records(folder, without=frozenset(skipped)) if record.n > n)
