"""A system that does not answer: its items wait and lose nothing, one worker asks and nobody signs in, and the work
goes on by itself as soon as there is an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.engine.engine import Engine
from robot_library.engine.line import downtime
from robot_library.engine.line.downtime import Asked, Downtime, Outage, outages
from robot_library.engine.line.standing import holdings
from robot_library.errors import LineStopped, SystemDown
from robot_library.model.bot import App
from robot_library.model.site import Site
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly, hospital
from tests.engine.world import MAP, Record, TinyDriver

REFUSED = "ERR_CONNECTION_REFUSED"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits half a minute for the next question."""
    for name, value in {"FIRST_WAIT": 0.05, "LONGEST_WAIT": 0.2, "APART": 0.01, "LOOK_EVERY": 0.02}.items():
        monkeypatch.setattr(downtime, name, value)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return hospital(tmp_path, 6)


class House:
    """Starts workers, one after the other, on one home and one tiny hospital."""

    def __init__(self, folder: Path, record: Record) -> None:
        self.folder, self.record, self.driver = folder, record, TinyDriver(record)

    @asynccontextmanager
    async def worker(self, site: dict[str, Any] | None = None, **spec: Any) -> Any:
        sealer = SealedJson(KEY)
        engine = Engine(
            self.folder / "home", sealer, sealer.fingerprint, settle=0.01, site=Site.model_validate(site or {})
        )
        made = assembly(self.folder, self.record, driver=self.driver)
        engine.add_bot(type(made)(**{**vars(made), "bot": made.bot.model_copy(update=spec)}))
        async with engine:
            yield engine


@pytest.fixture
def here(tmp_path: Path, record: Record) -> House:
    return House(tmp_path, record)


async def submit(engine: Engine, *orders: str) -> list[str]:
    return [item.id for order in orders if (item := await engine.submit("tiny", {"order": order}, order))]


async def until(true: Callable[[], Any]) -> None:
    """Look until it is so, whether the look is a coroutine or not."""
    async with asyncio.timeout(120):
        while not (await found if asyncio.iscoroutine(found := true()) else found):  # noqa: ASYNC110 - a database
            await asyncio.sleep(0.02)


async def down(engine: Engine) -> list[Outage]:
    return [one for one in await outages(engine.store) if one.ended is None]


async def test_items_wait_without_a_try_through_a_restart_and_go_on_by_themselves(here: House, record: Record) -> None:
    orders = [f"O{number}" for number in range(1, 7)]
    here.driver.silent = REFUSED
    async with here.worker(retries=0, stop_after=2) as engine:
        await submit(engine, *orders)

        async def asked_often() -> bool:
            return any(one.asked > 3 for one in await outages(engine.store))

        await until(asked_often)
        assert {view.outcome for view in await engine.items()} == {None}
        assert await engine.line.switches.list() == []
        (outage,) = await down(engine)
        assert (outage.system, outage.code) == ("tiny", REFUSED)
        (holding,) = await holdings(engine.store)
        assert (holding.code, holding.scope) == ("SystemDown", "system:tiny")
        assert "tiny does not answer (ERR_CONNECTION_REFUSED)" in holding.reason
        signed_in = len(here.driver.sessions)
        assert signed_in == 1, "only the item that found out has tried"
    async with here.worker(retries=0, stop_after=2) as engine:
        asked = here.driver.asked
        await until(lambda: here.driver.asked > asked + 3)
        assert len(here.driver.sessions) == signed_in
        assert {view.outcome for view in await engine.items()} == {None}
        here.driver.silent = ""
        await asyncio.wait_for(engine.run_until_idle(), 120)
        assert {view.outcome for view in await engine.items()} == {"typed"}
        assert await down(engine) == []
    assert sorted(record.saves()) == orders


async def test_a_broken_page_of_a_system_that_answers_is_the_items_own_failure(here: House) -> None:
    def broken() -> None:
        raise SystemDown("this page did not answer.", why="HTTP 504")

    here.driver.check = broken  # type: ignore[method-assign]
    async with here.worker(retries=1) as engine:
        (item,) = await submit(engine, "O1")
        await asyncio.wait_for(engine.run_until_idle(), 120)
        assert (await engine.item(item)).code == "SystemDown"
        assert await outages(engine.store) == []


@pytest.mark.parametrize("saved", [True, False])
async def test_a_press_in_the_outage_is_proven_before_anything_else(here: House, record: Record, saved: bool) -> None:
    cut = [True]

    def goes_down() -> None:
        if cut and cut.pop():
            here.driver.silent = "ERR_CONNECTION_RESET"
            raise SystemDown("the tiny hospital does not answer.")

    setattr(here.driver, "after_press" if saved else "before_press", goes_down)
    async with here.worker(retries=0) as engine:
        (item,) = await submit(engine, "O1")

        async def noticed() -> bool:
            return bool(await down(engine))

        await until(noticed)
        assert record.saves() == (["O1"] if saved else [])
        here.driver.silent = ""
        await asyncio.wait_for(engine.run_until_idle(), 120)
        run = await engine.run(item)
    assert run.outcome == "typed"
    assert record.saves() == ["O1"]
    assert any("look for the proof of an interrupted press" in step.title for step in run.steps)


