"""The table of answers and corrections: SQLite, append-only; the database itself refuses to change or delete a row."""

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
from robot_library.skills.monitor.records import Correction, Observation, Role

FILE = "monitor.sqlite"
_OBSERVED = tuple(Observation.model_fields)
_CORRECTED = tuple(Correction.model_fields)
_JSON = ("fields", "pixels")
_REMAIN = """CREATE TRIGGER IF NOT EXISTS {table}_remain BEFORE DELETE ON {table}
  BEGIN SELECT RAISE(ABORT, 'append-only'); END;"""
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS observations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, {", ".join(_OBSERVED)},
  UNIQUE (image, skill, version, model_sha256, role));
CREATE TABLE IF NOT EXISTS corrections (
  id INTEGER PRIMARY KEY AUTOINCREMENT, {", ".join(_CORRECTED)},
  UNIQUE (image, skill, version, model_sha256, verdict, decision, role));
CREATE TRIGGER IF NOT EXISTS observations_stay BEFORE UPDATE ON observations
  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS observations_remain BEFORE DELETE ON observations
  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS corrections_stay BEFORE UPDATE ON corrections
  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS corrections_remain BEFORE DELETE ON corrections
  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
"""


class Store:
    """One file. Thread-safe; several processes may write. The same answer to the same image is kept once."""

    def __init__(self, file: Path) -> None:
        """Raises SetupError if the file cannot be opened."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(file, timeout=30, check_same_thread=False, isolation_level=None)
            # A power cut may cost the last answers, never the table; and an answer does not wait for the disk.
            self._base.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise SetupError(
                f"the skills' monitor {file} cannot be opened ({type(error).__name__})",
                cure="Look at the folder's rights and the disk; the file is no database if it was edited.",
            ) from None
        self._lock = threading.Lock()
        self.close = weakref.finalize(self, self._base.close)
        """Close the file; it is closed with the last reference to this object at the latest."""

    def observe(self, one: Observation) -> None:
        """Keep an answer, unless the very same was kept already."""
        self._add("observations", _OBSERVED, one.model_dump())

    def correct(self, one: Correction) -> None:
        """Keep a person's word."""
        self._add("corrections", _CORRECTED, one.model_dump())

    def _add(self, table: str, columns: tuple[str, ...], row: dict[str, object]) -> None:
        values = [json.dumps(row[name], sort_keys=True) if name in _JSON else row[name] for name in columns]
        marks = ", ".join("?" * len(columns))
        with self._lock:
            self._base.execute(f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)

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
        found = self._rows("observations", _OBSERVED, query, values, newest)
        return [Observation.model_validate(row) for row in found]

    def corrections(self, skill: str) -> list[Correction]:
        """What persons said to a skill's findings, oldest first."""
        return [Correction.model_validate(row) for row in self._rows("corrections", _CORRECTED, "skill = ?", [skill])]

    def forget(self, before: str, *, really: bool = True) -> int:
        """Delete answers and corrections from before a day (YYYY-MM-DD), by retention; how many. The only way a row
        leaves: the tables refuse every other."""
        count = 0
        with self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                for table in ("observations", "corrections"):
                    query = f"SELECT count(*) FROM {table} WHERE day < ?"
                    count += int(self._base.execute(query, (before,)).fetchone()[0])
                    if really:
                        self._base.execute(f"DROP TRIGGER {table}_remain")
                        self._base.execute(f"DELETE FROM {table} WHERE day < ?", (before,))
                        self._base.execute(_REMAIN.format(table=table))
                self._base.execute("COMMIT")
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
        return count

    def last(self) -> int:
        """Number of the newest answer; 0 if there is none."""
        with self._lock:
            return int(self._base.execute("SELECT coalesce(max(id), 0) FROM observations").fetchone()[0])

    def _rows(
        self, table: str, columns: tuple[str, ...], query: str, values: list[Any], newest: int | None = None
    ) -> Iterator[dict[str, Any]]:
        order = "id DESC LIMIT ?" if newest is not None else "id"
        values = [*values, *([newest] if newest is not None else [])]
        with self._lock:
            names = ", ".join(columns)
            found = self._base.execute(f"SELECT {names} FROM {table} WHERE {query} ORDER BY {order}", values).fetchall()
        for cells in reversed(found) if newest is not None else found:
            row = dict(zip(columns, cells, strict=True))
            yield row | {name: json.loads(row[name]) for name in _JSON if name in row}

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
