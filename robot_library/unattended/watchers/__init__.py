"""Triggers that are no clock: each looks for something new every so often. One file for each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from robot_library.model.trigger import Trigger

if TYPE_CHECKING:
    from robot_library.unattended.intake import Intake
    from robot_library.unattended.office import Office


class Watcher(Protocol):
    """One trigger of one bot, while the bot is enabled."""

    every: float
    """Seconds between looks."""

    async def open(self) -> None:
        """Begin. SetupError if this machine lacks something."""

    async def look(self) -> int:
        """Look once; returns how many items (or runs) came of it."""

    async def close(self) -> None:
        """End."""


def watcher(trigger: Trigger, intake: Intake, office: Office) -> Watcher | None:
    """The watcher of a trigger; None if its kind needs none."""
    if trigger.folder is not None:
        from robot_library.unattended.watchers.folder import FolderWatcher

        return FolderWatcher(trigger.folder, intake)
    if trigger.dicom_arrival is not None:
        from robot_library.unattended.watchers.arrival import ArrivalWatcher

        return ArrivalWatcher(trigger.dicom_arrival, intake)
    if trigger.poll is not None and trigger.poll.source == "dicomweb":
        from robot_library.unattended.watchers.dicomweb import DicomWebWatcher

        since = office.enabled_since(intake.spec.bot)
        return DicomWebWatcher(trigger.poll, intake, office.vault, office.zone, since, office.clock)
    if trigger.after is not None:
        from robot_library.unattended.watchers.after import AfterWatcher

        return AfterWatcher(trigger.after, intake.spec.bot, office.desk, office.enabled_since(intake.spec.bot))
    return None