async def test_an_item_that_brings_the_system_down_each_time_is_given_up(
    here: House, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot_library.engine.goes.MOST_OUTAGES", 2)
    brought_down = []

    def poison() -> None:
        brought_down.append(here.driver.silent)
        here.driver.silent = "HTTP 502"
        raise SystemDown("the tiny hospital does not answer.")

    async def up_again(engine: Engine) -> None:
        while True:
            await asyncio.sleep(0.02)
            if await down(engine):
                here.driver.silent = ""

    here.driver.in_fill = poison
    async with here.worker(retries=0) as engine:
        (item,) = await submit(engine, "O1")
        repair = asyncio.create_task(up_again(engine))
        await asyncio.wait_for(engine.run_until_idle(), 120)
        repair.cancel()
        assert ((await engine.item(item)).code, len(brought_down)) == ("SystemDown", 3)
    assert record.saves() == []


async def test_collecting_meets_the_outage_and_fails_nothing(here: House) -> None:
    async with here.worker() as engine:
        here.driver.silent = "HTTP 503"
        with pytest.raises(LineStopped, match=r"tiny does not answer \(HTTP 503\)"):
            async with engine.let_in(engine.assembly("tiny")):
                here.driver.check()
        with pytest.raises(LineStopped, match="tiny does not answer"):
            async with engine.let_in(engine.assembly("tiny")):
                raise AssertionError("nobody is let in")


async def test_afterwards_as_fast_as_the_site_says_and_what_is_old_goes_to_a_person(
    here: House, record: Record
) -> None:
    catch_up = {"items": 2, "per": "1 h", "lasts": "1 h", "not_older_than": "2 h"}
    now = time.time()
    async with here.worker({"systems": {"tiny": {"catch_up": catch_up}}}) as engine:
        await engine.line.switches.stop("all", "dr.chen", "nothing moves while the clock is turned")
        row = {"system": "tiny", "address": "http://tiny", "code": REFUSED, "since": now - 9000, "until": now,
               "asked": 5, "by": "", "by_until": 0.0, "ended": now}  # fmt: skip
        await engine.store.write(lambda c: c.execute(sa.insert(tables.outages).values(**row)))
        items = await submit(engine, "O1", "O2", "O3", "O4", "O5")
        turned = sa.update(tables.items).where(tables.items.c.id.in_(items)).values(created=now - 3600)
        old = sa.update(tables.items).where(tables.items.c.id == items[0]).values(created=now - 8000)
        await engine.store.write(lambda c: (c.execute(turned), c.execute(old)))
        await engine.line.switches.go_on("all", "dr.chen")
        with pytest.raises(LineStopped, match="worked on at its pace"):
            await asyncio.wait_for(engine.run_until_idle(), 120)
        first = await engine.item(items[0])
        assert (first.outcome, first.code) == ("needs_person", "OutOfDate")
        assert len(record.saves()) == 2
        over = sa.update(tables.outages).values(ended=now - 3601)
        await engine.store.write(lambda c: c.execute(over))
        await engine.send_back(items[0], "miller")
    async with here.worker() as engine:
        await asyncio.wait_for(engine.run_until_idle(), 120)
        assert {view.outcome for view in await engine.items()} == {"typed"}


async def two_workers(url: str, record: Record) -> None:
    """One outage for both, one question at a time, and none is lost with the worker that asked it."""
    stores = [Store(url), Store(url)]
    for store in stores:
        store.open(SealedJson(KEY).fingerprint)
    driver = TinyDriver(record)
    driver.silent = REFUSED
    tiny = Asked("tiny", App(map="tiny", url="http://user@TINY/ehr?x=1"), MAP, driver)
    one, two = Downtime(stores[0], "one"), Downtime(stores[1], "two")
    found = await asyncio.gather(one.suspect([tiny]), two.suspect([tiny]))
    assert [len(each) for each in found] == [1, 1]
    (outage,) = await outages(stores[0])
    assert (outage.address, outage.asked) == ("http://tiny/ehr", 1)

    calls, asking, answer = [0], asyncio.Event(), asyncio.Event()

    async def slow_at_first(*_: Any) -> str:
        calls[0] += 1
        if calls[0] > 1:
            return ""
        asking.set()
        await answer.wait()
        return REFUSED

    driver.ask = slow_at_first  # type: ignore[method-assign]
    await asyncio.sleep(0.1)  # until it is due
    first = asyncio.create_task(one.look())
    await asyncio.wait_for(asking.wait(), 120)
    await two.look()
    assert calls == [1], "two asked at the same time"
    dead = sa.update(tables.outages).values(by_until=0.0)
    await stores[0].write(lambda connection: connection.execute(dead))
    two.know([tiny])
    await two.look()
    answer.set()
    await first
    (outage,) = await outages(stores[1])
    assert calls == [2]
    assert outage.ended is not None, "a late answer counts for nothing"
    for store in stores:
        store.close()


async def test_two_workers_ask_in_turn(tmp_path: Path, record: Record) -> None:
    await two_workers(f"sqlite:///{tmp_path / 'engine.sqlite'}", record)
