"""A database's URL: from the environment too, and never in a message."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

import pytest

from robot_library.engine.database.store import Store, ask_server, database_url, server_url
from robot_library.engine.database.unproven import unproven
from robot_library.errors import SetupError

SECRET = "hunter2"


def test_the_environment_names_the_database_if_nobody_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WETREAD_DB", raising=False)
    assert database_url(None) is None
    monkeypatch.setenv("WETREAD_DB", "postgresql://there/name")
    assert database_url(None) == "postgresql://there/name"
    assert database_url("postgresql://given/name") == "postgresql://given/name"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_way_to_write_it_means_the_driver_that_is_here(scheme: str) -> None:
    assert server_url(f"{scheme}://wetread@host/name").drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", [f"mysql://u:{SECRET}@host/x", f"postgresql//u:{SECRET}@host", f"u:{SECRET}"])
def test_another_kind_of_database_is_refused_without_repeating_the_url(url: str) -> None:
    with pytest.raises(SetupError, match="none that wetread understands") as refused:
        Store(url)
    assert SECRET not in f"{refused.value} {refused.value.cure}"


def test_a_server_out_of_reach_is_told_without_its_password() -> None:
    store = Store(f"postgresql://wetread:{SECRET}@127.0.0.1:1/nothing")
    with pytest.raises(SetupError, match="cannot be opened") as refused:
        store.open("0")
    store.close()
    assert SECRET not in f"{refused.value} {refused.value.cure} {refused.value.__cause__}"
    assert refused.value.__suppress_context__


NEITHER = (80877103, 80877104)
"""Of PostgreSQL's protocol: encrypt, by TLS or by Kerberos?"""


def _taker(there: socket.socket, heard: list[bytes]) -> None:
    """Says that it cannot encrypt, and asks for the password."""
    with contextlib.suppress(OSError):
        while True:
            line, _ = there.accept()
            with line:
                asked = struct.unpack(">II", line.recv(8))
                while asked[1] in NEITHER:
                    line.sendall(b"N")
                    word = line.recv(8)
                    if len(word) < 8:
                        break
                    asked = struct.unpack(">II", word)
                else:
                    line.recv(asked[0] - 8)
                    line.sendall(b"R" + struct.pack(">II", 8, 3))
                    heard.append(line.recv(200))


@pytest.mark.parametrize("proven", [False, True])
def test_what_calls_itself_the_server_gets_the_password_unless_it_must_prove_it(proven: bool) -> None:
    """libpq's own default. That it is so is why `wetread doctor` and the page of health say it."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as there:
        threading.Thread(target=_taker, args=(there, heard), daemon=True).start()
        more = "?sslmode=verify-full&sslrootcert=system" if proven else ""
        with pytest.raises(SetupError):
            ask_server(f"postgresql://wetread:{SECRET}@127.0.0.1:{there.getsockname()[1]}/name{more}")
    assert any(SECRET.encode() in one for one in heard) is not proven


@pytest.mark.parametrize(
    ("url", "environment", "found"),
    [
        ("postgresql://db.example/x", {}, True), ("postgresql://wetread@10.0.0.1:5432/x?sslmode=require", {}, True),
        ("postgresql://db.example/x?sslmode=verify-ca", {}, True),
        ("postgresql://db.example/x?sslmode=verify-full", {}, False),
        ("postgresql://db.example/x", {"PGSSLMODE": "verify-full"}, False),
        ("postgresql://db.example/x?sslmode=prefer", {"PGSSLMODE": "verify-full"}, True),
        ("postgresql:///x", {"PGHOST": "db.example"}, True), ("postgresql:///x?host=db.example", {}, True),
        ("postgresql:///x?host=/run/postgresql", {}, False), ("postgresql:///x", {}, False),
        ("postgresql://localhost/x", {}, False), ("postgresql://127.0.0.1/x", {}, False),
        ("postgresql://127.evil.example/x", {}, True), ("postgresql://localhost/x?hostaddr=10.0.0.1", {}, True),
        ("sqlite:///x", {}, False),
    ],
)  # fmt: skip
def test_a_server_elsewhere_is_believed_by_its_certificate_alone(
    url: str, environment: dict[str, str], found: bool
) -> None:
    assert unproven(url, environment) is found
