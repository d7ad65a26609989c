"""One-time links and the sessions they open. Of either only a hash is kept, so that the file opens no door.

A file of its own beside the engine's database: whoever may read it can sign nobody in, and a process that only makes
links needs nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot_library.errors import SetupError
from robot_library.web.rights import Rights

LINK_LASTS = 900.0
"""Seconds in which a link must be used."""
_TOUCH = 60.0
_TABLES = """
CREATE TABLE IF NOT EXISTS links (hash TEXT PRIMARY KEY, role TEXT NOT NULL, who TEXT NOT NULL, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
  hash TEXT PRIMARY KEY, role TEXT NOT NULL, who TEXT NOT NULL, began REAL NOT NULL, seen REAL NOT NULL,
  account INTEGER NOT NULL DEFAULT 0);
"""


@dataclass(frozen=True)
class Session:
    """Somebody who came in. `who` is what they are called in every record of what they do."""

    key: str
    who: str
    role: str
    csrf: str
    """What every form of this session carries."""
    account: bool = False
    """Whether they came in with an account of theirs, and not by a link."""


class Doors:
    """Makes links, lets people in with them, and knows who is in. `secret` signs cookies and form tokens; `file` is
    each application's own."""

    def __init__(
        self, folder: Path, secret: bytes, *, rights: Rights, file: str, clock: Callable[[], float] = time.time
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.rights = rights
        self._path, self._secret, self._clock = folder / file, secret, clock
        self._lock = threading.Lock()
        self._make()

    def _make(self) -> None:
        try:
            if not self._path.exists():
                self._path.touch(mode=0o600)
            with closing(self._connect()) as connection, connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(_TABLES)
                _bring_forward(connection)
        except (OSError, sqlite3.Error) as failure:
            raise SetupError(
                f"{self._path} cannot be opened ({type(failure).__name__}).",
                cure="Look whether the folder may be written to.",
            ) from None

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=30)

    # ---- links ----

    def link(self, role: str, who: str = "", *, lasts: float = LINK_LASTS) -> str:
        """A fresh token that opens the door once. Shown to one person, kept nowhere."""
        token = secrets.token_urlsafe(24)
        self._write("INSERT INTO links VALUES (?, ?, ?, ?)", _hash(token), role, who, self._clock() + lasts)
        return token

    def knows(self, token: str) -> tuple[str, str] | None:
        """Whom a link is for, without using it up; None if it is used, too old, or was never made."""
        rows = self._read("SELECT role, who FROM links WHERE hash = ? AND until > ?", _hash(token), self._clock())
        return (str(rows[0][0]), str(rows[0][1])) if rows else None

    def enter(self, token: str, who: str) -> str | None:
        """Use a link up: the cookie's value, or None. Of two who try at once, one comes in."""
        known = self.knows(token)
        if known is None or not self._write("DELETE FROM links WHERE hash = ?", _hash(token)):
            return None
        role, named = known
        return self.admit(role, named or who)

    def admit(self, role: str, who: str, *, account: bool = False) -> str:
        """A session for somebody who has proven who they are: the cookie's value."""
        key, now, name = secrets.token_urlsafe(24), self._clock(), who.strip()[:80]
        row = (_hash(key), role, name, now, now, account)
        self._write("INSERT INTO sessions (hash, role, who, began, seen, account) VALUES (?, ?, ?, ?, ?, ?)", *row)
        self._tidy(now)
        return f"{key}.{self._sign('cookie', key)}"

    # ---- sessions ----

    def session(self, cookie: str, *, touch: bool = True) -> Session | None:
        """Who this cookie lets in; None if it is forged, ended or too old. Without `touch`, this is no use of it."""
        key, _, signature = cookie.partition(".")
        if not hmac.compare_digest(signature.encode(), self._sign("cookie", key).encode()):
            return None
        rows = self._read("SELECT role, who, began, seen, account FROM sessions WHERE hash = ?", _hash(key))
        if not rows:
            return None
        role, who, began, seen, account = rows[0]
        now, lasts = self._clock(), self.rights.lasting(role)
        if now - began > lasts.whole or now - seen > lasts.idle:
            return None
        if touch and now - seen > _TOUCH:
            self._write("UPDATE sessions SET seen = ? WHERE hash = ?", now, _hash(key))
        return Session(key, who, role, self._sign("form", key), bool(account))

    def leave(self, session: Session) -> None:
        """End a session."""
        self._write("DELETE FROM sessions WHERE hash = ?", _hash(session.key))

    def leave_all(self, who: str) -> int:
        """End every session of a person; returns how many there were."""
        return self._write("DELETE FROM sessions WHERE who = ?", who)

    def inside(self) -> dict[str, int]:
        """Who is in now, and in how many sessions."""
        now, found = self._clock(), dict[str, int]()
        for role, who, began, seen in self._read("SELECT role, who, began, seen FROM sessions"):
            lasts = self.rights.lasting(str(role))
            if now - began <= lasts.whole and now - seen <= lasts.idle:
                found[str(who)] = found.get(str(who), 0) + 1
        return found

    def signed(self, purpose: str, text: str) -> str:
        """A signature for a short text that travels through the browser."""
        return self._sign(purpose, text)

    def _tidy(self, now: float) -> None:
        longest = max(lasts.whole for lasts in self.rights.lasts.values())
        self._write("DELETE FROM sessions WHERE began < ?", now - longest)
        self._write("DELETE FROM links WHERE until < ?", now)

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.new(self._secret, f"{purpose}|{text}".encode(), hashlib.sha256).hexdigest()

    def _write(self, sql: str, *values: object) -> int:
        with self._lock, closing(self._connect()) as connection, connection:
            return connection.execute(sql, values).rowcount

    def _read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as connection:
            return connection.execute(sql, values).fetchall()


def _bring_forward(connection: sqlite3.Connection) -> None:
    """What an older wetread has left lacks a column; its sessions of accounts end like those of links."""
    if "account" not in {row[1] for row in connection.execute("PRAGMA table_info(sessions)")}:
        connection.execute("ALTER TABLE sessions ADD COLUMN account INTEGER NOT NULL DEFAULT 0")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
