"""The shape of the database: made when there is none, brought forward when an older wetread has left one.

Forward only, in one transaction: whoever opens the database second waits and finds it done. What a version adds is
seen from `tables.py`; a step is written here only where rows have to be changed, too.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Callable, Mapping

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn

from robot_library import __version__
from robot_library.engine.database import tables
from robot_library.errors import SetupError

log = logging.getLogger("wetread.engine")
SCHEMA = 2
"""Raised when rows have to change, or an older wetread could no longer work with the database. 1 is what there was
before versions were written down."""
_SCHEMA, _SHAPE, _RELEASE = "schema", "shape", "release"
_KEPT = (_SCHEMA, _SHAPE, _RELEASE)
_LOCK = 7_203_118_442
"""Of the server's advisory lock that one process at a time migrates under."""


def prepare(engine: sa.Engine) -> None:
    """Tables, columns and indexes as this version needs them. SetupError if a newer wetread has been here."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # Before DDL the driver begins no transaction by itself; two processes would both find nothing there.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        found, shape, release = _there(connection)
        if found == SCHEMA and shape == _shape() and release == __version__:
            return
        if found > SCHEMA or _numbers(release) > _numbers(__version__):
            raise SetupError(
                f"this database was last used by a newer wetread ({release or 'unknown'}, schema {found}; this is "
                f"{__version__} and knows {SCHEMA}).",
                cure="Install that version again, or restore a backup from before it.",
            )
        tables.metadata.create_all(connection)
        if found:
            _add_what_is_new(connection)
            for version in range(found + 1, SCHEMA + 1):
                STEPS.get(version, _nothing)(connection)
            log.info("the database was brought from schema %d to %d", found, SCHEMA)
        _write_down(connection)


def _there(connection: sa.Connection) -> tuple[int, str, str]:
    """Version and shape of what is there, and the release that last used it; 0 for nothing."""
    if tables.items.name not in sa.inspect(connection).get_table_names():
        return 0, "", ""
    query = sa.select(tables.meta.c.name, tables.meta.c.value).where(tables.meta.c.name.in_(_KEPT))
    kept = {str(row[0]): str(row[1]) for row in connection.execute(query)}
    return int(kept.get(_SCHEMA, 1)), kept.get(_SHAPE, ""), kept.get(_RELEASE, "")


def _numbers(release: str) -> tuple[int, ...]:
    """What tells which of two releases is the later one."""
    return tuple(int(number) for number in re.findall(r"\d+", release)[:3])


def _shape() -> str:
    """A digest of all names, so that a column which is only added needs no version of its own."""
    told = [
        f"{table.name}:{','.join(table.columns.keys())}:{','.join(sorted(str(index.name) for index in table.indexes))}"
        for table in tables.metadata.sorted_tables
    ]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _write_down(connection: sa.Connection) -> None:
    rows = [{"name": _SCHEMA, "value": str(SCHEMA)}, {"name": _SHAPE, "value": _shape()},
            {"name": _RELEASE, "value": __version__}]  # fmt: skip
    connection.execute(sa.delete(tables.meta).where(tables.meta.c.name.in_(_KEPT)))
    connection.execute(sa.insert(tables.meta), rows)


def _add_what_is_new(connection: sa.Connection) -> None:
    """Columns and indexes that older tables lack."""
    inspector = sa.inspect(connection)
    for table in tables.metadata.sorted_tables:
        there = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                _add_column(connection, table, column)
        indexed = {index["name"] for index in inspector.get_indexes(table.name)}
        for index in table.indexes:
            if index.name not in indexed:
                index.create(connection)


def _add_column(connection: sa.Connection, table: sa.Table, column: sa.Column[object]) -> None:
    """A column that may not be empty is filled with its default in the rows there are."""
    told = str(CreateColumn(column).compile(dialect=connection.dialect))
    if not column.nullable:
        default = getattr(column.default, "arg", None)
        if not isinstance(default, str | int | float):
            raise TypeError(f"column {table.name}.{column.name} is new and may not be empty: it needs a default")
        told += f" DEFAULT {_literal(connection, default)}"
    quoted = connection.dialect.identifier_preparer.format_table(table)
    connection.exec_driver_sql(f"ALTER TABLE {quoted} ADD COLUMN {told}")


def _literal(connection: sa.Connection, value: str | float) -> str:
    return str(sa.literal(value).compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))


def _nothing(connection: sa.Connection) -> None:
    """Most versions only add."""


def _from_the_first(connection: sa.Connection) -> None:
    """Items that ended before ends were written down ended when they last changed; the queue is taken over."""
    items = tables.items.c
    closed = items.outcome.is_not(None) & items.ended.is_(None)
    connection.execute(sa.update(tables.items).where(closed).values(ended=items.updated))
    schema = None if connection.dialect.name == "sqlite" else "dbos"
    if sa.inspect(connection).has_table("workflow_status", schema=schema):
        _take_over_queue(connection, schema)


def _take_over_queue(connection: sa.Connection, schema: str | None) -> None:
    """Cases no longer wait for messages: what DBOS has recorded of their calls would not fit, and they begin anew;
    their goes do not. The worker of then is known as one that is gone, so that any other takes its work over."""
    names = ("workflow_uuid", "name", "status", "executor_id")
    flows = sa.table("workflow_status", *map(sa.column, names), schema=schema)
    calls = sa.table("operation_outputs", sa.column("workflow_uuid"), schema=schema)
    begun = flows.c.status == "PENDING"
    cases = sa.select(flows.c.workflow_uuid).where(flows.c.name == "wetread.case", begun)
    connection.execute(sa.delete(calls).where(calls.c.workflow_uuid.in_(cases)))
    gone = set(connection.execute(sa.select(flows.c.executor_id).where(begun)).scalars())
    known = set(connection.execute(sa.select(tables.workers.c.executor)).scalars())
    now = time.time()
    for executor in sorted(gone - known - {None}):
        row = {"executor": executor, "host": "", "pid": 0, "started": now, "seen": now, "ended": now}
        connection.execute(sa.insert(tables.workers).values(**row))


STEPS: Mapping[int, Callable[[sa.Connection], None]] = {2: _from_the_first}
"""Version → what changes in rows when it is reached."""
