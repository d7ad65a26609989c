"""The people of a site: who they are, what they may do, and what they prove it with.

A file of its own in the home, readable by its owner only. Passwords are kept as argon2 hashes, secrets of
authenticators encrypted, invitations as hashes. Nobody has a password that somebody else chose.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot_library.errors import SetupError
from robot_library.interfaces import Sealer
from robot_library.people.passwords import code_step, fits, hashed
from robot_library.people.refused import Refused
from robot_library.people.rights import ROLES

FILE = "people.sqlite"
INVITED_FOR = 48 * 3600.0
"""Seconds in which somebody who was added must choose a password."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_FREE, _WINDOW = 5, 900.0
"""So many refused tries in so many seconds are forgiven; after each further one the name rests."""
_RESTS = (60.0, 300.0, 900.0)
_TABLES = """
CREATE TABLE IF NOT EXISTS people (
  name TEXT PRIMARY KEY, roles TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0, password TEXT, seed TEXT,
  step INTEGER NOT NULL DEFAULT 0, added REAL NOT NULL, seen REAL, subject TEXT);
CREATE TABLE IF NOT EXISTS invitations (hash TEXT PRIMARY KEY, name TEXT NOT NULL, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS refused (name TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS favourites (name TEXT NOT NULL, bot TEXT NOT NULL, PRIMARY KEY (name, bot));
CREATE INDEX IF NOT EXISTS refused_of ON refused (name, at);
"""


@dataclass(frozen=True)
class Person:
    """Somebody who may come in. Times in seconds since 1970; `ready` once they have chosen a password, or come in by
    the hospital's own sign-in (`elsewhere`), which says their roles each time."""

    name: str
    roles: tuple[str, ...]
    disabled: bool
    ready: bool
    second_factor: bool
    added: float
    seen: float | None
    elsewhere: bool = False


