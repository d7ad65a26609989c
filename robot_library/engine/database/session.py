"""One connection to the server that answers in time or is given up: no question waits for a network."""

from __future__ import annotations

import selectors
import threading
import time
from typing import TYPE_CHECKING

from robot_library.engine.database.store import server_url
from robot_library.errors import SetupError

if TYPE_CHECKING:
    import psycopg
    from psycopg.pq.abc import PGconn, PGresult


class ServerSession:
    """The server ends this session, and lets go of its locks, when it has been asked nothing for `idle` seconds.

    `within` is how long an answer may take; a question that got none is the session's last.
    """

    def __init__(self, url: str, *, idle: float, within: float) -> None:
        import psycopg

        self._within, self._one_at_a_time = within, threading.Lock()
        parsed = server_url(url).set(drivername="postgresql")
        options = f"-c idle_session_timeout={int(idle * 1000)} -c statement_timeout={int(within * 1000)}"
        try:
            self._connection: psycopg.Connection | None = psycopg.connect(
                parsed.render_as_string(hide_password=False),
                autocommit=True, connect_timeout=5, options=options, application_name="wetread lease",
                keepalives_idle=2, keepalives_interval=1, keepalives_count=3, tcp_user_timeout=4000,
            )  # fmt: skip
        except psycopg.Error as failure:
            raise SetupError(
                f"the database server cannot be reached ({type(failure).__name__}).",
                cure="Look whether it is up, is PostgreSQL 14 or newer, and lets this host in.",
            ) from None
        self._must_be_the_servers(f"{int(idle * 1000)}")

    def _must_be_the_servers(self, idle: str) -> None:
        """A pooler may be told to leave out what a session is opened with: then a lease outlives its host, or belongs
        to whoever is given that session next."""
        if self.ask("SELECT setting FROM pg_settings WHERE name = 'idle_session_timeout'") != idle:
            self.close()
            raise SetupError(
                "what stands between this host and the database's server (a connection pooler?) does not hand on what "
                "a session is opened with.",
                cure="Name the server itself, by its own port: the lease of a worker is a session.",
            )

    def ask(self, sql: str) -> str:
        """The first column of the first row, as text. SetupError if there was no answer in time."""
        import psycopg

        with self._one_at_a_time:
            if self._connection is None:
                raise SetupError("this session with the server is over.")
            try:
                return _answer(self._connection.pgconn, sql, time.monotonic() + self._within)
            except (psycopg.Error, OSError) as failure:
                self._close()
                raise SetupError(f"the server did not answer ({type(failure).__name__}).") from None

    def close(self) -> None:
        """End it; the server lets go of its locks at once."""
        with self._one_at_a_time:
            self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _answer(wire: PGconn, sql: str, until: float) -> str:
    wire.send_query(sql.encode())
    results = []
    while (result := _next(wire, until)) is not None:
        results.append(result)
    value = results[0].get_value(0, 0) if results and results[0].ntuples else None
    if value is None:
        raise OSError("no answer")
    return value.decode()


def _next(wire: PGconn, until: float) -> PGresult | None:
    """The next result; TimeoutError (an OSError) if it has not come by then."""
    with selectors.DefaultSelector() as ready:
        ready.register(wire.socket, selectors.EVENT_READ)
        while wire.flush() or wire.is_busy():
            left = until - time.monotonic()
            if left <= 0 or not ready.select(left):
                raise TimeoutError
            wire.consume_input()
    return wire.get_result()
