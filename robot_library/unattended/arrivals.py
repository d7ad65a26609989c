"""Received objects until their study has arrived: encrypted, on disk before the sender is told so.

One folder for each study, named by a keyed hash; in it an empty file for each object, named by its reference in the
blob store, and the study's header, sealed. After a crash the folders are still there, and so the studies are not lost.
"""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from robot_library.interfaces import BlobStore, Sealer
from robot_library.model.owner import evidence_of
from robot_library.safeguards.whole import names_kept

ARRIVALS = "arrivals"
"""Where in a home they lie: a folder for each bot, in it one for each study."""
_HEAD = "head"
_ASIDE = ".refused"
_AHEAD = 60.0
"""Seconds by which what lies on the disk may be younger than now."""


@dataclass(frozen=True)
class Arrived:
    """A study of which nothing more has come for a while."""

    fields: dict[str, str]
    objects: tuple[str, ...]
    """References in the blob store, in no order."""
    folder: Path


class Arrivals:
    """What came for one bot."""

    def __init__(self, folder: Path, blobs: BlobStore, sealer: Sealer) -> None:
        self._folder, self._blobs, self._sealer = folder, blobs, sealer
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, data: bytes) -> None:
        """One object; on disk when this returns. ImageRefused, StudyNotFound if it names no study."""
        from robot_library.imaging.arriving import study_fields

        fields = study_fields(data)
        name = self._sealer.mac(f"arrival|{fields['study_uid']}")[:32]
        with evidence_of(f"arrival|{name}"):
            ref = self._blobs.put(data)
        with self._lock:
            study = self._folder / name
            study.mkdir(exist_ok=True)
            if not (study / _HEAD).exists():
                _written(study / _HEAD, self._sealer.seal(fields, f"arrival|{name}"))
            _written(study / ref, "")
            names_kept(study)
            names_kept(self._folder)

    def quiet_for(self, seconds: float) -> list[Arrived]:
        """Studies of which nothing has come for so long."""
        with self._lock:
            return [
                self._arrived(study)
                for study in sorted(self._folder.iterdir())
                if study.is_dir()
                and study.suffix != _ASIDE
                and (study / _HEAD).exists()
                and time.time() - _last(study) >= seconds
            ]

    def forget(self, arrived: Arrived) -> None:
        """The study has become an item. What came meanwhile stays, and arrives as a study again."""
        with self._lock:
            for ref in arrived.objects:
                (arrived.folder / ref).unlink(missing_ok=True)
            if {path.name for path in arrived.folder.iterdir()} <= {_HEAD}:
                (arrived.folder / _HEAD).unlink(missing_ok=True)
                arrived.folder.rmdir()

    def set_aside(self, arrived: Arrived) -> None:
        """The study cannot become an item; what came of it is kept, and not looked at again."""
        with self._lock:
            goal, number = arrived.folder.with_suffix(_ASIDE), 1
            while goal.exists():
                number += 1
                goal = arrived.folder.with_name(f"{arrived.folder.name}-{number}{_ASIDE}")
            os.replace(arrived.folder, goal)

    def _arrived(self, study: Path) -> Arrived:
        text = (study / _HEAD).read_text(encoding="ascii")
        fields: dict[str, str] = self._sealer.open(text, f"arrival|{study.name}")
        return Arrived(fields, tuple(sorted(path.name for path in study.iterdir() if len(path.name) == 64)), study)


def owner_of_study(folder: Path) -> str:
    """Under whose key a study lies that has arrived, also one that was set aside."""
    return f"arrival|{folder.name.partition('-')[0].partition('.')[0]}"


def list_of_objects(refs: tuple[str, ...], blobs: BlobStore) -> str:
    """A reference under which a step finds the objects again: `fetch_study: {received: …}`."""
    return blobs.put(json.dumps(sorted(refs)).encode())


def _last(study: Path) -> float:
    """When something of it came last. What a clock that was ahead has dated came now: it would not be quiet for
    years."""
    last, now = max(path.stat().st_mtime for path in study.iterdir()), time.time()
    if last > now + _AHEAD:
        for path in study.iterdir():
            os.utime(path, (now, now))
        return now
    return last


def _written(path: Path, text: str) -> None:
    """Beside and then moved: a crash leaves the whole file or none."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
