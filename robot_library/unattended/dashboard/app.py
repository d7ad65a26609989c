"""The application: every address with its page or act."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from robot_library.engine.database.trail import told_if_can_be
from robot_library.model.audit import Happened
from robot_library.people.door import FOLDER, FrontDoor
from robot_library.unattended.dashboard.bots import Bots
from robot_library.unattended.dashboard.deciding import Deciding
from robot_library.unattended.dashboard.floor import Floor, People
from robot_library.unattended.dashboard.frame import Framing
from robot_library.unattended.dashboard.health import Health
from robot_library.unattended.dashboard.incidents import Wrong
from robot_library.unattended.dashboard.items import Items
from robot_library.unattended.dashboard.looks import Looks
from robot_library.unattended.dashboard.overview import Overview
from robot_library.unattended.dashboard.queue import Queue
from robot_library.unattended.dashboard.reconciled import Reconciled
from robot_library.unattended.dashboard.stopping import Stopping
from robot_library.unattended.dashboard.troubles import Troubles
from robot_library.web import pages as web
from robot_library.web.doors import Doors
from robot_library.web.live import Live
from robot_library.web.pages import Pages
from robot_library.web.shell import Ask
from robot_library.web.static import Static
from robot_library.web.times import Clock
from robot_library.web.walls import Walls
from robot_library.web.words import Words

HERE = Path(__file__).parent
SYSTEM = "dashboard"
"""What the audit trail calls it."""
_AGES_CHANGE = 20.0
"""Seconds after which ages and next runs are told anew, though nothing has happened."""


class Dashboard:
    """The pages over one floor. `app` is what a server runs; `close` ends the streams, so that it can stop.

    `people` come in with their accounts. `hosts` are names it may be called by beside this machine's own; `secure` says
    that browsers reach it by HTTPS.
    """

    def __init__(
        self, floor: Floor, doors: Doors, people: People, *, zone: str = "UTC", hosts: Collection[str] = (),
        secure: bool = False,
    ) -> None:  # fmt: skip
        self._floor = floor
        self._clock = Clock(zone)
        folders = [web.HERE, FOLDER, HERE]
        words = Words([folder / "words" for folder in folders])
        static, looks, self._framing = Static([web.HERE / "static"]), Looks(words), Framing(floor)
        filters: dict[str, Callable[..., Any]] = {"mark": looks.mark, "standing": looks.standing}
        pages = Pages([folder / "templates" for folder in folders], words, static, self._clock, filters)
        self.live = Live(self._changes)
        shell = FrontDoor(
            doors, pages, static, frame=self._framing.frame, layout="dashboard.html", secure=secure,
            entered=self._entered, book=people.book, elsewhere=people.elsewhere, trail=floor.desk.store.trail,
            system=SYSTEM,
        )  # fmt: skip
        self.app: Walls = shell.app(self._routes(shell), hosts=hosts)

    def close(self) -> None:
        """Send everybody who listens away."""
        self.live.close()

    def _entered(self, who: str, role: str) -> None:
        """Told if it can be: whoever comes to stop a line must come in."""
        told = Happened("sign_in", f"{role} by link", person=who, system=SYSTEM)
        told_if_can_be(self._floor.desk.store.trail, told)

    def _routes(self, shell: FrontDoor) -> list[BaseRoute]:
        """Every address names the right it takes: see `people/rights.py`."""
        floor, page, act = self._floor, shell.page, shell.act
        overview, queue, items, troubles = Overview(floor, self._clock), Queue(floor), Items(floor), Troubles(floor)
        bots, health, stopping, reconciled = Bots(floor), Health(floor), Stopping(floor), Reconciled(floor)
        wrong, permission = Wrong(floor), Deciding(floor)
        return [
            *shell.ways_in(),
            *(permission.proofs.routes(shell) if permission.proofs else ()),
            page("/", overview.page, role="look"),
            page("/frame", self._framing.part, role="look"),
            page("/keys", _keys, role="look"),
            shell.events("/events", self.live, role="look"),
            page("/queue", queue.page, role="look"),
            act("/queue/confirm", queue.confirm, role="operate"),
            act("/queue/do", queue.do, role="operate"),
            page("/items/{item}", items.page, role="look"),
            page("/items/{item}/pictures/{blob}", items.picture, role="watch"),
            page("/items/{item}/confirm", items.confirm, role="operate"),
            act("/items/{item}/do", items.do, role="operate"),
            act("/items/{item}/note", items.note, role="operate"),
            page("/items/{item}/wrong", wrong.ask_why, role="wrong"),
            act("/items/{item}/wrong", wrong.say, role="wrong"),
            page("/incidents", wrong.list, role="watch"),
            page("/incidents/{incident}", wrong.page, role="watch"),
            act("/incidents/{incident}/bundle", wrong.bundle, role="wrong"),
            act("/incidents/{incident}/close", wrong.close, role="operate"),
            page("/exceptions", troubles.exceptions, role="look"),
            page("/dead", troubles.dead, role="look"),
            page("/drift", troubles.drift, role="look"),
            page("/bots", bots.page, role="look"),
            page("/bots/{bot}", bots.confirm, role="operate"),
            act("/bots/{bot}", bots.decide, role="operate"),
            page("/bots/{bot}/permission", permission.page, role="look"),
            page("/bots/{bot}/permission/{do}", permission.confirm, role="decide"),
            act("/bots/{bot}/permission/{do}", permission.decide, role="decide"),
            page("/reconciliation", reconciled.page, role="look"),
            page("/reconciliation/{bot}", reconciled.one, role="look"),
            act("/reconciliation/{bot}", reconciled.numbers, role="numbers"),
            page("/office", health.page, role="look"),
            act("/alerts/{alert}/acknowledge", health.acknowledge, role="operate"),
            page("/stop", stopping.ask_stop, role="stop"),
            act("/stop", stopping.stop, role="stop"),
            page("/go-on", stopping.ask_go_on, role="operate"),
            act("/go-on", stopping.go_on, role="operate"),
        ]

    async def _changes(self) -> Mapping[str, str]:
        desk = self._floor.desk
        alerts = [(one.id, one.state, one.count) for one in await self._floor.alerts.all()]
        return {
            "time": str(time.time() // _AGES_CHANGE),
            **await desk.board.changes(),
            "switches": repr(sorted(await desk.switches.scopes())),
            "bots": repr(await desk.bots.all()),
            "workers": repr([(one.name, one.alive, one.ended) for one in await desk.workers()]),
            "alerts": repr(alerts),
            "incidents": repr(await desk.incidents.count()),
        }


async def _keys(ask: Ask) -> Response:
    """What keys do."""
    return await ask.page("keys.html")
