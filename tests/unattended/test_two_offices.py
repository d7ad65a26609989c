"""Two offices on one database: each slot is fired once between them, over a change of the clocks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from robot_library.engine.desk import Desk
from robot_library.model.bot import App, BotSpec
from robot_library.parsing.library import Library
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.office import Office
from robot_library.unattended.schedule import Schedule
from robot_library.unattended.supervisor import Supervisor
from tests.fleet.cluster import Cluster
from tests.fleet.conftest import cluster, database
from tests.unattended.conftest import KEY, trigger, until

__all__ = ["cluster", "database"]
BEGIN = datetime.fromisoformat("2026-10-25T00:00:00+02:00")
"""The night in which 02:00 comes twice in Berlin."""
SPEC = BotSpec(
    bot="night", about="", workflow="look", apps={"ehr": App(map="ehr", url="x")},
    triggers=(
        trigger(cron={"time": "30 2 * * *", "zone": "Europe/Berlin"}),
        trigger(cron={"time": "0 * * * *", "zone": "Europe/Berlin"}),
    ),
)  # fmt: skip
EXPECTED = 20
"""19 full hours in 19 h of that night, and 02:30 once."""


async def both(first: Desk, second: Desk) -> tuple[Counter[str], int]:
    """Every slot as often as one of two schedules was the one to fire it; how many the database has."""
    now = BEGIN
    schedules = [Schedule(desk, lambda: now) for desk in (first, second)]
    for schedule in schedules:
        schedule.enable([SPEC], {"night": BEGIN})
    fired: Counter[str] = Counter()
    while now < BEGIN + timedelta(hours=19):
        now += timedelta(minutes=30)
        for slots in await asyncio.gather(*(schedule.look() for schedule in schedules)):
            fired.update(slots)
    return fired, len(await first.last_slots("night"))


def right(fired: Counter[str], kept: int) -> bool:
    once = set(fired.values()) == {1}
    return once and len(fired) == kept == EXPECTED and "night@2026-10-25T02:30:00+02:00" in fired


@pytest.fixture
async def desks(tmp_path: Path) -> AsyncIterator[list[Desk]]:
    async with (
        Desk(tmp_path, SealedJson(KEY), KEY.fingerprint) as one,
        Desk(tmp_path, SealedJson(KEY), KEY.fingerprint) as another,
    ):
        yield [one, another]


async def test_twenty_slots_fire_once_each_on_sqlite(desks: list[Desk]) -> None:
    assert right(*await both(*desks))


async def test_twenty_slots_fire_once_each_on_postgresql(database: str, tmp_path: Path) -> None:
    async with (
        Desk(tmp_path / "a", SealedJson(KEY), KEY.fingerprint, url=database) as one,
        Desk(tmp_path / "b", SealedJson(KEY), KEY.fingerprint, url=database) as another,
    ):
        assert right(*await both(one, another))


async def test_an_office_that_starts_later_makes_up_for_nothing_that_was_fired(desks: list[Desk]) -> None:
    first, second = desks
    now = BEGIN + timedelta(hours=5, minutes=10)
    early = Schedule(first, lambda: now)
    early.enable([SPEC], {"night": BEGIN})
    assert await early.look()
    late = Schedule(second, lambda: now)
    late.enable([SPEC], {"night": BEGIN})
    assert await late.look() == []


async def test_an_office_outlives_its_database(cluster: Cluster, database: str, tmp_path: Path) -> None:
    """The server goes away and comes back: said, and over; the slots that passed meanwhile are made up for."""
    now = BEGIN
    async with Desk(tmp_path, SealedJson(KEY), KEY.fingerprint, url=database) as desk:
        office = Office(
            tmp_path, Library(tmp_path), desk, KEY, Supervisor([], lambda name: []), clock=lambda: now
        )  # fmt: skip
        schedule = Schedule(desk, lambda: now)
        schedule.enable([SPEC], {"night": BEGIN})
        await schedule.look()
        stop = asyncio.Event()
        life = asyncio.create_task(office.run(stop))
        try:
            cluster.stop("immediate")
            now += timedelta(hours=3)
            assert await schedule.look() == []
            await until(lambda: not office.state()["ok"], 60)
            assert [one.name for one in office.troubles.all()] == ["database"]
        finally:
            cluster.start()
        await until(lambda: bool(office.state()["ok"]), 60)
        assert await schedule.look() == ["night@2026-10-25T02:30:00+02:00", "night@2026-10-25T02:00:00+01:00"]
        stop.set()
        await asyncio.wait_for(life, 120)
