"""The office's duty of bringing released reports to whoever is to get them."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from robot_library.delivery.paper import paper
from robot_library.delivery.postman import Postman
from robot_library.delivery.routes import targets
from robot_library.engine.people.outbox import Outbox
from robot_library.engine.people.releases import Releases

if TYPE_CHECKING:
    from robot_library.unattended.office import Office

log = logging.getLogger("wetread.office")


class Delivering:
    """Works the outbox off, again and again. A receiver that answers slowly holds up no heartbeat."""

    name = "deliveries"
    every = timedelta(seconds=10)

    def __init__(self) -> None:
        self._round: asyncio.Task[None] | None = None

    async def run(self, office: Office) -> None:
        """Begin to send what is due, unless the last round is still at it; what kept that from being done is raised."""
        last = self._round
        if last is not None and not last.done():
            return
        self._round = asyncio.create_task(self._send(office))
        if last is not None and not last.cancelled() and (failure := last.exception()) is not None:
            raise failure
        try:
            await asyncio.wait({self._round}, timeout=5.0)
        except asyncio.CancelledError:
            self._round.cancel()
            raise

    async def _send(self, office: Office) -> None:
        store = office.desk.store
        postman = Postman(
            Releases(store, office.sealer), Outbox(store, office.sealer), store.trail, office.blobs,
            targets(office.library), office.vault.credential, paper, organisation=office.site.about,
        )  # fmt: skip
        done = await postman.run()
        if done.sent or done.stopped:
            log.info("reports: %d delivered, %d not, %d wait for a person", done.sent, done.later, done.stopped)
