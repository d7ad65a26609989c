"""The office's duty of reconciling: once a day each enabled bot reads its list again, and every gap is named."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from robot_library.engine.reconciling import SLOT
from robot_library.model.clock import zone

if TYPE_CHECKING:
    from robot_library.unattended.office import Office

_FROM = 6
"""From this hour on by the site's clock: when the night's work is done."""


class Reconciling:
    """A worker reads, as it collects: in the line's turn, with the bot's own credential."""

    name = "reconcile"
    every = timedelta(minutes=10)

    async def run(self, office: Office) -> None:
        """Fire today's slot of each bot; a slot that was fired already, here or elsewhere, fires no more."""
        now = datetime.now(zone(office.zone))
        if now.hour < _FROM:
            return
        for spec, _ in office.enabled():
            if office.intake(spec).collects:
                await office.desk.fire(spec.bot, f"{SLOT}{now.date().isoformat()}")
