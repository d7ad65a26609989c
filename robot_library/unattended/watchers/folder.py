"""A watched folder: a file that has stopped growing becomes items and is moved aside.

First the items, then the move: a crash between the two reads the file again, and its keys are known already. Two hosts
that watch one folder do the same work twice, and the items come once.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

from robot_library.bot import filled
from robot_library.engine.desk import New
from robot_library.errors import SetupError, StudyNotFound, StudyUnreadable
from robot_library.model.trigger import Folder
from robot_library.unattended.arrivals import ARRIVALS, Arrivals
from robot_library.unattended.intake import Intake, NotAnItem
from robot_library.unattended.studies import take_quiet
from robot_library.unattended.worklist import LARGEST, Row, read_worklist

TAKEN, REFUSED = "taken", "refused"


@dataclass(frozen=True)
class _Seen:
    size: int
    changed: int
    since: float


class FolderWatcher:
    """Remembers how large each file was, and since when it has stayed so."""

    def __init__(self, trigger: Folder, intake: Intake) -> None:
        self.every = trigger.look_every.total_seconds()
        self._trigger, self._intake = trigger, intake
        self._folder = Path(filled(intake.spec, "the watched folder", trigger.path, os.environ)).expanduser()
        self._seen: dict[Path, _Seen] = {}
        name = f"{intake.spec.bot}.{intake.sealer.mac(f'folder|{self._folder}')[:8]}"
        self._arrivals = Arrivals(intake.home / ARRIVALS / name, intake.blobs, intake.sealer)

    async def open(self) -> None:
        """SetupError if there is no such folder."""
        if not await asyncio.to_thread(self._folder.is_dir):
            raise SetupError(
                f"bot {self._intake.spec.bot!r} watches a folder that is not there: {self._folder}.",
                cure="Make it, or write another one into the bot's file.",
            )

    async def look(self) -> int:
        """Take every file that has stopped growing."""
        still = await asyncio.to_thread(self._still)
        if self._trigger.takes == "csv":
            return sum([await self._csv(path) for path in still])
        return await self._studies(still)

    async def close(self) -> None:
        """Nothing to end."""

    def _still(self) -> list[Path]:
        """Files that have not changed for long enough. A link is passed over: it could lead anywhere."""
        now, seen = time.monotonic(), {}
        for path in sorted(self._folder.iterdir()):
            if path.is_symlink() or not path.is_file() or path.name.startswith("."):
                continue
            stat = path.stat()
            before = self._seen.get(path)
            same = before is not None and (before.size, before.changed) == (stat.st_size, stat.st_mtime_ns)
            seen[path] = before if same and before else _Seen(stat.st_size, stat.st_mtime_ns, now)
        self._seen = seen
        quiet = self._trigger.quiet.total_seconds()
        return [path for path, one in seen.items() if now - one.since >= quiet]

    # ---- CSV ----

    async def _csv(self, path: Path) -> int:
        try:
            rows = await asyncio.to_thread(self._rows, path)
        except FileNotFoundError:  # another host was faster
            return 0
        except NotAnItem as failure:
            await asyncio.to_thread(self._aside, path, REFUSED)
            self._intake.trouble(f"a file was put into {REFUSED}: {failure.message}")
            return 0
        taken = await self._intake.take_all([New(one.inputs, one.key, one.priority, one.due) for one in rows])
        await asyncio.to_thread(self._aside, path, TAKEN)
        return taken

    def _rows(self, path: Path) -> list[Row]:
        _small_enough(path, LARGEST)
        separator = "\t" if self._trigger.separator == "tab" else self._trigger.separator
        return read_worklist(path.read_bytes(), self._trigger.key, self._intake, separator)

    # ---- DICOM ----

    async def _studies(self, paths: list[Path]) -> int:
        """Files go into what has arrived, encrypted, and aside; studies that have become quiet are items."""
        for path in paths:
            await asyncio.to_thread(self._object, path)
        return await take_quiet(self._arrivals, self._intake, self._trigger.item, self._trigger.quiet)

    def _object(self, path: Path) -> None:
        from robot_library.imaging.dataset import LIMITS

        try:
            _small_enough(path, LIMITS.object_bytes)
            self._arrivals.keep(path.read_bytes())
        except FileNotFoundError:  # another host was faster
            return
        except (StudyUnreadable, StudyNotFound, NotAnItem) as failure:
            self._aside(path, REFUSED)
            self._intake.trouble(f"a file was put into {REFUSED}: {failure.message}")
            return
        self._aside(path, TAKEN)

    def _aside(self, path: Path, where: str) -> None:
        """Into a folder below; a file of the same name that lies there already is kept."""
        folder = path.parent / where
        folder.mkdir(exist_ok=True)
        goal, number = folder / path.name, 1
        while goal.exists():
            number += 1
            goal = folder / f"{path.stem}.{number}{path.suffix}"
        try:
            os.rename(path, goal)
        except FileNotFoundError:  # another host was faster
            return
        self._seen.pop(path, None)


def _small_enough(path: Path, limit: int) -> None:
    """NotAnItem for a file that is too large to be looked into."""
    if path.stat().st_size > limit:
        raise NotAnItem("it is too large.")
