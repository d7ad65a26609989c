"""`wetread evidence shred`: one patient's keys are destroyed, so that nothing sealed under them opens again anywhere.

Keys first, then rows and files: cut off in between, what is left cannot be read, and the same command ends it.
"""

from __future__ import annotations

import asyncio
import json
import math
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from robot_library.engine.database.store import Store
from robot_library.engine.fleet.lock import ExecutorLock
from robot_library.engine.keeping import references
from robot_library.engine.shredding import Part, Shredding
from robot_library.errors import SetupError
from robot_library.model.audit import Happened, hashed
from robot_library.safeguards.audit.part import items_about
from robot_library.safeguards.audit.trail import FOLDER
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.arrivals import ARRIVALS, owner_of_study
from robot_library.unattended.backup import KEEPING
from robot_library.unattended.keeping import gone

_HEAD = "head"


@dataclass(frozen=True)
class Found:
    """What would go. `keys`: names of keys; `pictures`: references to kept bytes under these keys; `bare`: to such
    under the site's own key, which are deleted, and which an earlier backup still opens; `arrivals`: folders."""

    part: Part
    keys: frozenset[str] = frozenset()
    pictures: frozenset[str] = frozenset()
    bare: frozenset[str] = frozenset()
    arrivals: tuple[Path, ...] = ()

    def as_data(self) -> dict[str, int]:
        """For programs: counts alone."""
        return {
            "items": len(self.part.items), "reports": len(self.part.versions),
            "critical_results": len(self.part.critical), "pictures": len(self.pictures),
            "under_the_site_key": len(self.bare), "arrivals": len(self.arrivals), "keys": len(self.keys),
        }  # fmt: skip


class Shredder:
    """Over one home. SetupError where there are no keys that could be destroyed one by one."""

    def __init__(self, home: Path, store: Store, key: SiteKey) -> None:
        if key.ring is None:
            raise SetupError(
                "items here have no keys of their own that could be destroyed.",
                cure="Name one folder for all hosts in WETREAD_KEYS; what is sealed from then on can be shredded.",
            )
        self._home, self._store, self._ring = home, store, key.ring
        self._sealer, self._blobs = SealedJson(key), FileBlobs(home / "blobs", key)
        self._shredding = Shredding(store, self._sealer, gone(key.ring))

    async def find(self, patient: str = "", items: Sequence[str] = ()) -> Found:
        """All of a patient by the number, or of some items. SetupError while something of them has not ended."""
        part = await (self._of_patient(patient) if patient else self._shredding.of_items(items))
        await self._nothing_under_way(part)
        every, given = await self._shredding.references(part)
        unknown = {*part.items, *await self._shredding.closed()}
        others, came = await self._shredding.keeping.references(-math.inf, unknown)
        return await asyncio.to_thread(self._found, part, patient, every | given, given, others | came)

    async def _of_patient(self, patient: str) -> Part:
        """The audit trail knows of items, too, that stopped before an older wetread had written down whose they are."""
        mark = hashed(self._sealer.mac, patient)
        told = await asyncio.to_thread(items_about, self._home / FOLDER, mark)
        return await self._shredding.of_patient(patient, told)

    def _found(self, part: Part, patient: str, every: set[str], given: set[str], others: set[str]) -> Found:
        whole = every | self._listed(given)
        keys = {self._ring.name(owner) for owner in part.owners()}
        arrivals = tuple(self._arrived(patient)) if patient else ()
        keys |= {self._ring.name(owner_of_study(folder)) for folder in arrivals}
        whole |= {path.name for folder in arrivals for path in folder.iterdir() if len(path.name) == 64}
        owned = {ref: self._blobs.owner(ref) for ref in whole}
        keys |= {of[1] for of in owned.values() if of is not None and not of[0]}
        pictures = frozenset(ref for ref, of in owned.items() if of is not None and of[1] in keys)
        bare = frozenset(ref for ref, of in owned.items() if of is None and self._blobs.there(ref)) - others
        return Found(part, frozenset(keys), pictures, bare, arrivals)

    async def run(self, found: Found, who: str, patient: str = "") -> int:
        """Destroy and delete. How many keys there were. SetupError where something of them has begun since `find`:
        somebody was asked meanwhile, who may have taken their time."""
        marks = (hashed(self._sealer.mac, patient),) if patient else ()
        told = Happened("decision", "shred evidence", outcome="begun", person=who, patients=marks)
        with ExecutorLock(self._home, KEEPING):
            await self._nothing_under_way(found.part)
            await asyncio.to_thread(self._store.trail.record, told)
            count = await asyncio.to_thread(self._ring.destroy, found.keys)
            await self._shredding.forget(found.part)
            await asyncio.to_thread(self._delete, found)
            for one in found.part.items:
                told = Happened("decision", "shred evidence", item=one, person=who, patients=marks)
                await asyncio.to_thread(self._store.trail.record, told)
            last = Happened("decision", f"shredded: {count} keys", person=who, patients=marks)
            await asyncio.to_thread(self._store.trail.record, last)
        return count

    async def _nothing_under_way(self, part: Part) -> None:
        if there := {what: count for what, count in (await self._shredding.in_the_way(part)).items() if count}:
            told = ", ".join(f"{count} {what}" for what, count in there.items())
            raise SetupError(
                f"nothing was shredded; something is under way: {told}.",
                cure="End that first: `wetread queue cancel`, `wetread incident close`, `wetread reports`.",
            )

    def _delete(self, found: Found) -> None:
        for ref in found.pictures | found.bare:
            self._blobs.forget(ref, math.inf)
        for folder in found.arrivals:
            shutil.rmtree(folder, ignore_errors=True)

    def _listed(self, given: Iterable[str]) -> set[str]:
        """A received study is given to its item as a list of its objects."""
        found: set[str] = set()
        for ref in given:
            try:
                data = self._blobs.get(ref)
                found |= set(references(json.loads(data))) if data[:1] == b"[" else set()
            except (SetupError, ValueError):
                continue
        return found

    def _arrived(self, patient: str) -> Iterable[Path]:
        """Studies of this patient that have not become an item, or could not."""
        for head in sorted((self._home / ARRIVALS).glob(f"*/*/{_HEAD}")):
            try:
                fields = self._sealer.open(head.read_text(encoding="ascii"), owner_of_study(head.parent))
            except (SetupError, OSError):
                continue
            if str(fields.get("patient_id", "")).strip().upper() == patient.strip().upper():
                yield head.parent
