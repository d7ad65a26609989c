"""Makes a bundle: told to the audit trail first, gathered, written. The one way for the command line and the pages."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from robot_library.engine.desk import Desk
from robot_library.engine.people.incidents import Incident
from robot_library.incidents.bundle import With, write_bundle, write_into
from robot_library.incidents.gather import Known, Told, gather
from robot_library.model.audit import Happened
from robot_library.safeguards.audit.signing import Signer
from robot_library.safeguards.audit.trail import FOLDER
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson

BLOBS = "blobs"


@dataclass(frozen=True)
class Place:
    """A site: its home and its key."""

    home: Path
    key: SiteKey


def _nobody(what: str, done: int, of: int) -> None:
    return


async def make(
    desk: Desk, place: Place, one: Incident, out: Path, who: str, evidence: With, *, since: float | None = None,
    told: Told = _nobody,
) -> None:  # fmt: skip
    """Make the file. AuditBroken, and none is made, where it cannot stand in the audit trail that it was."""
    known = await _known(desk, place, one, who, evidence, since=since, told=told)
    await asyncio.to_thread(write_bundle, out, known, *_parts(place), evidence)


async def made(desk: Desk, place: Place, one: Incident, who: str, evidence: With) -> bytes:
    """The same, for a page: the file as bytes. On the disk it has no name: nobody finds it there, nor does a backup,
    whenever this process ends."""
    known = await _known(desk, place, one, who, evidence)

    def written() -> bytes:
        with tempfile.TemporaryFile(dir=place.home) as file:
            write_into(file, known, *_parts(place), evidence)
            file.seek(0)
            return file.read()

    return await asyncio.to_thread(written)


async def _known(
    desk: Desk, place: Place, one: Incident, who: str, evidence: With, *, since: float | None = None,
    told: Told = _nobody,
) -> Known:  # fmt: skip
    clear = evidence == "clear"
    kind = "incident bundle in clear" if clear else "incident bundle"
    happened = Happened("export", kind, item=one.item, bot=one.bot, version=one.version, person=who)
    await asyncio.to_thread(desk.store.trail.record, happened)
    return await gather(desk, SealedJson(place.key), one, since=since, clear=clear, told=told)


def _parts(place: Place) -> tuple[Path, Signer, FileBlobs]:
    """The audit trail's folder, who signs, and where evidence is kept."""
    return place.home / FOLDER, Signer(place.key), FileBlobs(place.home / BLOBS, place.key)
