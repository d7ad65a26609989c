"""A PACS asked over DICOMweb for studies: each new one is an item."""

from __future__ import annotations

import asyncio
import os
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from robot_library.bot import with_addresses
from robot_library.engine.desk import New
from robot_library.errors import SetupError
from robot_library.imaging.received import FoundStudy
from robot_library.model.trigger import Poll
from robot_library.safeguards.vault import Vault
from robot_library.unattended.intake import Intake, NotAnItem
from robot_library.unattended.schedule import Clock, utc_now
from robot_library.unattended.studies import study_item

if TYPE_CHECKING:
    from robot_library.imaging.sources.dicomweb import DicomWeb


class DicomWebWatcher:
    """Asks every so often. A PACS that does not answer is asked again the next time.

    A study is taken when a second look finds it as the first did: one that is still arriving has more images each time.
    """

    def __init__(
        self, trigger: Poll, intake: Intake, vault: Vault, zone: str, since: datetime, clock: Clock = utc_now
    ) -> None:
        self.every = trigger.every.total_seconds()
        self._trigger, self._intake, self._vault = trigger, intake, vault
        self._zone = ZoneInfo(trigger.zone or zone)
        self._since, self._clock = since, clock
        self._before: dict[str, FoundStudy] = {}
        """What the last look found, by StudyInstanceUID."""
        self._known: set[str] = set()
        """Studies handed over since this office began: the queue is not asked about them again."""
        self._none: dict[str, FoundStudy] = {}
        """Studies that were no items as they stood."""

    async def open(self) -> None:
        """SetupError if the address or the credential is missing."""
        self._server()

    async def look(self) -> int:
        """Ask, and put what is new and has come to rest into the queue."""
        found = {one.study_uid: one for one in await asyncio.to_thread(self._ask) if one.study_uid not in self._known}
        rest = [
            one for uid, one in found.items() if uid and one == self._before.get(uid) and one != self._none.get(uid)
        ]
        self._before = found
        items = {one.study_uid: self._item(one) for one in rest}
        taken = await self._intake.take_all([item for item in items.values() if item is not None])
        self._known |= {uid for uid, item in items.items() if item is not None}
        self._none |= {uid: found[uid] for uid, item in items.items() if item is None}
        return taken

    async def close(self) -> None:
        """Nothing to end."""

    def _ask(self) -> list[FoundStudy]:
        where = {str(name): value for name, value in self._trigger.where.items()}
        server = self._server()
        if where.get("study_date") != "today":
            return server.find_where(where)
        found = [server.find_where({**where, "study_date": f"{day:%Y%m%d}"}) for day in self._days()]
        return [one for some in found for one in some]

    def _days(self) -> list[date]:
        """Today; and the day before, if the bot was enabled then: what was begun before midnight may come after it."""
        now = self._clock().astimezone(self._zone).date()
        before = now - timedelta(days=1)
        return [now, before] if self._since.astimezone(self._zone).date() <= before else [now]

    def _server(self) -> DicomWeb:
        from robot_library.imaging.sources.dicomweb import DicomWeb

        app = with_addresses(self._intake.spec, os.environ).apps[self._trigger.app]
        if not app.dicomweb:
            raise SetupError(f"bot {self._intake.spec.bot!r} names no DICOMweb address for {self._trigger.app!r}.")
        credential = self._vault.credential(app.credential) if app.credential else None
        return DicomWeb(app.dicomweb, (credential.user, credential.password) if credential else None)

    def _item(self, study: FoundStudy) -> New | None:
        """A study as an item; None, and a person is told, if it is none (no accession number, say)."""
        fields = {
            "accession": study.accession, "study_uid": study.study_uid, "patient_id": study.patient_id,
            "study_date": study.study_date, "modality": "\\".join(study.modalities),
        }  # fmt: skip
        item = study_item(self._trigger.item, fields, (), self._intake.blobs)
        try:
            self._intake.check({name: value for name, value in item.items() if value.strip()})
        except NotAnItem as failure:
            self._intake.trouble(f"a study that the PACS has is no item: {failure.message}")
            return None
        return New(item, study.study_uid)
