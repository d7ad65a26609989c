"""Several processes on one home: workers that die with what they had at hand, people and offices that come between."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.desk import Desk, New
from robot_library.engine.engine import Engine
from robot_library.errors import RunCancelled
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.crew import crew_engine
from tests.engine.steps import PREREAD
from tests.engine.test_crash import BOUNDARIES, KILLED, PROJECT, hospital
from tests.engine.test_desk import until
from tests.engine.world import TinyDriver

SEALER = SealedJson(KEY)


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """A process of crew.py; the caller ends it."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.engine.crew", str(folder), *words], cwd=PROJECT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@asynccontextmanager
async def running(folder: Path, *words: str) -> AsyncIterator[subprocess.Popen[str]]:
    """Ready when given; told to leave at the end, and looked at for errors."""
    with start(folder, *words) as process:
        try:
            assert process.stdout is not None
            assert (await asyncio.to_thread(process.stdout.readline)).strip() == "ready"
            yield process
            _, errors = await asyncio.to_thread(process.communicate, timeout=120)
            assert process.returncode in (0, KILLED), errors[-3000:]
        finally:
            process.kill()


@asynccontextmanager
async def desk_at(folder: Path) -> AsyncIterator[Desk]:
    async with Desk(folder / "home", SEALER, SEALER.fingerprint) as desk:
        yield desk


def orders(count: int) -> list[New]:
    return [New({"order": f"O{number:03}"}, f"O{number:03}") for number in range(1, count + 1)]


async def all_ended(desk: Desk, count: int) -> bool:
    tallies = await desk.board.tally()
    return sum(tally.count for tally in tallies if tally.outcome == "typed") == count


@pytest.mark.slow
async def test_one_of_two_workers_is_killed_with_what_it_has_at_hand(tmp_path: Path) -> None:
    """It is killed with text typed and not saved, and started again, as its supervisor would; nothing is lost, nothing
    saved twice, and both have worked. Orders come until it has had its second: who takes how many is nobody's plan."""
    record, count = hospital(tmp_path, 300), 0
    async with desk_at(tmp_path) as desk:
        async with running(tmp_path, "worker", "a", "step:7.steps.3:2") as doomed, running(tmp_path, "worker", "b"):
            while doomed.poll() is None:
                if count - len(record.saves()) < 8:
                    count += 4
                    await desk.add_all("tiny", orders(count)[-4:])
                await asyncio.sleep(0.5)
            assert doomed.returncode == KILLED
            async with running(tmp_path, "worker", "a"):
                count += 4
                await desk.add_all("tiny", orders(count)[-4:])
                await until(lambda: all_ended(desk, count), seconds=120)
        assert sorted(record.saves()) == [order.key for order in orders(count)]
        workers = {one.name: one for one in await desk.workers()}
        assert {name: one.ended is not None for name, one in workers.items()} == {"a": True, "b": True}


@pytest.mark.slow
async def test_a_worker_that_leaves_in_peace_hands_its_items_to_the_other(tmp_path: Path) -> None:
    """The step at hand is finished, the next is not begun; who stays does the item, and no crash is counted."""
    record = hospital(tmp_path, 2)
    reached, go_on, begun = asyncio.Event(), asyncio.Event(), list[str]()

    class Slow(TinyDriver):
        async def session(self, *given: Any) -> Any:
            reached.set()
            await go_on.wait()
            return await super().session(*given)

    async with desk_at(tmp_path) as desk:
        engine = crew_engine(tmp_path, "here", driver=Slow(record))
        engine.listen(lambda event: begun.append(event.path) if event.moment == "step" else None)
        async with engine:
            await desk.add_all("tiny", orders(1))
            await asyncio.wait_for(reached.wait(), 120)
            leaving = asyncio.create_task(engine.leave_off())
            await asyncio.sleep(0)
            go_on.set()
            await leaving
        assert begun[-1] == "2", "the step that opened the screen was finished, and no other begun"
        async with running(tmp_path, "worker", "there"):
            await until(lambda: all_ended(desk, 1), seconds=120)
    assert record.saves() == ["O001"]


