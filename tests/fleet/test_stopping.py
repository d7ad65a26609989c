"""A line is stopped at once, whatever the disk of the host does on which somebody stops it."""

from __future__ import annotations

import time

from robot_library.engine.database.store import Store
from robot_library.engine.database.trail import NoTrail
from robot_library.engine.line.switches import BotStates, Switches
from robot_library.engine.people.approvals import Approvals
from robot_library.model.audit import Happened
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY
from tests.fleet.test_permission import MADE


class SlowTrail(NoTrail):
    """On a share that hangs: for longer than a server lets a transaction wait."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.told = seconds, list[str]()

    def record(self, happened: Happened) -> None:
        time.sleep(self.seconds)
        self.told.append(happened.what)


async def test_a_trail_that_hangs_keeps_nobody_from_taking_a_permission_back(database: str) -> None:
    store = Store(database)
    store.open(KEY.fingerprint)
    store.trail = trail = SlowTrail(0)
    approvals = Approvals(store, SealedJson(KEY))
    try:
        await approvals.ask("tiny", "shadow", MADE, "ana", "ready")
        await approvals.approve("tiny", MADE, "ben", "agrees")
        trail.seconds = 5.6
        await approvals.withdraw("tiny", "ben", "wrong side")
        assert (await approvals.permission("tiny")).granted is None
        assert [what.split()[0] for what in trail.told] == ["ask", "approve", "withdraw"]
    finally:
        store.close()


async def test_a_trail_that_hangs_keeps_nobody_from_stopping_a_line(database: str) -> None:
    store = Store(database)
    store.open(KEY.fingerprint)
    trail = SlowTrail(5.6)
    store.trail = trail
    switches = Switches(store, SealedJson(KEY))
    try:
        assert await switches.stop("all", "ana", "it types nonsense")
        assert await switches.scopes() == {"all"}
        trail.seconds = 0
        await BotStates(store, SealedJson(KEY)).disable("tiny", "ana")
        assert trail.told == ["stop all", "disable bot:tiny"]
        assert not await switches.stop("all", "ben", "the same")
        assert trail.told == ["stop all", "disable bot:tiny"]
        assert [one.what for one in await switches.decisions.all()] == ["disable", "stop"]
    finally:
        store.close()
