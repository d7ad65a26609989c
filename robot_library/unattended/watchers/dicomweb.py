"""A PACS asked over DICOMweb for studies: each new one is an item."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from robot_library.bot import with_addresses
from robot_library.engine.desk import New
from robot_library.errors import SetupError
from robot_library.imaging.received import FoundStudy
from robot_library.model.trigger import Poll
from robot_library.safeguards.vault import Vault
from robot_library.unattended.intake import Intake, NotAnItem
from robot_library.unattended.studies import study_item

if TYPE_CHECKING:
    from robot_library.imaging.sources.dicomweb import DicomWeb


class DicomWebWatcher:
    """Asks every so often. A PACS that does not answer is asked again the next time."""

    def __init__(self, trigger: Poll, intake: Intake, vault: Vault, zone: str) -> None:
        self.every = trigger.every.total_seconds()
        self._trigger, self._intake, self._vault = trigger, intake, vault
        self._zone = ZoneInfo(trigger.zone or zone)
        self._known: set[str] = set()
        """Studies handed over since this office began: the queue is not asked about them again."""

    async def open(self) -> None:
        """SetupError if the address or the credential is missing."""
        self._server()

    async def look(self) -> int:
        """Ask, and put what is new into the queue."""
        found = await asyncio.to_thread(self._ask)
        new = {study.study_uid: study for study in found if study.study_uid and study.study_uid not in self._known}
        taken = await self._intake.take_all([item for one in new.values() if (item := self._item(one)) is not None])
        self._known |= set(new)
        return taken

    async def close(self) -> None:
        """Nothing to end."""

    def _ask(self) -> list[FoundStudy]:
        where = {str(name): value for name, value in self._trigger.where.items()}
        if where.get("study_date") == "today":
            where["study_date"] = f"{datetime.now(self._zone):%Y%m%d}"
        return self._server().find_where(where)

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
