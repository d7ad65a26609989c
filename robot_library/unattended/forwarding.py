"""The office's duty of sending the audit trail on: what the collector of site.yaml's `audit` does not have yet."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from robot_library.errors import SetupError
from robot_library.safeguards.audit.syslog import Forwarder, collector
from robot_library.safeguards.audit.trail import FOLDER

if TYPE_CHECKING:
    from robot_library.unattended.office import Office

_TROUBLE = "audit forwarding"


class Forwards:
    """The trail is the spool: while the collector is down nothing is lost, and that it is down is said."""

    name = "audit_forwarding"
    every = timedelta(seconds=10)

    async def run(self, office: Office) -> None:
        """Send all that is left. A collector that does not take it is the office's trouble until it does."""
        wanted = office.site.audit
        if wanted.to is None or wanted.ca is None:
            return
        own = [Path(name) if name else None for name in (wanted.certificate, wanted.key)]
        try:
            await asyncio.to_thread(
                Forwarder(
                    office.home / FOLDER,
                    collector(wanted.to, Path(wanted.ca), *own, close_notify=wanted.close_notify),
                ).forward
            )
        except SetupError as failure:
            office.troubles.say(_TROUBLE, "", str(failure))
            raise
        office.troubles.over(_TROUBLE)
