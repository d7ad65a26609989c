"""Seconds go by between the guard's look and the press: a person has time to sign, so the guard looks again."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from robot_library.engine.fleet.fence import NoFence
from robot_library.engine.ports import Event
from robot_library.errors import OrderHeld, SawTooLongAgo
from tests.engine.conftest import Bench
from tests.engine.world import TinyDriver, TinyGuard

SIGNS = "UPDATE orders SET held = 'Dr B signs'"


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is three seconds, so that nobody waits for them."""
    monkeypatch.setattr(SawTooLongAgo, "AFTER", 0.2)


@pytest.mark.usefixtures("soon")
async def test_a_database_locked_between_look_and_press_gives_no_press_over_who_signed_meanwhile(bench: Bench) -> None:
    """A backup, another worker, a virus scanner: the intent waits for them, with the guard's look in hand."""
    locked = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(bench.folder / "engine.sqlite", timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            locked.set()
            time.sleep(0.3)
            bench.record.run(SIGNS)
            time.sleep(0.1)
            other.execute("ROLLBACK")

    def locks(event: Event) -> None:
        if event.moment == "before_intent":
            threading.Thread(target=hold).start()
            assert locked.wait(10)

    bench.listener = locks
    with pytest.raises(OrderHeld):
        await bench.go(bench.assembly())
    assert bench.record.saves() == []


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("signs", [True, False])
async def test_a_fence_that_answers_late_gives_no_press_over_who_signed_meanwhile(bench: Bench, signs: bool) -> None:
    """The last question before the press goes to the database, too: a fleet's server fails over, or is asked over a
    line that was cut for a moment."""
    guard = TinyGuard()

    class Late(NoFence):
        asked = 0

        async def ask(self) -> None:
            pressing = [one.moment for one in bench.events].count("intent")
            self.asked += pressing
            if pressing and self.asked == 1:
                await asyncio.sleep(0.3)
                bench.record.run(SIGNS if signs else "SELECT 1")

    run = bench.dispatch(bench.assembly(guard=guard))
    run.sessions.gate.fence = fence = Late()
    if signs:
        with pytest.raises(OrderHeld):
            await run.run()
        assert bench.record.saves() == []
        return
    await run.run()
    assert (guard.passed, fence.asked) == (["write", "commit", "commit"], 2)
    assert bench.record.saves() == ["O1"]


async def test_a_button_that_takes_no_press_for_long_is_pressed_on_a_new_look(bench: Bench) -> None:
    guard, driver, tries = TinyGuard(), TinyDriver(bench.record), iter((True, False))

    def slow() -> None:
        if next(tries):
            raise SawTooLongAgo("the button took no press.")

    driver.before_press = slow
    await bench.go(bench.assembly(guard=guard, driver=driver))
    assert guard.passed == ["write", "commit", "commit"]
    assert bench.record.saves() == ["O1"]


@pytest.mark.parametrize("signs", [True, False])
async def test_a_button_that_never_takes_a_press_at_once_is_not_pressed(bench: Bench, signs: bool) -> None:
    driver = TinyDriver(bench.record)

    def slow() -> None:
        if signs:
            bench.record.run(SIGNS)
        raise SawTooLongAgo("the button took no press.")

    driver.before_press = slow
    with pytest.raises(OrderHeld if signs else SawTooLongAgo):
        await bench.go(bench.assembly(driver=driver))
    assert bench.record.saves() == []
