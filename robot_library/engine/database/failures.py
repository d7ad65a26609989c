"""What a failure of the database means for what was asked of it: whether it is worth asking again, and of whom."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa
from sqlalchemy import event

_NO_SERVER = (None, "57P01", "57P02", "57P03", "57P05", "25P03", "53300")
"""Of psycopg: no answer at all; shut down, crashed, not yet up; ended as idle; no room for one connection more."""
_READ_ONLY = "25006"
_SERVER_FULL = "53100"
_DISK = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN)
FULL, CANNOT = "is full", "cannot be written to"
_IN_THE_WAY = ("40001", "40P01", "55P03")
"""Could not be put in an order; a deadlock, of which one has to give way; a lock that could not be had in time."""


def leave_what_is_read_only(engine: sa.Engine) -> None:
    """A server that takes nothing more (a copy that another took over from, or will) is one that is gone: whoever is
    connected to it, DBOS too, connects anew, and so finds the one that does."""

    @event.listens_for(engine, "handle_error")
    def _heard(context: sa.engine.ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", "") == _READ_ONLY:
            context.is_disconnect = True


def ails(failure: sa.exc.DBAPIError) -> str:
    """Whether the disk took nothing: there was no room, or a quota is used up; or it can only be read any more, as
    after an error, or not even that."""
    if getattr(failure.orig, "sqlstate", "") == _SERVER_FULL:
        return FULL
    code = getattr(failure.orig, "sqlite_errorcode", None)
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE):
        return FULL
    return CANNOT if code is not None and code & 0xFF in _DISK else ""


def gone(failure: sa.exc.DBAPIError) -> bool:
    """Whether the connection broke, or none could be made; not that the statement failed."""
    cannot = isinstance(failure, sa.exc.OperationalError | sa.exc.InterfaceError)
    return failure.connection_invalidated or (cannot and getattr(failure.orig, "sqlstate", "") in _NO_SERVER)


def in_the_way(failure: sa.exc.DBAPIError) -> bool:
    """Whether another transaction stood in its way: nothing of it stands, and the next time it goes through."""
    return getattr(failure.orig, "sqlstate", "") in _IN_THE_WAY
