"""The engine on a line that is stopped, closed or crowded: nothing is typed, nothing fails, nothing is lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.engine import Engine
from robot_library.engine.ports import Event
from robot_library.errors import LicencesFull, LineStopped, SignInRefused, TargetNotFound
from robot_library.model.bot import App
from tests.engine.conftest import at_work, hospital, submit
from tests.engine.world import Record, TinyDriver

Start = Callable[..., Any]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return hospital(tmp_path, 9)


@pytest.fixture
def start(tmp_path: Path, record: Record) -> Start:
    def start(site: dict[str, Any] | None = None, spec: dict[str, Any] | None = None, **more: Any) -> Any:
        return at_work(tmp_path, record, spec=spec, site=site, **more)

    return start


def stop_at(engine: Engine, moment: str, title: str = "") -> list[Event]:
    """Stop the bot's line at the first such moment, in the middle of a step if need be."""
    from robot_library.engine.line.switches import Switches

    seen: list[Event] = []

    def heard(event: Event) -> None:
        if event.moment == moment and event.title.startswith(title) and not seen:
            seen.append(event)
            switches = Switches(engine.store, engine.sealer)
            stopping = threading.Thread(target=asyncio.run, args=(switches.stop("bot:tiny", "dr.chen", "look"),))
            stopping.start()  # on disk before the step goes on: else the step may win, and the test shows nothing
            stopping.join()

    engine.listen(heard)
    return seen


async def test_a_stopped_line_lays_the_item_down_and_goes_on_where_it_was(start: Start, record: Record) -> None:
    async with start() as engine:
        await engine.line.switches.stop("system:tiny", "dr.chen", "look first")
        (item,) = await submit(engine, "O1")
        with pytest.raises(LineStopped, match="tiny is stopped"):
            await asyncio.wait_for(engine.run_until_idle(), 120)
        assert (await engine.item(item)).item.state == "new"
        assert record.saves() == []
        await engine.line.switches.go_on("system:tiny", "dr.chen")
        await asyncio.wait_for(engine.run_until_idle(), 120)
        assert (await engine.item(item)).outcome == "typed"
    assert record.saves() == ["O1"]


@pytest.mark.parametrize(("moment", "title"), [("step", "fill"), ("step", "save"), ("step", "compute")])
async def test_stopped_in_the_middle_nothing_more_is_typed_or_pressed(
    start: Start, record: Record, moment: str, title: str
) -> None:
    typed: list[str] = []
    driver = TinyDriver(record)
    driver.before_press = lambda: typed.append("pressed")
    async with start(driver=driver) as engine:
        seen = stop_at(engine, moment, title)
        (item,) = await submit(engine, "O1")
        with pytest.raises(LineStopped):
            await asyncio.wait_for(engine.run_until_idle(), 120)
        assert seen, "the strike did not happen: the test shows nothing"
        assert (record.saves(), typed) == ([], [])
        assert all(session.closed for session in driver.sessions)
        await engine.line.switches.go_on("bot:tiny", "dr.chen")
        await asyncio.wait_for(engine.run_until_idle(), 120)
        run = await engine.run(item)
    assert run.outcome == "typed"
    assert record.saves() == ["O1"]
    assert any("held: bot tiny is stopped" in step.detail for step in run.steps)


async def test_a_press_that_has_happened_is_still_proven_on_a_stopped_line(start: Start, record: Record) -> None:
    async with start() as engine:
        seen = stop_at(engine, "pressed")
        (item,) = await submit(engine, "O1")
        await asyncio.wait_for(engine.run_until_idle(), 120)
        assert seen
        assert (await engine.item(item)).outcome == "typed"
    assert record.saves() == ["O1"]


async def test_a_changed_screen_does_not_eat_the_queue(start: Start, record: Record) -> None:
    driver = TinyDriver(record)

    def gone() -> None:
        raise TargetNotFound("target report was not found.")

    driver.check = gone  # type: ignore[method-assign]
    async with start(spec={"stop_after": 3, "retries": 0}, driver=driver) as engine:
        items = await submit(engine, *(f"O{number}" for number in range(1, 9)))
        with pytest.raises(LineStopped):
            await asyncio.wait_for(engine.run_until_idle(), 120)
        views = await engine.items()
        assert [view.code for view in views if view.outcome] == ["TargetNotFound"] * 3
        assert sum(view.outcome is None for view in views) == 5
        (switch,) = await engine.line.switches.list()
        assert (switch.scope, switch.who, switch.code) == ("bot:tiny", "wetread", "TargetNotFound")
        assert any(item in switch.why for item in items)
    del driver.check
    async with start(spec={"stop_after": 3, "retries": 0}, driver=driver) as engine:
        with pytest.raises(LineStopped):
            await asyncio.wait_for(engine.run_until_idle(), 120)
        await engine.line.switches.go_on("bot:tiny", "dr.chen", "map mended")
        await asyncio.wait_for(engine.run_until_idle(), 120)
    assert len(record.saves()) == 5


