"""What the PACS knows: studies, their objects, and the pixels of one. Speaks SQL and files, knows no HTTP."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from robot_library.hospital.settings import Account

_COLUMNS = {name: name for name in ("study_uid", "patient_name", "mrn", "study_date", "description", "accession")}
"""What can be asked for: column names in SQL come from here only."""


class NotReadable(Exception):
    """The object's pixels cannot be decoded."""


class Archive:
    """Studies over one open database connection and the directory of their files; used from one thread."""

    def __init__(self, connection: sqlite3.Connection, directory: Path) -> None:
        self._db = connection
        self._directory = directory

    def studies(self, **exactly: str) -> list[sqlite3.Row]:
        """Every study with these values in its columns, newest first, with ``received`` images."""
        where = " AND ".join(f"s.{_COLUMNS[column]} = :{column}" for column in exactly) or "true"
        return self._db.execute(
            "SELECT s.*, (SELECT count(*) FROM instances i WHERE i.study_uid = s.study_uid) AS received, "  # noqa: S608 - clauses of this file; values are bound
            "(SELECT count(DISTINCT series_uid) FROM instances i WHERE i.study_uid = s.study_uid) AS series "
            f"FROM studies s WHERE {where} ORDER BY study_date DESC, accession",
            exactly,
        ).fetchall()

    def search(self, wanted: dict[str, str]) -> list[sqlite3.Row]:
        """Studies whose columns contain every wanted text, whatever the case."""
        filters = {_COLUMNS[k]: v.casefold() for k, v in wanted.items() if v and k in _COLUMNS}
        return [s for s in self.studies() if all(v in str(s[k]).casefold() for k, v in filters.items())]

    def study(self, study_uid: str) -> sqlite3.Row | None:
        """One study, or ``None``."""
        return next(iter(self.studies(study_uid=study_uid)), None)

    def instances(self, study_uid: str | None = None) -> list[sqlite3.Row]:
        """Objects of a study (or all) by number."""
        where, values = ("WHERE study_uid = ?", (study_uid,)) if study_uid else ("", ())
        return self._db.execute(f"SELECT * FROM instances {where} ORDER BY study_uid, number", values).fetchall()  # noqa: S608 - clauses of this file; values are bound

    def instance(self, sop_uid: str) -> sqlite3.Row | None:
        """One object, or ``None``."""
        row: sqlite3.Row | None = self._db.execute("SELECT * FROM instances WHERE sop_uid = ?", (sop_uid,)).fetchone()
        return row

    def mark(self, study_uid: str) -> sqlite3.Row | None:
        """What stands about a study's image quality: the last mark, or ``None``."""
        row: sqlite3.Row | None = self._db.execute(
            "SELECT * FROM marks WHERE study_uid = ? ORDER BY rowid DESC LIMIT 1", (study_uid,)
        ).fetchone()
        return row

    def add_mark(self, study: sqlite3.Row, at: str, session: str, account: Account, verdict: str, remarks: str) -> None:
        """Keep a mark; earlier ones stay. Like many real systems this one does not refuse a second."""
        self._db.execute(
            "INSERT INTO marks VALUES (?,?,?,?,?,?,?,?)",
            (study["study_uid"], study["accession"], at, session, account.user, account.display, verdict, remarks),
        )

    def repeats(self) -> list[sqlite3.Row]:
        """Studies whose last mark asks for a repeat, newest first: the technologists' list."""
        return self._db.execute(
            "SELECT s.*, m.display, m.verdict FROM studies s JOIN marks m ON m.study_uid = s.study_uid "
            "WHERE m.rowid = (SELECT max(rowid) FROM marks k WHERE k.study_uid = s.study_uid) "
            "AND lower(m.verdict) LIKE 'repeat%' ORDER BY m.rowid DESC"
        ).fetchall()

    def path(self, instance: sqlite3.Row) -> Path:
        """The object's file."""
        return self._directory / str(instance["file"])

    def pixels(self, instance: sqlite3.Row) -> tuple[npt.NDArray[np.uint16], float, float, bool]:
        """Stored values (rows, columns), window centre and width, and whether they are to be shown inverted.

        Raises ``NotReadable`` for a damaged object.
        """
        import numpy as np
        from pydicom import dcmread

        try:
            dataset = dcmread(self.path(instance))
            stored = np.ascontiguousarray(dataset.pixel_array, dtype=np.uint16)
        except Exception as error:  # whatever a codec says about a damaged object, the viewer shows one message
            raise NotReadable from error
        inverted = str(dataset.PhotometricInterpretation) == "MONOCHROME1"
        return stored, float(dataset.WindowCenter), float(dataset.WindowWidth), inverted


def window(stored: npt.NDArray[np.uint16], centre: float, width: float, inverted: bool) -> npt.NDArray[np.uint8]:
    """8-bit grey values (rows, columns) as the viewer shows them (linear VOI function, PS3.3 C.11.2.1.2)."""
    import numpy as np

    shown = (stored.astype(np.float64) - (centre - 0.5)) / (width - 1) + 0.5
    if inverted:
        shown = 1 - shown  # before rounding, or ties would fall to the other side
    return np.clip(shown * 255 + 0.5, 0, 255).astype(np.uint8)


def png(grey: npt.NDArray[np.uint8]) -> bytes:
    """A greyscale PNG of 8-bit values (rows, columns). Written here because a demo server needs no image library."""
    import struct
    import zlib

    rows, columns = grey.shape
    lines = b"".join(b"\0" + grey[r].tobytes() for r in range(rows))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 3)) + chunk(b"IEND", b"")
