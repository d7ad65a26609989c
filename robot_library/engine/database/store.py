"""The database: SQLite in one file, or PostgreSQL. Every commit is on disk before it is believed."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite

from robot_library.engine.database import tables
from robot_library.engine.database.failures import ails, gone, in_the_way, leave_what_is_read_only
from robot_library.engine.database.migrate import prepare
from robot_library.engine.database.trail import NoTrail, Trail
from robot_library.errors import RunCancelled, SetupError

log = logging.getLogger("wetread.engine")

T = TypeVar("T")
DATABASE = "WETREAD_DB"
"""The environment's name of the database URL: there it stands in no process list."""
_DBOS_TABLES, _DBOS_SCHEMA = "__dbos_placeholder_schema__", "dbos"
_ENVIRONMENT = "environment"
_BUSY_MS = 30_000
_SERVER: dict[str, Any] = {
    "connect_timeout": 10,
    # A host cut from the server must not wait for it for the quarter of an hour that TCP would.
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000,
}  # fmt: skip
_LOCKS_END = "-c idle_in_transaction_session_timeout=5s"
"""A process frozen inside a transaction must not keep what it has locked from the process that takes over."""
_DURABLE, _RELAXED = " -c synchronous_commit=on", " -c synchronous_commit=off"
"""Said in either case: a server, a role or a database may have a setting of its own."""
_TRIES = 5
"""So often is asked what another transaction stood in the way of."""


def database_url(given: str | None) -> str | None:
    """The URL of the server: what is given, else the environment's; None where neither names one."""
    return given or os.environ.get(DATABASE) or None


def server_url(url: str) -> sa.URL:
    """A URL as SQLAlchemy takes it, with the one driver that is here. SetupError, without the URL's text, if it is
    none of SQLite's or PostgreSQL's."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        parsed = sa.URL.create("none")
    match parsed.drivername.partition("+")[0]:
        case "sqlite":
            return parsed
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
    raise SetupError(
        "the database URL is none that wetread understands.",
        cure=f"Write postgresql://user@host:port/name (--db, or {DATABASE} in the environment).",
    )


def _prepare_sqlite(engine: sa.Engine, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        _write_ahead(connection)
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")


def _write_ahead(connection: Any) -> None:
    """Two processes that open a new database at once: SQLite lets one change the mode, and the other does not wait for
    it by itself, whatever `busy_timeout` says."""
    end = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def make_engine(url: str, *, durable: bool = True) -> sa.Engine:
    """An engine whose commits survive a power cut; with durable=False, only the end of the process.

    WAL with synchronous=FULL: NORMAL can lose the last commit on a power cut, and a lost checkpoint after a
    save would be a retyped report.
    """
    parsed = server_url(url)
    more: dict[str, Any] = {"pool_size": 10, "max_overflow": 20, "pool_timeout": 120}
    if parsed.drivername != "sqlite":
        own = parsed.query.get("options", "")
        more["connect_args"] = _SERVER | {"options": f"{own} {_LOCKS_END}{_DURABLE if durable else _RELAXED}".strip()}
        # What counts and then takes looks again once it is alone. Where a server's own default shows a transaction only
        # what there was when it began, two workers would take one seat.
        more["isolation_level"] = "READ COMMITTED"
    engine = sa.create_engine(parsed, hide_parameters=True, **more)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, "FULL" if durable else "NORMAL")
    else:
        leave_what_is_read_only(engine)
    # Where DBOS's own tables are, for statements of ours about them.
    schema = None if engine.dialect.name == "sqlite" else _DBOS_SCHEMA
    return engine.execution_options(schema_translate_map={_DBOS_TABLES: schema})


@dataclass(frozen=True)
class Server:
    """What a database server says of itself. `clock` in seconds since 1970; `milliseconds` to ask it once."""

    version: str
    clock: float
    milliseconds: float


def ask_server(url: str) -> Server:
    """Ask a PostgreSQL server who it is. SetupError if it does not answer."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            version = str(connection.execute(sa.text("SHOW server_version")).scalar_one())
            began = time.perf_counter()
            clock = connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
            took = time.perf_counter() - began
    except sa.exc.SQLAlchemyError as failure:
        raise SetupError(
            f"the database server does not answer ({type(failure).__name__}).",
            cure="Look whether it is up, whether the URL is right, and whether this host may connect.",
        ) from None
    finally:
        engine.dispose()
    return Server(version, float(clock), took * 1000)


def insert_once(engine: sa.Engine, table: sa.Table, values: dict[str, Any]) -> sa.Executable:
    """INSERT that leaves an existing row as it is. Its `rowcount` says whether the row is new: 1 or 0."""
    return _once(engine.dialect.name, table).values(**values)


def made_or_locked(engine: sa.Engine, table: sa.Table, values: dict[str, Any]) -> sa.Executable:
    """INSERT, or hold the row that is there as it is, until the transaction ends. An insert that merely leaves it alone
    does not keep another session from deleting it before it is read."""
    insert = sqlite.insert(table) if engine.dialect.name == "sqlite" else postgresql.insert(table)
    keys = [column.name for column in table.primary_key]
    return insert.values(**values).on_conflict_do_update(
        index_elements=keys, set_={name: insert.excluded[name] for name in keys}
    )


def once(engine: sa.Engine, table: sa.Table) -> sa.Executable:
    """The same for rows given when it is executed: made once, which is most of what a small statement costs."""
    return _once(engine.dialect.name, table)