async def test_what_ends_on_any_day_stops_nothing(start: Start, record: Record) -> None:
    record.run("UPDATE orders SET held = 'Dr B'")
    async with start(spec={"stop_after": 2}) as engine:
        await submit(engine, *(f"O{number}" for number in range(1, 7)))
        await asyncio.wait_for(engine.run_until_idle(), 120)
        assert {view.code for view in await engine.items()} == {"OrderHeld"}
        assert await engine.line.switches.list() == []


async def test_a_refused_sign_in_is_one_try_and_fails_no_item(start: Start, record: Record) -> None:
    driver, tries = TinyDriver(record), []

    async def refuse(*given: Any) -> Any:
        tries.append(given)
        raise SignInRefused("the system refused the credential.")

    driver.session = refuse  # type: ignore[method-assign, assignment]
    async with start(driver=driver) as engine:
        await submit(engine, "O1", "O2", "O3")
        with pytest.raises(LineStopped):
            await asyncio.wait_for(engine.run_until_idle(), 120)
        assert {view.outcome for view in await engine.items()} == {None}
    assert len(tries) == 1


async def test_full_licences_are_waited_for(start: Start, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("robot_library.engine.goes._KEPT_OUT", 0.1)
    driver, real = TinyDriver(record), TinyDriver.session
    left = [3]

    async def full(*given: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise LicencesFull("every licence is taken.")
        return await real(driver, *given)

    driver.session = full  # type: ignore[method-assign, assignment]
    async with start(spec={"retries": 0}, driver=driver) as engine:
        await submit(engine, "O1", "O2")
        await asyncio.wait_for(engine.run_until_idle(), 120)
        assert {view.outcome for view in await engine.items()} == {"typed"}


async def test_a_pace_holds_the_rest_and_nothing_fails(start: Start, record: Record) -> None:
    async with start(site={"systems": {"tiny": {"rate": {"items": 2}}}}) as engine:
        await submit(engine, "O1", "O2", "O3", "O4")
        with pytest.raises(LineStopped, match="worked on at its pace"):
            await asyncio.wait_for(engine.run_until_idle(), 120)
    assert len(record.saves()) == 2


async def test_a_closed_system_holds_collecting_too(start: Start) -> None:
    window = {"begins": "2021-01-01 00:00", "ends": "2099-01-01 00:00", "why": "move"}
    from tests.engine.steps import PREREAD

    assert PREREAD
    async with start(site={"systems": {"tiny": {"maintenance": [window]}}}) as engine:
        await submit(engine, "O1")
        with pytest.raises(LineStopped, match=r"under maintenance \(move\)"):
            await asyncio.wait_for(engine.run_until_idle(), 120)


async def test_a_draft_runs_on_this_machine_only(start: Start, record: Record) -> None:
    near = {"ehr": App(map="tiny", url="http://127.0.0.1:8080/ehr")}
    async with start(spec={"mode": "draft"}) as engine:
        await submit(engine, "O1")
        with pytest.raises(LineStopped, match="is a draft, and tiny is not on this machine"):
            await asyncio.wait_for(engine.run_until_idle(), 120)
    assert record.saves() == []
    async with start(spec={"mode": "draft", "apps": near}) as engine:
        await asyncio.wait_for(engine.run_until_idle(), 120)
    assert record.saves() == ["O1"]


async def test_on_a_nearly_full_disk_nothing_begins_and_nothing_is_lost(start: Start, record: Record) -> None:
    async with start({"keep": {"free": 1e9}}) as engine:
        await submit(engine, "O1", "O2")
        with pytest.raises(LineStopped, match="GB left"):
            await engine.run_until_idle()
        assert {view.item.state for view in await engine.items()} == {"new"}
    assert record.saves() == []
    async with start() as engine:
        await engine.run_until_idle()
        assert {view.outcome for view in await engine.items()} == {"typed"}
    assert sorted(record.saves()) == ["O1", "O2"]
