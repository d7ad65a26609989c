"""Clocks that were ahead for a while, and were set right: what they dated holds nothing up, and by a clock that
has just jumped nothing ends that waits for a person."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from robot_library.engine import engine as engine_module
from robot_library.engine import words as words_module
from robot_library.engine.database import tables
from robot_library.engine.engine import Engine
from robot_library.engine.line.downtime import Asked, Downtime
from robot_library.engine.records.facts import Facts
from robot_library.engine.steady import Steady
from robot_library.engine.words import Words
from robot_library.model.bot import App
from tests.engine.conftest import Bench
from tests.engine.steps import PREREAD
from tests.engine.test_desk import desk_at, until, worker
from tests.engine.world import MAP, Record, TinyDriver, TinySkills

YEARS = 5 * 365 * 86_400.0
ASKS = [step if step[0] != "accept" else ("accept", {**step[1], "wait_s": 3600.0}, "accepted") for step in PREREAD]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    record = Record(tmp_path / "record.sqlite")
    record.add("O1", "P1")
    return record


def test_a_clock_is_steady_while_it_goes_as_time_passes() -> None:
    wall, passed = 1000.0, 10.0
    steady = Steady(lambda: wall, lambda: passed)
    wall, passed = wall + 86_400, passed + 86_400  # the machine slept for a day
    assert steady.seconds() == 86_400
    assert steady.believed(600)
    wall += 3600
    assert (steady.seconds(), steady.believed(600)) == (0, False)
    passed += 300
    wall += 300 - 3600
    assert steady.seconds() == 0, "set right is set, too"
    passed, wall = passed + 600, wall + 600.5  # a server of time pulls at it
    assert steady.believed(600)


async def test_a_go_that_was_given_up_is_heard_of_after_the_clock_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time() + 3600
    monkeypatch.setattr(words_module, "time", SimpleNamespace(time=lambda: now))
    monkeypatch.setattr(words_module, "LOOK_EVERY", 0.01)
    dead: dict[str, float] = {}
    looked = asyncio.Event()

    async def given_up(since: float) -> set[str]:
        looked.set()
        return {go for go, at in dead.items() if at > since}

    async def nothing(_: float) -> list[tuple[str, float]]:
        return []

    words = Words(nothing, given_up)
    with words.about("i"):
        await asyncio.wait_for(looked.wait(), 60)
        now -= 3600
        dead["i.0.1"] = now

        async def heard() -> bool:
            return words.is_dead("i.0.1")

        await until(heard, seconds=60)
    await words.stop()


async def test_what_waits_for_a_person_ends_by_no_clock_that_has_just_jumped(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = 0.0
    real = time.time
    async with worker(tmp_path, record, written=ASKS, skills=TinySkills("uncertain")) as engine:
        engine.steady = Steady(lambda: real() + ahead)
        item = await engine.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None

        async def state(engine: Engine, wanted: str) -> bool:
            return (await engine.item(item.id)).item.state == wanted

        await until(lambda: state(engine, "waiting_for_person"))
        ahead = 5000.0
        monkeypatch.setattr(time, "time", lambda: real() + ahead)
        await asyncio.sleep(2.5)
        assert await state(engine, "waiting_for_person")
        monkeypatch.setattr(engine_module, "AFTER_A_JUMP", 0.5)
        await until(lambda: state(engine, "business_exception"))


async def test_pauses_of_items_that_have_ended_hide_no_pause_that_lasts(tmp_path: Path) -> None:
    async with desk_at(tmp_path / "home") as desk:
        kept = [await desk.add("tiny", {"order": f"O{n}"}, f"O{n}") for n in range(101)]
        ids = [one.id for one in kept if one is not None]
        for one in ids:
            assert await desk.pause(one, "ana", until=1.0)
        ended = sa.update(tables.items).where(tables.items.c.id.in_(ids[:100]))
        await desk.store.write(lambda c: c.execute(ended.values(outcome="typed", state="done", ended=2.0)))
        assert [one.item for one in await desk.pauses.overdue(time.time())] == ids[100:]


async def test_a_system_that_was_asked_by_a_clock_that_was_ahead_is_asked_again(bench: Bench) -> None:
    driver = TinyDriver(bench.record)
    here = Downtime(bench.store, "worker")
    tiny = Asked("tiny", App(map="tiny", url="http://tiny"), MAP, driver)
    row = {"system": "tiny", "address": "http://tiny", "code": "x", "since": time.time(), "asked": 1, "by": "gone",
           "until": time.time() + YEARS, "by_until": time.time() + YEARS, "ended": None}  # fmt: skip
    await bench.store.write(lambda c: c.execute(sa.insert(tables.outages).values(**row)))
    here.know([tiny])
    await here.look()
    assert [one.ended is not None for one in await here.of([tiny])] == [True]


async def test_a_bot_is_silent_though_a_clock_that_was_ahead_has_seen_it(bench: Bench) -> None:
    row = {"slot": "tiny@x", "bot": "tiny", "at": time.time() + YEARS, "state": "done"}
    await bench.store.write(lambda c: c.execute(sa.insert(tables.slots).values(**row)))
    assert await Facts(bench.store).fired() == {}
