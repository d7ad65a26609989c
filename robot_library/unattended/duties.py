"""What the office does again and again besides setting bots going: a closed list, put together in one place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from robot_library.unattended.office import Office

log = logging.getLogger("wetread.office")


class Duty(Protocol):
    """Something done every so often. It may fail; it is tried again the next time."""

    name: str
    every: timedelta

    async def run(self, office: Office) -> None:
        """Do it once."""


def duties() -> list[Duty]:
    """Every duty of an office."""
    from robot_library.unattended.asking import Asking
    from robot_library.unattended.delivering import Delivering
    from robot_library.unattended.forwarding import Forwards
    from robot_library.unattended.housekeeping import Housekeeping
    from robot_library.unattended.reconcile import Reconciling
    from robot_library.unattended.watching import Beating, Telling, Watching

    return [Asking(), Watching(), Telling(), Beating(), Delivering(), Housekeeping(), Reconciling(), Forwards()]


async def on_duty(office: Office, everything: Sequence[Duty]) -> None:
    """Do each duty in its own time until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.Event().wait())  # with no duties at all, too
        for duty in everything:
            group.create_task(_again_and_again(office, duty))


async def _again_and_again(office: Office, duty: Duty) -> None:
    while True:
        try:
            await duty.run(office)
            office.done(duty.name, "")
        except Exception as failure:
            log.warning("%s failed (%s)", duty.name, type(failure).__name__)
            office.done(duty.name, type(failure).__name__)
        await asyncio.sleep(duty.every.total_seconds())