class Rests(Exception):
    """Too many tries were refused: this name lets nobody in for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__("this name rests")
        self.seconds = seconds


class Book:
    """The people of one home."""

    def __init__(self, home: Path, sealer: Sealer, *, clock: Callable[[], float] = time.time) -> None:
        self._path, self._sealer, self._clock = home / FILE, sealer, clock
        self._lock = threading.Lock()
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
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

    # ---- who there is ----

    def all(self) -> list[Person]:
        """Everybody, by name."""
        return [_person(row) for row in self._read(f"SELECT {_COLUMNS} FROM people ORDER BY name")]  # noqa: S608 - columns and clauses of this file; values are bound

    def find(self, name: str) -> Person | None:
        """Somebody by name, however it is written."""
        rows = self._read(f"SELECT {_COLUMNS} FROM people WHERE name = ?", known_as(name))  # noqa: S608 - columns and clauses of this file; values are bound
        return _person(rows[0]) if rows else None

    def get(self, name: str) -> Person:
        """As `find`; SetupError if there is nobody of this name."""
        found = self.find(name)
        if found is None:
            raise SetupError("there is nobody of this name.", cure="See: wetread people list.")
        return found

    def add(self, name: str, roles: Sequence[str]) -> str:
        """Add somebody; returns the token of their invitation, kept nowhere. SetupError for a name that is taken or is
        none, or a role there is not."""
        known, given = self.can_add(name, roles)
        row = (known, given, self._clock())
        if not self._write("INSERT OR IGNORE INTO people (name, roles, added) VALUES (?, ?, ?)", *row):
            raise SetupError("somebody has this name already.", cure="See: wetread people list.")
        return self._invite(known)

    def can_add(self, name: str, roles: Sequence[str]) -> tuple[str, str]:
        """The name and the roles as they are kept; SetupError as for `add`."""
        known, given = known_as(name), _roles(roles)
        if not _NAME.fullmatch(known):
            raise SetupError("a name is 2 to 64 letters a-z, digits, or . _ @ - between them.")
        if self.find(known) is not None:
            raise SetupError("somebody has this name already.", cure="See: wetread people list.")
        return known, given

    def can_change(self, name: str, roles: Sequence[str] | None) -> None:
        """SetupError for roles there are not, for somebody whose roles are not said here, or for the last admin who
        would be none. None: they are to be disabled."""
        self.get(name)
        if roles is not None:
            self.own(name)
            _roles(roles)
        if _ADMIN not in (roles or ()) and self.is_last_admin(name):
            raise SetupError(_LAST)

    def is_last_admin(self, name: str) -> bool:
        """Whether nobody else could manage people if this person no longer did."""
        able = [one.name for one in self.all() if one.ready and not one.disabled and _ADMIN in one.roles]
        return able == [known_as(name)]

    def give(self, name: str, roles: Sequence[str]) -> Person:
        """These are their roles from now on."""
        known = self.own(name).name
        given = _roles(roles)
        keeps = _ADMIN in given.split()
        if not self._write(
            f"UPDATE people SET roles = ? WHERE name = ? AND (? OR {_OTHERS})",  # noqa: S608 - columns and clauses of this file; values are bound
            given,
            known,
            keeps,
            known,
        ):
            raise SetupError(_LAST)
        return self.get(known)

    def disable(self, name: str) -> Person:
        """Let them in no more. What they did stays beside their name."""
        known = self.get(name).name
        if not self._write(f"UPDATE people SET disabled = 1 WHERE name = ? AND {_OTHERS}", known, known):  # noqa: S608 - columns and clauses of this file; values are bound
            raise SetupError(_LAST)
        self._write("DELETE FROM invitations WHERE name = ?", known)
        return self.get(known)

    def reset(self, name: str) -> str:
        """Forget password, second factor and refused tries; returns the token of a new invitation. Who was disabled
        may come in again."""
        known = self.own(name).name
        self._write("UPDATE people SET disabled = 0, password = NULL, seed = NULL WHERE name = ?", known)
        self._write("DELETE FROM refused WHERE name = ?", self._mac(known))
        return self._invite(known)

    def let_in_again(self, name: str) -> Person:
        """Somebody who was disabled may come in again, as they did."""
        known = self.get(name).name
        self._write("UPDATE people SET disabled = 0 WHERE name = ?", known)
        return self.get(known)

    def own(self, name: str) -> Person:
        """As `get`; SetupError for somebody whose roles and password are not kept here."""
        person = self.get(name)
        if person.elsewhere:
            raise SetupError(
                "they come in by the hospital's own sign-in, which keeps their password and says their roles.",
                cure="Change it there; or disable them here.",
            )
        return person

    # ---- from elsewhere ----

    def from_elsewhere(self, subject: str, name: str, roles: Sequence[str]) -> Person:
        """Somebody whom the hospital's own sign-in has let in; added when they come for the first time. The name of
        then stays theirs. Refused: in no group that gives a role, disabled here, or of a name that is none, or is
        somebody else's."""
        mark, known = self._sealer.mac(f"subject|{subject}"), known_as(name)
        rows = self._read(f"SELECT {_COLUMNS} FROM people WHERE subject = ?", mark)  # noqa: S608 - columns and clauses of this file; values are bound
        there = _person(rows[0]) if rows else None
        if not roles:
            raise Refused("no_role", there.name if there else "")
        if there is None:
            if not _NAME.fullmatch(known):
                raise Refused("name")
            row = (known, _roles(roles), self._clock(), mark)
            if not self._write("INSERT OR IGNORE INTO people (name, roles, added, subject) VALUES (?, ?, ?, ?)", *row):
                raise Refused("taken")
            there = self.get(known)
        if there.disabled:
            raise Refused("disabled", there.name)
        change = "UPDATE people SET roles = ?, seen = ? WHERE name = ?"
        self._write(change, _roles(roles), self._clock(), there.name)
        return self.get(there.name)

    # ---- invitations ----

    def _invite(self, name: str) -> str:
        token = secrets.token_urlsafe(24)
        self._write("DELETE FROM invitations WHERE name = ? OR until < ?", name, self._clock())
        self._write("INSERT INTO invitations VALUES (?, ?, ?)", _hash(token), name, self._clock() + INVITED_FOR)
        return token

    def invited(self, token: str) -> Person | None:
        """Whom an invitation is for; None if it was used or is too old."""
        rows = self._read("SELECT name FROM invitations WHERE hash = ? AND until > ?", _hash(token), self._clock())
        return self.find(rows[0][0]) if rows else None

    def choose(self, token: str, password: str) -> Person | None:
        """Use an invitation up by choosing a password, which has been found good."""
        person, kept = self.invited(token), hashed(password)
        if person is None or not self._write("DELETE FROM invitations WHERE hash = ?", _hash(token)):
            return None
        self._write("UPDATE people SET password = ?, seen = ? WHERE name = ?", kept, self._clock(), person.name)
        return person

    # ---- coming in ----

    def proves(self, name: str, password: str) -> Person | None:
        """The person, if it is their password; None for any other reason, after the same time. Rests if too many tries
        were refused lately. A second factor is asked for separately."""
        known = known_as(name)
        self._tries(known)
        rows = self._read("SELECT password, disabled FROM people WHERE name = ?", known)
        kept = rows[0][0] if rows and not rows[0][1] else None
        return self.get(known) if fits(kept, password) else None

    def proves_code(self, name: str, code: str) -> bool:
        """Whether this is a code of their authenticator that was not used yet. Rests as for `proves`."""
        known = known_as(name)
        self._tries(known)
        rows = self._read("SELECT seed, step FROM people WHERE name = ? AND disabled = 0", known)
        seed = self._sealer.open(rows[0][0], f"seed|{known}") if rows and rows[0][0] else None
        step = code_step(seed, code, after=rows[0][1], now=self._clock()) if seed else None
        if step is None:
            return False
        return self._write("UPDATE people SET step = ? WHERE name = ? AND step < ?", step, known, step) == 1

    def came_in(self, name: str) -> None:
        """They have proven everything that was asked: earlier refusals are forgotten."""
        self._write("UPDATE people SET seen = ? WHERE name = ?", self._clock(), known_as(name))
        self._write("DELETE FROM refused WHERE name = ?", self._mac(known_as(name)))

    def protect(self, name: str, seed: str | None) -> None:
        """From now on a code of this authenticator is asked for as well; None: no longer."""
        known = self.get(name).name
        sealed = self._sealer.seal(seed, f"seed|{known}") if seed else None
        self._write("UPDATE people SET seed = ? WHERE name = ?", sealed, known)

    def change(self, name: str, password: str) -> None:
        """Another password, which has been found good."""
        self._write("UPDATE people SET password = ? WHERE name = ?", hashed(password), self.get(name).name)

    def holds(self, name: str, roles: str) -> bool:
        """Whether somebody who came in with these roles, written with blanks between them, may stay."""
        person = self.find(name)
        return person is not None and person.ready and not person.disabled and " ".join(person.roles) == roles

    # ---- what they like ----

    def favourites(self, name: str) -> list[str]:
        """The bots somebody keeps at the front; also of somebody who came by their own machine's link."""
        return [str(row[0]) for row in self._read("SELECT bot FROM favourites WHERE name = ? ORDER BY bot", name)]

    def favour(self, name: str, bot: str, on: bool) -> None:
        """Keep a bot at the front, or no longer."""
        if on:
            self._write("INSERT OR IGNORE INTO favourites VALUES (?, ?)", name, bot)
        else:
            self._write("DELETE FROM favourites WHERE name = ? AND bot = ?", name, bot)

    def _tries(self, name: str) -> None:
        """A try counts from its beginning, until `came_in`: many at once are no way around."""
        now, mac = self._clock(), self._mac(name)
        query = "SELECT COUNT(*), MAX(at) FROM refused WHERE name = ? AND at > ?"
        with self._lock, closing(self._connect()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            count, last = connection.execute(query, (mac, now - _WINDOW)).fetchone()
            rest = _RESTS[min(count - _FREE, len(_RESTS) - 1)] if count >= _FREE else 0.0
            if count and (left := last + rest - now) > 0:
                raise Rests(left)
            connection.execute("DELETE FROM refused WHERE at < ?", (now - _WINDOW,))
            connection.execute("INSERT INTO refused VALUES (?, ?)", (mac, now))

    def _mac(self, name: str) -> str:
        """Refused names are kept as keyed hashes: people type their passwords there."""
        return self._sealer.mac(f"person|{name}")[:32]

    # ---- the file ----

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=30)

    def _write(self, sql: str, *values: object) -> int:
        with self._lock, closing(self._connect()) as connection, connection:
            return connection.execute(sql, values).rowcount

    def _read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as connection:
            return connection.execute(sql, values).fetchall()


