"""What quality assurance remembers: one row a film and skill version, in a file that can only grow.

A film that is measured again, after a crash or because a bot came by twice, is the same row: nothing counts twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from robot_library.errors import SetupError
from robot_library.imaging.quality.exposure import deviation_index
from robot_library.interfaces import BlobStore
from robot_library.model.finding import Abstention, Finding
from robot_library.model.quality import QualityEntry
from robot_library.model.study import Image

FILE = "quality.sqlite"
WORDS = ("repeat ", "warn ")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS films (
  key TEXT PRIMARY KEY, day TEXT NOT NULL, clock TEXT NOT NULL, station TEXT NOT NULL, entry TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS films_no_update BEFORE UPDATE ON films
  BEGIN SELECT RAISE(ABORT, 'films is append-only'); END;
CREATE TRIGGER IF NOT EXISTS films_no_delete BEFORE DELETE ON films
  BEGIN SELECT RAISE(ABORT, 'films is append-only'); END;
"""


class History:
    """Implements interfaces.QualityLog over `quality.sqlite` below `home`. `mac` is a keyed hash of text."""

    def __init__(self, home: Path, mac: Callable[[str], str], blobs: BlobStore) -> None:
        self._file, self._mac, self._blobs = home / FILE, mac, blobs

    def record(self, image: Image, said: Finding | Abstention) -> bool:
        """Keep what a quality skill said of an image; False if that film was there already."""
        return self.add(self._entry(image, said))

    def add(self, entry: QualityEntry) -> bool:
        """Keep an entry; False if its key was there already."""
        row = (entry.key, entry.day, entry.clock, entry.station, entry.model_dump_json(exclude_defaults=True))
        with self._open() as database:
            return database.execute("INSERT OR IGNORE INTO films VALUES (?,?,?,?,?)", row).rowcount == 1

    def entries(self, until: str = "9999-12-31") -> list[QualityEntry]:
        """Everything up to a day, in the order the films were taken. Raises SetupError if nothing was ever kept."""
        if not self._file.is_file():
            raise SetupError("nothing has been measured here yet.", cure="Run a bot that records quality first.")
        with self._open() as database:
            query = "SELECT entry FROM films WHERE day <= ? ORDER BY day, clock, rowid"
            return [QualityEntry.model_validate_json(row[0]) for row in database.execute(query, (until,))]

    def pictures(self, since: str) -> set[str]:
        """References of the small pictures of films taken on or after a day (YYYY-MM-DD), and of those without one."""
        if not self._file.is_file():
            return set()
        with self._open() as database:
            query = "SELECT entry FROM films WHERE day >= ? OR day = ''"
            kept = [QualityEntry.model_validate_json(row[0]).thumbnail for row in database.execute(query, (since,))]
        return {ref for ref in kept if ref}

    def _entry(self, image: Image, said: Finding | Abstention) -> QualityEntry:
        header = image.header
        date, clock = header.get("StudyDate", ""), header.get("AcquisitionTime", "")
        known = {
            "key": self._mac(f"film|{image.sop_instance_uid}|{said.skill}|{said.skill_version}"),
            "study": self._mac(f"study|{image.study_uid}")[:8],
            "day": f"{date[:4]}-{date[4:6]}-{date[6:8]}" if len(date) == 8 else "",
            "clock": f"{clock[:2]}:{clock[2:4]}:{clock[4:6]}" if len(clock) >= 6 else "",
            "station": header.get("StationName", ""),
            "manufacturer": header.get("Manufacturer", ""),
            "skill": said.skill,
            "version": said.skill_version,
        }
        if isinstance(said, Abstention):
            return QualityEntry.model_validate({**known, "decision": "abstained", "code": said.code})
        values = {one.name: one.value for one in said.measurements}
        index = deviation_index(header)
        return QualityEntry.model_validate(
            {
                **known,
                "decision": said.decision,
                "point": said.operating_point,
                "score": said.score,
                "values": values if index is None else {**values, "exposure.deviation_index": index},
                "flags": {name: limit for name, limit in said.thresholds.items() if name.startswith(WORDS)},
                **self._picture(said),
            }
        )

    def _picture(self, said: Finding) -> dict[str, str]:
        from robot_library.imaging.pictures import grey, shrink
        from robot_library.imaging.quality import fingerprint

        if "overlay" not in said.evidence:
            return {}
        picture = self._blobs.get(said.evidence["overlay"])
        thumbnail = self._blobs.put(shrink(picture, longest=360)[1])
        return {"thumbnail": thumbnail, "fingerprint": f"{fingerprint(grey(picture)):x}"}

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._file, timeout=20)
        try:
            database.executescript(_SCHEMA)
            with database:
                yield database
        finally:
            database.close()
