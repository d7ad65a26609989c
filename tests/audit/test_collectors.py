"""Collectors as they are: one that takes all and says no goodbye, one that hangs up early, one that reads while a line
is being written."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_library.errors import SetupError
from robot_library.model.audit import Happened
from robot_library.safeguards.audit.log import segments
from robot_library.safeguards.audit.record import Record, parse
from robot_library.safeguards.audit.syslog import Collector, Forwarder
from robot_library.safeguards.audit.trail import AuditTrail
from robot_library.safeguards.audit.verify import records
from robot_library.safeguards.keys import SiteKey
from tests.audit.test_standards import Repository

KEY = SiteKey(b"s" * 32)


class Silent(Repository):
    """As rsyslog 8.2302 with its gtls driver: reads until our goodbye, and closes without its own."""

    says_goodbye = False


@pytest.fixture
def home(tmp_path: Path) -> Path:
    trail = AuditTrail(tmp_path / "home", KEY)
    trail.record_all(Happened("commit", "click", person=f"Ж {number}") for number in range(700))
    return tmp_path / "home"


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Silent]:
    server = Silent(tmp_path)
    yield server
    server.close()


def numbers(server: Repository) -> list[int]:
    return [int(got.partition(b'n="')[2].partition(b'"')[0]) for got in server.got]


def test_a_collector_without_a_goodbye_gets_one_line_again_and_a_person_hears_why(home: Path, silent: Silent) -> None:
    forwarder = Forwarder(home / "audit", Collector("127.0.0.1", silent.port, silent.ca))
    for _ in range(3):
        with pytest.raises(SetupError, match="close_notify"):
            forwarder.forward()
    assert (numbers(silent), forwarder.sent()) == ([1, 1, 1], 0)


def test_where_the_site_says_so_the_end_of_the_connection_counts(home: Path, silent: Silent) -> None:
    forwarder = Forwarder(home / "audit", Collector("127.0.0.1", silent.port, silent.ca, close_notify=False))
    assert (forwarder.forward(), forwarder.sent()) == (700, 700)
    assert numbers(silent) == list(range(1, 701))


def test_even_then_what_was_not_read_is_not_taken(home: Path, silent: Silent) -> None:
    silent.rude = True
    forwarder = Forwarder(home / "audit", Collector("127.0.0.1", silent.port, silent.ca, close_notify=False))
    (home / "audit" / "syslog.cursor").write_text("1", encoding="ascii")
    with pytest.raises(SetupError, match="has not taken it"):
        forwarder._send(forwarder._context(), list(records(home / "audit"))[1:])
    assert silent.got == []


def test_a_line_that_is_being_written_is_sent_when_it_is_whole(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader sees of a line that crosses a page: its beginning. The rest comes before it reads on, and neither
    part is a line: it would be passed over, and the next one sent."""
    (path,) = segments(home / "audit")
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b"\n", 0, -1) + 100])

    def while_it_is_read(raw: bytes) -> Record | None:
        if (found := parse(raw)) is None and len(path.read_bytes()) < len(whole):
            path.write_bytes(whole)
            AuditTrail(home, KEY).record(Happened("commit", "the next"))
        return found

    monkeypatch.setattr("robot_library.safeguards.audit.verify.parse", while_it_is_read)
    first = [one.n for one in records(home / "audit")]
    assert first == list(range(1, len(first) + 1)), "none is passed over"
    assert [one.n for one in records(home / "audit")] == list(range(1, 702))


def test_a_copy_in_the_folder_stops_no_line(home: Path, silent: Silent) -> None:
    (path,) = segments(home / "audit")
    (home / "audit" / "before the upgrade.jsonl").write_bytes(path.read_bytes())
    forwarder = Forwarder(home / "audit", Collector("127.0.0.1", silent.port, silent.ca, close_notify=False))
    assert forwarder.forward() == 700


def test_a_certificate_for_another_name_is_none(home: Path, silent: Silent) -> None:
    with pytest.raises(SetupError, match="SSLCertVerificationError"):
        Forwarder(home / "audit", Collector("localhost", silent.port, silent.ca)).forward()
    assert silent.got == []


def test_ssl_alone_says_that_the_goodbye_is_lacking(silent: Silent) -> None:
    """What all of this stands on: an end of the connection without close_notify is told apart from one with it."""
    context = ssl.create_default_context(cafile=str(silent.ca))
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    with (
        socket.create_connection(("127.0.0.1", silent.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        secure.sendall(b"1 x")
        with pytest.raises(ssl.SSLEOFError):
            secure.unwrap()