_ADMIN = "admin"
_LAST = "this is the last person who may manage people: make somebody else an admin first."
_ABLE = "disabled = 0 AND (password IS NOT NULL OR subject IS NOT NULL) AND ' ' || roles || ' ' LIKE '% admin %'"
_OTHERS = f"(EXISTS (SELECT 1 FROM people AS other WHERE name <> ? AND {_ABLE}) OR NOT ({_ABLE}))"  # noqa: S608 - columns and clauses of this file; values are bound
"""Somebody else may manage people, or this one may not: in one statement, so that two who take it from each other do
not both succeed."""
_COLUMNS = (
    "name, roles, disabled, (password IS NOT NULL OR subject IS NOT NULL), seed IS NOT NULL, added, seen, "
    "subject IS NOT NULL"
)


def known_as(name: str) -> str:
    """The one way a name is kept."""
    return name.strip().casefold()[:64]


def _roles(roles: Sequence[str]) -> str:
    if not roles or any(role not in ROLES for role in roles):
        raise SetupError("that is no role.", cure=f"Roles are {', '.join(ROLES)}; at least one.")
    return " ".join(role for role in ROLES if role in roles)


def _person(row: tuple[Any, ...]) -> Person:
    name, roles, disabled, ready, second, added, seen, elsewhere = row
    return Person(name, tuple(roles.split()), bool(disabled), bool(ready), bool(second), added, seen, bool(elsewhere))


def _bring_forward(connection: sqlite3.Connection) -> None:
    """What an older wetread has left lacks a column."""
    if "subject" not in {row[1] for row in connection.execute("PRAGMA table_info(people)")}:
        connection.execute("ALTER TABLE people ADD COLUMN subject TEXT")
    connection.execute("CREATE UNIQUE INDEX IF NOT EXISTS person_of ON people (subject)")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
