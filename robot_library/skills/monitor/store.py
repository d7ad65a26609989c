"""The table of answers and corrections: SQLite, append-only; the database itself refuses to change or delete a row.

In clear: keyed hashes, the skill and its version, score, decision, code, and the month, by which old rows go. What
could tell whose film it was is sealed under the site's key: day, device, station, view, sex, age, grey values,
features, where the bytes are.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from robot_library.errors import SetupError
from robot_library.interfaces import Sealer
from robot_library.skills.monitor.records import Correction, Observation, Role

FILE = "monitor.sqlite"
_SEALED = {
    "observations": ("day", "fields", "pixels", "blob", "unlike", "features"),
    "corrections": ("day", "reason", "edited"),
}
_MODELS: dict[str, type[Observation] | type[Correction]] = {"observations": Observation, "corrections": Correction}
_CLEAR = {
    table: tuple(name for name in model.model_fields if name not in _SEALED[table]) for table, model in _MODELS.items()
}
_ONCE = {
    "observations": "image, skill, version, model_sha256, role",
    "corrections": "image, skill, version, model_sha256, verdict, decision, role",
}
_REMAIN = """CREATE TRIGGER IF NOT EXISTS {table}_remain BEFORE DELETE ON {table}
  BEGIN SELECT RAISE(ABORT, 'append-only'); END;"""
_TABLE = """CREATE TABLE IF NOT EXISTS {table} (
  id INTEGER PRIMARY KEY AUTOINCREMENT, {columns}, month, sealed, UNIQUE ({once}));