@cache
def _once(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    # Without this option psycopg's count is lost with its cursor, and reads as -1: neither new nor there.
    return insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


def alone(connection: sa.Connection) -> None:
    """From here on nobody else writes to this home's file: SQLite would begin with the first change, not before."""
    connection.execute(sa.update(tables.meta).where(sa.false()).values(value=None))


def bind(connection: sa.Connection, environment: str | None) -> None:
    """A shared database is of one environment, from the first that uses it. SetupError for another: what was taken from
    the test system's list is never typed into the one that counts, nor the other way round."""
    if environment is None:
        return
    if environment:
        connection.execute(insert_once(connection.engine, tables.meta, {"name": _ENVIRONMENT, "value": environment}))
    query = sa.select(tables.meta.c.value).where(tables.meta.c.name == _ENVIRONMENT)
    there = connection.execute(query).scalar_one_or_none()
    if there is not None and there != environment:
        raise SetupError(
            f"this fleet's database is of environment '{there}', and this is '{environment or 'none'}'.",
            cure="Choose that with --env, or give this one a database of its own with --db.",
        )


class Store:
    """Runs database work off the event loop. `durable` is for what must never be lost, `swift` for the timeline."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.trail: Trail = NoTrail()
        """Where what is done through this store, by bots and by people, is told."""
        self.durable = make_engine(url)
        self._swift = make_engine(url, durable=False)
        self.lost: Callable[[], None] | None = None
        """Called where the server is gone in the middle of something; what was asked for then ends as RunCancelled, so
        that nobody takes a lost connection for an item's failure. Without it the database's own error is raised."""
        self.full: Callable[[str], None] | None = None
        """The same where the database's disk takes nothing any more, and what ails it (a predicate)."""
        self.environment: str | None = None
        """Of site.yaml, that a shared database must be of; "" where a site tells none apart, None for whoever was told
        of none and only looks."""

    def open(self, fingerprint: str) -> None:
        """Create the tables, and make sure that this database belongs to this site key."""
        try:
            prepare(self.durable)
            with self.durable.begin() as connection:
                row = {"name": "site_key", "value": fingerprint}
                connection.execute(insert_once(self.durable, tables.meta, row))
                kept = connection.execute(
                    sa.select(tables.meta.c.value).where(tables.meta.c.name == "site_key")
                ).scalar_one()
                if self.durable.dialect.name != "sqlite" and kept == fingerprint:  # a home says it by a file of its own
                    bind(connection, self.environment)
        except sa.exc.SQLAlchemyError as failure:
            raise SetupError(
                f"the engine's database cannot be opened ({type(failure).__name__}).",
                cure="Look whether the folder may be written to; of a server, whether it is up, takes what is written, "
                "and whether its user owns the database.",
            ) from None
        if kept != fingerprint:
            raise SetupError(
                "this database belongs to another site key.",
                cure="Give the key it was made with, or start a new site in an empty folder.",
            )

    async def belongs_to(self) -> str | None:
        """The environment that a shared database is of; None where nobody has said so."""
        query = sa.select(tables.meta.c.value).where(tables.meta.c.name == _ENVIRONMENT)
        return await self.read(lambda connection: connection.execute(query).scalar_one_or_none())

    def close(self) -> None:
        """Give the connections back."""
        self.durable.dispose()
        self._swift.dispose()

    async def write(self, work: Callable[[sa.Connection], T], *, swift: bool = False) -> T:
        """Run work in one transaction in a thread; it is on disk when this returns (swift: with the system)."""
        engine = self._swift if swift else self.durable
        may_stand: list[bool] = []
        """Once the work is done a connection that breaks leaves it open whether it was committed."""

        def run() -> T:
            with engine.begin() as connection:
                done = work(connection)
                may_stand.append(True)
                return done

        return await self._kept(run, lambda: not may_stand)

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Run a query in a thread."""

        def run() -> T:
            with self.durable.connect() as connection:
                return work(connection)

        return await self._kept(run, lambda: True)

    async def _kept(self, run: Callable[[], T], again: Callable[[], bool]) -> T:
        """A connection that the server has ended, or a firewall has forgotten, is replaced once; what another
        transaction stood in the way of, which then never stands itself, is done again."""
        tries, replaced = 0, False
        while True:
            tries += 1
            try:
                return await asyncio.to_thread(run)
            except sa.exc.DBAPIError as failure:
                if what := ails(failure):
                    return self._no_room(failure, what)
                if in_the_way(failure) and tries < _TRIES:
                    continue
                if not gone(failure):
                    raise
                if replaced or not again():
                    return self._give_up(failure)
                replaced = True

    def _no_room(self, failure: sa.exc.DBAPIError, what: str) -> NoReturn:
        if self.full is None:
            raise failure
        self.full(what)
        raise RunCancelled(f"the database's disk {what}.") from None

    def _give_up(self, failure: sa.exc.DBAPIError) -> NoReturn:
        if self.lost is None:
            raise failure
        self.lost()
        raise RunCancelled("the database's server is gone.") from None


async def without_database(stopping: Awaitable[None]) -> None:
    """Something stops, though what it would have written down cannot be: whoever comes next finds it out."""
    try:
        await stopping
    except (sa.exc.SQLAlchemyError, RunCancelled) as failure:
        log.warning("the end of this worker could not be written down (%s)", type(failure).__name__)
