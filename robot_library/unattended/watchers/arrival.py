"""A study sent to our own DICOM receiver: an item once nothing more of it has come for a while."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from robot_library.model.trigger import DicomArrival
from robot_library.unattended.arrivals import ARRIVALS, Arrivals
from robot_library.unattended.intake import Intake
from robot_library.unattended.studies import take_quiet


class ArrivalWatcher:
    """Listens in threads of its own; looks for studies that have become quiet."""

    every = 1.0

    def __init__(self, trigger: DicomArrival, intake: Intake) -> None:
        self._trigger, self._intake = trigger, intake
        self._arrivals = Arrivals(intake.home / ARRIVALS / intake.spec.bot, intake.blobs, intake.sealer)
        self._listening = ExitStack()
        self.port = 0

    async def open(self) -> None:
        """SetupError if the port is in use."""
        from robot_library.imaging.arriving import receiving

        how = self._trigger
        line = receiving(self._arrivals.keep, aet=how.aet, port=how.port, senders=how.from_titles, host=how.host)
        self.port = await asyncio.to_thread(self._listening.enter_context, line)

    async def look(self) -> int:
        """Studies that have arrived become items."""
        return await take_quiet(self._arrivals, self._intake, self._trigger.item, self._trigger.quiet)

    async def close(self) -> None:
        """Hang up; what has come stays."""
        await asyncio.to_thread(self._listening.close)
