"""Retention by site.yaml's `keep`: what is older goes, for good. `really` False only counts."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from robot_library.engine.database.store import Store
from robot_library.engine.database.trail import told_if_can_be
from robot_library.engine.fleet.lock import ExecutorLock
from robot_library.engine.keeping import Keeping, references
from robot_library.engine.old_reports import OldReports
from robot_library.engine.records.alerts import Alerts
from robot_library.engine.records.checks import Checks
from robot_library.engine.shredding import Gone as Destroyed
from robot_library.engine.shredding import Shredding
from robot_library.errors import SetupError
from robot_library.interfaces import Sealer
from robot_library.model.audit import Happened
from robot_library.model.keep import Keep
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.ring import Ring
from robot_library.unattended.archive import LEFT_BEHIND
from robot_library.unattended.arrivals import ARRIVALS, owner_of_study
from robot_library.unattended.backup import KEEPING

PASSING = ("downloads",)
"""Folders of a home whose files are kept for `files`."""
_SLOTS = timedelta(days=62)
"""So long at least it is known which slots were fired: missed ones are made up for up to 31 days."""
_REFERENCE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Gone:
    """How many of each were deleted, or would be."""

    runs: int = 0
    evidence: int = 0
    evidence_bytes: int = 0
    files: int = 0
    alerts: int = 0
    answers: int = 0
    reports: int = 0
    keys: int = 0
    slots: int = 0

    def as_data(self) -> dict[str, int]:
        """For programs."""
        return asdict(self)


class Retention:
    """Over one home."""

    def __init__(self, home: Path, store: Store, sealer: Sealer, blobs: FileBlobs, keep: Keep) -> None:
        self._home, self._blobs, self._keep, self._sealer, self._store = home, blobs, keep, sealer, store
        self._reports = OldReports(store, sealer)
        self._keeping, self._alerts, self._checks = (
            Keeping(store, sealer), Alerts(store, sealer), Checks(store, sealer),
        )  # fmt: skip

    async def run(self, now: float | None = None, *, really: bool = True) -> Gone:
        """Delete what is older than it may be. SetupError while a backup, or another retention, is at work here."""
        at = time.time() if now is None else now
        with ExecutorLock(self._home, KEEPING):
            if really:  # also where the disk is full: this frees it
                told = Happened("decision", "delete what is old", "begun")
                await asyncio.to_thread(told_if_can_be, self._store.trail, told)
            if really and self._blobs.ring is not None:
                await Shredding(self._store, self._sealer, gone(self._blobs.ring)).sweep()
            before = _before(at, self._keep.runs)
            old = await self._keeping.old(before)
            runs = await self._keeping.forget(old, before) if really else len(old)
            before = _before(at, max(self._keep.runs, _SLOTS))
            slots = await self._keeping.forget_slots(before) if really else len(await self._keeping.old_slots(before))
            pictures = await self._pictures(at, really)
            files = await asyncio.to_thread(self._files, at, really)
            alerts = await self._old_alerts(_before(at, self._keep.alerts), really)
            answers = await asyncio.to_thread(self._answers, at, really)
            reports, owners = await self._old_reports(_before(at, self._keep.reports), really)
            keys = await self._keys(owners, really)
        size = sum(size for _, size in pictures)
        return Gone(runs, len(pictures), size, files, alerts, answers, reports, keys, slots)

    async def _pictures(self, at: float, really: bool) -> list[tuple[str, int]]:
        before = _before(at, self._keep.evidence)
        # First what arrives, then the items: a study goes from here to there, and is seen in one of them.
        arrived = await asyncio.to_thread(lambda: set(self._arrived()))
        kept, given = await self._keeping.references(before)
        reported = await self._reports.references(before)
        day = datetime.fromtimestamp(_before(at, self._keep.runs), UTC).strftime("%Y-%m-%d")

        def sweep() -> list[tuple[str, int]]:
            whole = kept | reported | self._listed(given) | arrived | self._small_pictures(day)
            old = self._blobs.old(before, whole)
            return [one for one in old if self._blobs.forget(one[0], before)] if really else old

        return await asyncio.to_thread(sweep)

    def _listed(self, given: set[str]) -> set[str]:
        """A received study is given to its item as a list of its objects: what the list names is kept with it."""
        found: set[str] = set()
        for ref in given:
            try:
                data = self._blobs.get(ref)
            except SetupError:
                continue
            if data[:1] == b"[":
                try:
                    found |= set(references(json.loads(data)))
                except ValueError:
                    continue
        return found

    def _arrived(self) -> Iterator[str]:
        """Objects of studies that are still arriving."""
        for path in (self._home / ARRIVALS).rglob("*"):
            if _REFERENCE.fullmatch(path.name):
                yield path.name

    def _small_pictures(self, day: str) -> set[str]:
        from robot_library.reports.qa.history import History

        return History(self._home, lambda text: text, self._blobs).pictures(day)

    def _files(self, at: float, really: bool) -> int:
        before, count = _before(at, self._keep.files), 0
        for folder in (self._home / name for name in PASSING):
            for path in [*folder.rglob("*")]:
                if path.is_file() and not path.is_symlink() and path.stat().st_mtime < before:
                    count += 1
                    if really:
                        path.unlink(missing_ok=True)
        left = [path for one in LEFT_BEHIND for path in self._home.glob(one)]
        old = [path for path in left if path.is_dir() and not path.is_symlink() and path.stat().st_mtime < before]
        for path in old if really else ():
            shutil.rmtree(path, ignore_errors=True)
        torn = self._blobs.left(before)
        for path in torn if really else ():
            path.unlink(missing_ok=True)
        return count + len(old) + len(torn) + self._set_aside(_before(at, self._keep.evidence), really)

    def _set_aside(self, before: float, really: bool) -> int:
        """Received studies that could not become items."""
        old = [
            path
            for path in (self._home / ARRIVALS).glob("*/*.refused")
            if path.is_dir() and path.stat().st_mtime < before
        ]
        for path in old if really else ():
            shutil.rmtree(path, ignore_errors=True)
        return len(old)

    async def _old_alerts(self, before: float, really: bool) -> int:
        if not really:
            return await self._alerts.old(before) + await self._checks.old(before)
        return await self._alerts.forget(before) + await self._checks.forget(before)

    async def _old_reports(self, before: float, really: bool) -> tuple[int, list[str]]:
        """How many, and whose keys open nothing any more."""
        old = await self._reports.old(before)
        return len(old), await self._reports.forget(old, before) if really else []

    async def _keys(self, owners: Sequence[str], really: bool) -> int:
        """Keys of forgotten items, of these owners, and of studies that arrived, under which nothing kept here is
        sealed. Not where keys are kept apart: other hosts may need them, and archives that hold none."""
        ring = self._blobs.ring
        if ring is None or ring.apart:
            return 0
        noted = await asyncio.to_thread(ring.noted)
        needed = await asyncio.to_thread(lambda: self._heads(ring) | self._blobs.keys())

        def take(items: Sequence[str]) -> int:
            return self._taken(ring, [f"item|{one}" for one in items], needed, really)

        count = await self._keeping.without_values(take)
        count += await asyncio.to_thread(self._taken, ring, owners, needed, really)
        return count + await asyncio.to_thread(ring.collect, noted, needed, really=really)

    def _heads(self, ring: Ring) -> set[str]:
        """Names of keys of studies that have not become items yet, or could not."""
        return {ring.name(owner_of_study(folder)) for folder in (self._home / ARRIVALS).glob("*/*")}

    def _taken(self, ring: Ring, owners: Sequence[str], needed: set[str], really: bool) -> int:
        names = {ring.name(owner) for owner in owners} - needed
        return ring.remove(names) if really else sum(map(ring.there, names))

    def _answers(self, at: float, really: bool) -> int:
        from robot_library.skills.monitor.store import FILE
        from robot_library.skills.monitor.store import Store as Monitor

        if not (self._home / FILE).is_file():
            return 0
        day = datetime.fromtimestamp(_before(at, self._keep.monitor), UTC).strftime("%Y-%m-%d")
        with Monitor(self._home / FILE, self._sealer) as monitor:
            return monitor.forget(day, really=really)


def _before(at: float, kept: timedelta) -> float:
    return at - kept.total_seconds()


def gone(ring: Ring) -> Destroyed:
    """Whether the key of an owner was destroyed."""
    names = ring.all_destroyed()
    return lambda owner: ring.name(owner) in names or ring.destroyed(ring.name(owner))
