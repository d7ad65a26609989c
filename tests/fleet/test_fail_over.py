"""A host is lost: its items go on elsewhere, and it neither types nor presses again.

Within how many seconds is only known on a quiet machine: `-m evidence` holds it to that. What the engine itself waits
for until then is added up.
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from robot_library.engine import durable
from robot_library.engine.engine import Engine
from robot_library.engine.fleet import fleet, lease
from robot_library.engine.records.items import ItemView
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY
from tests.engine.world import Record
from tests.fleet.cluster import Cluster
from tests.fleet.host import HALTED
from tests.fleet.hosts import LONG, Host, hosts

pytestmark = pytest.mark.slow
WITHIN = 15.0
SOON = [pytest.param(LONG, id="taken-over"), pytest.param(WITHIN, id="within-15-s", marks=pytest.mark.evidence)]
ORDERS = 3


def hospital(folder: Path, orders: int = ORDERS) -> Record:
    record = Record(folder / "record.sqlite")
    for number in range(1, orders + 1):
        record.add(f"O{number:03}", f"P{number:03}")
    return record


def views(folder: Path, url: str | None) -> list[ItemView]:
    async def look() -> list[ItemView]:
        sealer = SealedJson(KEY)
        engine = Engine(folder / "home", sealer, sealer.fingerprint, url=url, executor="looker")
        await engine.open()
        try:
            return await engine.items()
        finally:
            engine.store.close()

    return asyncio.run(look())


def all_ended(host: Host, orders: int = ORDERS) -> None:
    """Wait until this host has told of the end of so many items."""
    host.wait_for(lambda told: told["moment"] == "item" and host.count("item") >= orders)


def nothing_twice(record: Record, saved: int = ORDERS) -> None:
    """So many orders were saved, each exactly once."""
    saves = record.saves()
    assert sorted(set(saves)) == sorted(saves), saves
    assert len(saves) == saved


LOSSES = {
    "before-typing": ("step/8.steps.2:freeze", 3, 3),
    "while-typing": ("in-fill:freeze", 3, 3),
    "before-the-press": ("intent/:freeze", 2, 2),
    "in-the-press": ("before-press:freeze", 2, 3),
    "killed": ("step/5:kill", 3, 3),
}
"""How a host is lost; how many of three items are then typed, and how many saves there are. Where a frozen worker may
have pressed, or may press when it wakes, a person looks: nobody else can know. Killed is not frozen, but how should
the other host tell?"""


def test_what_a_take_over_waits_for_is_well_below_what_it_may_take() -> None:
    """The server ends the lost session; that is looked for; the lease must have been free; the item is queued again."""
    waits = lease.SERVER_ENDS + fleet.LOOK_EVERY + lease.BELIEVED + fleet.LOOK_EVERY + durable.POLL + durable.GO_POLL
    assert waits <= WITHIN - 4


@pytest.mark.parametrize("within", SOON)
def test_a_lost_host_is_replaced_and_does_nothing_more_when_it_wakes(
    cluster: Cluster, tmp_path: Path, within: float
) -> None:
    """All losses side by side, each in a database and a hospital of its own: most of the time is waiting."""
    pairs: dict[str, tuple[Host, Host]] = {}
    with hosts() as start:
        for name, (at, _, _) in LOSSES.items():
            folder, url = tmp_path / name, cluster.url(cluster.new_database())
            folder.mkdir()
            hospital(folder)
            first = start(folder, "first", f"--orders={ORDERS}", f"--at={at}", "--pause=1", url=url)
            first.moment("step")  # the credential's line is this host's now
            pairs[name] = (first, start(folder, "second", "--pause=1", url=url))
        for name, (first, second) in pairs.items():
            lost = first.moment(LOSSES[name][0].partition(":")[2])
            ready = second.moment("submitted")
            assert second.moment("step")["at"] - max(lost["at"], ready["at"]) <= within, name
        for name, (first, second) in pairs.items():
            all_ended(second)
            told_before = len(first.told)
            first.signal(signal.SIGCONT)
            assert first.ended() == (-signal.SIGKILL if name == "killed" else HALTED), name
            woken = {told["moment"] for told in first.told[told_before:]}
            in_flight = {"pressed"} if name == "in-the-press" else set()
            assert woken <= {"at", "step_done", "gone", "halted"} | in_flight, (name, woken)
        urls = {name: second.url for name, (_, second) in pairs.items()}
    for name, (_, typed, saves) in LOSSES.items():
        outcomes = [view.outcome for view in views(tmp_path / name, urls[name])]
        assert outcomes.count("typed") == typed, (name, outcomes)
        assert set(outcomes) <= {"typed", "needs_person"}, (name, outcomes)
        nothing_twice(Record(tmp_path / name / "record.sqlite"), saves)


def test_on_one_machine_a_killed_worker_is_replaced_by_another(tmp_path: Path) -> None:
    """Its process is surely gone, so what it was about to press is looked for and pressed."""
    record = hospital(tmp_path)
    with hosts() as start:
        first = start(tmp_path, "first", f"--orders={ORDERS}", "--at=intent/:kill")
        first.moment("kill")
        second = start(tmp_path, "second")
        all_ended(second)
    assert {view.outcome for view in views(tmp_path, None)} == {"typed"}
    nothing_twice(record)