def test_whoever_dies_between_items_and_their_cases_has_added_none(tmp_path: Path) -> None:
    with start(tmp_path, "add-and-die", "5") as done:
        _, errors = done.communicate(timeout=120)
    assert done.returncode == KILLED, errors

    async def look() -> None:
        async with desk_at(tmp_path) as desk:
            assert (await desk.board.page()).total == 0
            assert None not in await desk.add_all("tiny", orders(5)), "their keys are still free"

    asyncio.run(look())


async def test_processes_that_fire_the_same_slots_fire_each_once(tmp_path: Path) -> None:
    slots = [f"tiny@2026-10-25T{hour:02}:00+02:00" for hour in range(20)]
    said: list[str] = []
    async with running(tmp_path, "fire", *slots) as one, running(tmp_path, "fire", *slots) as other:
        for process in (one, other):
            assert process.stdin is not None
            process.stdin.write("now\n")
            process.stdin.flush()
        for process in (one, other):
            out, _ = await asyncio.to_thread(process.communicate, timeout=120)
            said += out.split()
    assert sorted(said) == sorted(slots)


async def test_an_item_is_never_taken_between_a_press_and_its_proof(tmp_path: Path) -> None:
    """A person takes the item when the button is about to be pressed: it is pressed and proven all the same, and the
    step after it is not begun."""
    record = hospital(tmp_path, 1)
    driver = TinyDriver(record)
    engine = Engine(tmp_path / "home", SEALER, SEALER.fingerprint, settle=0.01)
    engine.add_bot(assembly(tmp_path, record, [*PREREAD, ("noop", {})], driver=driver))
    async with engine, desk_at(tmp_path) as desk:

        def taken_now() -> None:
            engine.taken._lives.add((item.id, 0))

        driver.before_press = taken_now
        item = await desk.add("tiny", {"order": "O001"}, "O001")
        assert item is not None
        await engine.run_until_idle()
        view = await desk.items.get(item.id)
        steps = (await engine.run(item.id)).steps
    assert record.saves() == ["O001"]
    assert (view.outcome, view.code) == ("needs_person", "ItemTaken")
    assert [step.outcome for step in steps if step.action == "save"] == ["ok"]
    assert "noop" not in {step.action for step in steps}


def test_leaving_is_no_error_that_an_action_could_swallow() -> None:
    assert not issubclass(RunCancelled, Exception)


@pytest.mark.evidence
async def test_full_size(tmp_path: Path) -> None:
    """Two workers, killed a hundred times at every boundary there is; new orders as long as kills are wanted."""
    chance = random.Random(23)
    record, orders_made, kills = hospital(tmp_path, 20), 20, 0
    async with desk_at(tmp_path) as desk:
        await desk.add_all("tiny", orders(orders_made))
        crew: dict[str, subprocess.Popen[str]] = {}
        while kills < 100:
            for name in ("a", "b"):
                if name in crew and crew[name].poll() is None:
                    continue
                if name in crew:
                    _, errors = crew[name].communicate()
                    assert crew[name].returncode == KILLED, errors[-3000:]
                    kills += 1
                crew[name] = start(tmp_path, "worker", name, chance.choice(BOUNDARIES[:22]))
            if orders_made - len(record.saves()) < 6:
                for number in range(orders_made + 1, orders_made + 6):
                    record.add(f"O{number:03}", f"P{number:03}")
                orders_made += 5
                await desk.add_all("tiny", orders(orders_made))
            await asyncio.sleep(0.1)
        for process in crew.values():
            process.kill()
            process.communicate()
        async with running(tmp_path, "worker", "a"), running(tmp_path, "worker", "b"):
            await until(lambda: all_ended(desk, orders_made), seconds=120)
    assert sorted(record.saves()) == [order.key for order in orders(orders_made)]
    print(f"{kills} kills of two workers, {orders_made} items, {len(record.saves())} saves, none twice")