CREATE TRIGGER IF NOT EXISTS {table}_stay BEFORE UPDATE ON {table}
  BEGIN SELECT RAISE(ABORT, 'append-only'); END;"""
_SCHEMA = "".join(
    _TABLE.format(table=table, columns=", ".join(_CLEAR[table]), once=_ONCE[table]) + _REMAIN.format(table=table)
    for table in _MODELS
)


class Store:
    """One file. Thread-safe; several processes may write. The same answer to the same image is kept once."""

    def __init__(self, file: Path, sealer: Sealer) -> None:
        """Raises SetupError if the file cannot be opened. A file of an earlier version is sealed first."""
        self._sealer, self._lock = sealer, threading.Lock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(file, timeout=30, check_same_thread=False, isolation_level=None)
            # A power cut may cost the last answers, never the table; and an answer does not wait for the disk.
            self._base.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;"
            )
            if self._in_clear():
                self._seal_earlier()
            self._base.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise SetupError(
                f"the skills' monitor {file} cannot be opened ({type(error).__name__})",
                cure="Look at the folder's rights and the disk; the file is no database if it was edited.",
            ) from None
        self.close = weakref.finalize(self, self._base.close)
        """Close the file; it is closed with the last reference to this object at the latest."""

    def observe(self, one: Observation) -> None:
        """Keep an answer, unless the very same was kept already."""
        self._add("observations", one.model_dump(mode="json"))

    def correct(self, one: Correction) -> None:
        """Keep a person's word."""
        self._add("corrections", one.model_dump(mode="json"))

    def _add(self, table: str, row: dict[str, Any], number: int | None = None) -> None:
        hidden = {name: row[name] for name in _SEALED[table] if name in row}
        cells = {name: row[name] for name in _CLEAR[table]} | {
            "month": row["day"][:7],
            "sealed": self._sealer.seal(hidden, _context(table, row)),
            **({} if number is None else {"id": number}),
        }
        columns, marks = ", ".join(cells), ", ".join("?" * len(cells))
        with self._lock:
            self._base.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", list(cells.values()))  # noqa: S608 - tables and columns of this room; values are bound

    def observations(
        self,
        skill: str,
        role: Role = "champion",
        *,
        model_sha256: str | None = None,
        after: int = 0,
        newest: int | None = None,
    ) -> list[Observation]:
        """Answers of a skill, oldest first. after: leave out rows of the table up to this number. newest: so many."""
        query = "skill = ? AND role = ? AND id > ?" + (" AND model_sha256 = ?" if model_sha256 else "")
        values: list[str | int] = [skill, role, after, *([model_sha256] if model_sha256 else [])]
        return [Observation.model_validate(row) for row in self._rows("observations", query, values, newest)]

    def corrections(self, skill: str) -> list[Correction]:
        """What persons said to a skill's findings, oldest first."""
        return [Correction.model_validate(row) for row in self._rows("corrections", "skill = ?", [skill])]

    def forget(self, before: str, *, really: bool = True) -> int:
        """Delete answers and corrections from before a day (YYYY-MM-DD), by retention; how many. The only way a row
        leaves: the tables refuse every other."""
        count = 0
        with self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                for table in _MODELS:
                    old = self._from_before(table, before)
                    count += len(old)
                    if really and old:
                        self._base.execute(f"DROP TRIGGER {table}_remain")
                        self._base.executemany(f"DELETE FROM {table} WHERE id = ?", [(number,) for number in old])  # noqa: S608 - tables and columns of this room; values are bound
                        self._base.execute(_REMAIN.format(table=table))
                self._base.execute("COMMIT")
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
        return count

    def _from_before(self, table: str, before: str) -> list[int]:
        """Numbers of the rows from before a day; only those of its own month are opened."""
        month = before[:7]
        found = self._base.execute(f"SELECT id FROM {table} WHERE month < ?", (month,)).fetchall()  # noqa: S608 - tables and columns of this room; values are bound
        names = ("id", *_CLEAR[table], "sealed")
        for cells in self._base.execute(f"SELECT {', '.join(names)} FROM {table} WHERE month = ?", (month,)).fetchall():  # noqa: S608 - tables and columns of this room; values are bound
            row = dict(zip(names, cells, strict=True))
            if self._sealer.open(row["sealed"], _context(table, row))["day"] < before:
                found.append((row["id"],))
        return [int(number) for (number,) in found]

    def last(self) -> int:
        """Number of the newest answer; 0 if there is none."""
        with self._lock:
            return int(self._base.execute("SELECT coalesce(max(id), 0) FROM observations").fetchone()[0])

    def _rows(self, table: str, query: str, values: list[Any], newest: int | None = None) -> Iterator[dict[str, Any]]:
        order = "id DESC LIMIT ?" if newest is not None else "id"
        values = [*values, *([newest] if newest is not None else [])]
        names = (*_CLEAR[table], "sealed")
        with self._lock:
            found = self._base.execute(
                f"SELECT {', '.join(names)} FROM {table} WHERE {query} ORDER BY {order}",  # noqa: S608 - tables and columns of this room; values are bound
                values,
            ).fetchall()
        for cells in reversed(found) if newest is not None else found:
            row = dict(zip(names, cells, strict=True))
            yield row | self._sealer.open(row.pop("sealed"), _context(table, row))

    # ---- a file that an earlier version left in clear ----

    def _in_clear(self) -> bool:
        return any(name == "day" for _, name, *_ in self._base.execute("PRAGMA table_info(observations)"))

    def _seal_earlier(self) -> None:
        """Every row sealed under its own number, the clear ones overwritten; all of it or nothing."""
        self._base.execute("BEGIN IMMEDIATE")
        if not self._in_clear():  # another process was faster
            self._base.execute("COMMIT")
            return
        try:
            for table in _MODELS:
                held = self._base.execute(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608 - tables and columns of this room; values are bound
                names = [column[0] for column in held.description]
                rows = [dict(zip(names, cells, strict=True)) for cells in held.fetchall()]
                self._base.execute(f"DROP TABLE {table}")  # its triggers go with it
                once, columns = _ONCE[table], ", ".join(_CLEAR[table])
                for statement in _TABLE.format(table=table, columns=columns, once=once).split(";\n"):
                    self._base.execute(statement)
                for row in rows:
                    told = {name: json.loads(row[name]) for name in ("fields", "pixels") if name in row}
                    self._add(table, row | told, number=row["id"])
            self._base.execute("COMMIT")
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("VACUUM")
        self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _context(table: str, row: dict[str, Any]) -> str:
    """What a sealed part belongs to: it opens in no other row."""
    return "monitor|" + "|".join([table, *(str(row[name]) for name in _ONCE[table].split(", "))])
