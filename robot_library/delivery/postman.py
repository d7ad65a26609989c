"""Works the outbox off: says who gets what, sends what is due, writes down what came of it.

A kill at any moment loses nothing: what was released stands in the outbox with it, what was taken for sending is sent
again after a while, with the same identifiers, and by these the receiver knows it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from robot_library.delivery.parcel import Paper, Parcel
from robot_library.delivery.routes import Targets, receivers
from robot_library.engine.database.trail import Trail
from robot_library.engine.people.outbox import Letter, Outbox
from robot_library.engine.people.releases import Releases
from robot_library.errors import AuditBroken, NotDelivered, SetupError, WetreadError
from robot_library.interfaces import BlobStore, Credential
from robot_library.model.audit import Happened
from robot_library.model.delivery import Delivery
from robot_library.model.release import ReportVersion

log = logging.getLogger("wetread.delivery")


@dataclass(frozen=True)
class Round:
    """What one working off has done."""

    addressed: int = 0
    sent: int = 0
    later: int = 0
    stopped: int = 0

    def as_data(self) -> dict[str, int]:
        """For programs."""
        return asdict(self)


class Postman:
    """`targets` says where a bot's reports go, `credential` looks names up in the vault, `paper` prints a page."""

    def __init__(
        self, releases: Releases, outbox: Outbox, trail: Trail, blobs: BlobStore, targets: Targets,
        credential: Callable[[str], Credential], paper: Paper, *, organisation: str = "",
    ) -> None:  # fmt: skip
        self._releases, self._outbox, self._trail, self._blobs = releases, outbox, trail, blobs
        self._targets, self._credential, self._paper = targets, credential, paper
        self._organisation = organisation

    async def run(self, now: float | None = None, *, target: str = "") -> Round:
        """Address what is new and send what is due, until nothing more is; `target`: to this one only."""
        at = time.time() if now is None else now
        addressed, ends = await self._address(at), {"sent": 0, "later": 0, "stopped": 0}
        tried: set[tuple[str, str]] = set()
        while letters := [
            one for one in await self._outbox.due(at, target=target) if (one.id, one.target) not in tried
        ]:
            tried |= {(one.id, one.target) for one in letters}
            for end in await asyncio.gather(*(self._bring(one, at) for one in letters)):
                if end:
                    ends[end] += 1
        return Round(addressed=addressed, **ends)

    # ---- who gets it ----

    async def _address(self, at: float) -> int:
        """One that cannot be addressed (its bot's file is gone or wrong) stays, and holds up no other."""
        done = 0
        for letter in await self._outbox.unaddressed():
            try:
                version = await self._version(letter)
                known, gone = receivers(version, self._targets(version.bot), await self._outbox.of(letter.report))
            except WetreadError as failure:
                log.warning("a report of %s is not addressed (%s)", letter.version[:8], failure.code)
                continue
            await self._outbox.address(letter, known, gone, at)
            done += 1
        return done

    async def _version(self, letter: Letter) -> ReportVersion:
        """The version as it stood after this step, whatever became of it since."""
        return (await self._releases.history(letter.version))[letter.step - 1]

    # ---- bringing it ----

    async def _bring(self, letter: Letter, at: float) -> str:
        """ "sent", "later", "stopped"; "" if somebody else brings it."""
        if not await self._outbox.take(letter, at):
            return ""
        try:
            if await self._withdrawn(letter):
                await self._outbox.dropped(letter)
                return ""
            version = await self._version(letter)
            self._tell(letter, version, "begun")
            receipt = await self._send(letter, version)
            self._tell(letter, version, "ok")
        except NotDelivered as failure:
            return await self._failed(letter, failure.reason, at, again=failure.again)
        except AuditBroken:
            return await self._failed(letter, AuditBroken.__name__, at, again=True)
        except SetupError as failure:  # the credential is not in the vault, the site is not as it was
            return await self._failed(letter, failure.code, at, again=True)
        except Exception as failure:
            return await self._failed(letter, type(failure).__name__, at, again=True)
        await self._outbox.arrived(letter, receipt, time.time())
        return "sent"

    async def _withdrawn(self, letter: Letter) -> bool:
        """Whether what this says was taken back since: it is not sent, not even for the taking back to follow it."""
        there = await self._releases.versions(letter.report)
        if any(one.status == "entered_in_error" for one in there):
            return letter.status != "entered_in_error"
        return letter.status != "taken_back" and any(
            one.id == letter.version and one.status == "taken_back" for one in there
        )

    async def _failed(self, letter: Letter, code: str, at: float, *, again: bool) -> str:
        log.warning(
            "report %s was not delivered to %s (%s); %s", letter.version[:8], letter.target, code,
            "it is tried again" if again else "a person must look: `wetread reports list`",
        )  # fmt: skip
        await self._outbox.failed(letter, code, at, again=again)
        return "later" if again else "stopped"

    def _tell(self, letter: Letter, version: ReportVersion, outcome: Any) -> None:
        """To the audit trail, before and after: patient data leave."""
        person = version.released or version.reviewed or version.made
        self._trail.record(
            Happened(
                "export", f"report {letter.status}", outcome, item=version.item, bot=version.bot, person=person.who,
                system=letter.target,
            )
        )  # fmt: skip

    async def _send(self, letter: Letter, version: ReportVersion) -> Mapping[str, Any]:
        delivery = self._targets(version.bot).get(letter.target)
        if delivery is None:
            raise NotDelivered("NoSuchTarget", f"no delivery is called {letter.target!r} any more.", again=False)
        told = await self._outbox.receipts(letter.report, letter.target)
        if letter.status == "entered_in_error":  # whatever may be there is taken back with the rest
            told = sorted([*told, *((one, {}) for one in await self._outbox.perhaps(letter))], key=_place)
        earlier = [(await self._version(one), receipt) for one, receipt in told]
        parcel = Parcel(
            version, letter.id, self._blobs, self._paper, earlier, self._organisation, again=letter.tries > 0
        )
        return await send(delivery, self._credential, parcel)


def _place(told: tuple[Letter, Mapping[str, Any]]) -> tuple[int, int]:
    return told[0].number, told[0].step


async def send(delivery: Delivery, credential: Callable[[str], Credential], parcel: Parcel) -> Mapping[str, Any]:
    """Send by the delivery's one kind; what the receiver answered."""
    if (fhir := delivery.fhir) is not None:
        from robot_library.delivery.fhir import send as by_fhir

        return await by_fhir(fhir, credential(fhir.credential) if fhir.credential else None, parcel)
    if (web := delivery.dicom_web) is not None:
        from robot_library.delivery.stow import send as by_stow

        return await by_stow(web, credential(web.credential) if web.credential else None, parcel)
    if (hl7 := delivery.hl7) is not None:
        from robot_library.delivery.mllp import send as by_mllp

        return await by_mllp(hl7, parcel)
    if (dicom := delivery.dicom) is not None:
        from robot_library.delivery.cstore import send as by_cstore

        return await by_cstore(dicom, parcel)
    assert delivery.folder is not None
    from robot_library.delivery.folder import send as into_folder

    return await into_folder(delivery.folder, parcel)
