"""The engine with its queue: items to their end, waits, retries, dead letters, what is kept and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.desk import Desk
from robot_library.engine.engine import Engine
from robot_library.engine.ports import Event
from robot_library.engine.records.items import Life
from robot_library.errors import LineStopped, SetupError, SignInRefused
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import at_work, hospital, submit
from tests.engine.steps import PREREAD
from tests.engine.world import Record, TinyDriver, TinySkills, yes

Start = Callable[..., Any]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return hospital(tmp_path, 6)


@pytest.fixture
def start(tmp_path: Path, record: Record) -> Start:
    return partial(at_work, tmp_path, record)


async def test_items_are_typed_once_each_into_its_order(start: Start, record: Record) -> None:
    told: list[Event] = []
    async with start() as engine:
        await submit(engine, "O1", "O2", "O3")
        await engine.run_until_idle(told.append)
        views = await engine.items()
        runs = await engine.runs()
    assert sorted(record.saves()) == ["O1", "O2", "O3"]
    assert {view.outcome for view in views} == {"typed"}
    assert {view.item.state for view in views} == {"done"}
    assert [run.outcome for run in runs] == ["typed"] * 3
    assert [step.action for step in runs[0].steps][:3] == ["sign_in", "open", "read"]
    assert sum(event.moment == "item" for event in told) == 3


async def test_a_key_is_taken_once(start: Start, record: Record) -> None:
    async with start() as engine:
        assert await engine.submit("tiny", {"order": "O1"}, "O1") is not None
        assert await engine.submit("tiny", {"order": "O1"}, "O1") is None
        await engine.run_until_idle()
        assert await engine.submit("tiny", {"order": "O1"}, "O1") is None
    assert record.saves() == ["O1"]


async def test_a_waiting_item_survives_a_restart_and_takes_the_answer(start: Start, record: Record) -> None:
    async with start(skills=TinySkills("uncertain")) as engine:
        (item,) = await submit(engine, "O1")
        await engine.run_until_idle()
        view = await engine.item(item)
        assert view.item.state == "waiting_for_person"
        assert view.request is not None
        assert view.request.ask == "radiologist"
    async with start(skills=TinySkills("uncertain")) as engine:
        await engine.run_until_idle()
        assert record.saves() == []
        assert await engine.answer(item, yes())
        assert not await engine.answer(item, yes("Dr B"))
        await engine.run_until_idle()
        assert (await engine.item(item)).outcome == "typed"
    assert record.saves("O1") == ["positive"]


async def test_an_answer_counts_while_no_worker_runs(start: Start, record: Record) -> None:
    async with start(skills=TinySkills("uncertain")) as engine:
        (item,) = await submit(engine, "O1")
        await engine.run_until_idle()
        desk = Desk(engine.home, engine.sealer, engine.sealer.fingerprint)  # type: ignore[attr-defined]
    async with desk:
        assert await desk.answer(item, yes())
    async with start(skills=TinySkills("uncertain")) as engine:
        await asyncio.wait_for(engine.run_until_idle(), 120)
    assert record.saves("O1") == ["positive"]


async def test_waiting_items_hold_no_session(start: Start, record: Record) -> None:
    skills = TinySkills("uncertain")
    async with start(skills=skills) as engine:
        await submit(engine, "O1")
        await engine.run_until_idle()
        skills.decision = "negative"
        await submit(engine, "O2")
        await engine.run_until_idle()
    assert record.saves() == ["O2"]


async def test_nobody_answering_in_time_ends_with_the_person_and_a_late_answer_types_nothing(
    start: Start, record: Record
) -> None:
    written = [step if step[0] != "accept" else ("accept", {**step[1], "wait_s": 0.05}, "accepted") for step in PREREAD]
    ended = asyncio.Event()
    async with start(written, skills=TinySkills("uncertain")) as engine:
        engine.listen(lambda event: ended.set() if event.code == "NoAnswer" else None)
        (item,) = await submit(engine, "O1")
        await asyncio.wait_for(ended.wait(), 120)
        view = await engine.item(item)
        assert (view.outcome, view.code) == ("needs_person", "NoAnswer")
        assert not await engine.answer(item, yes())
        await engine.run_until_idle()
    assert record.saves() == []


async def test_a_rejecting_person_types_nothing(start: Start, record: Record) -> None:
    async with start(skills=TinySkills("uncertain")) as engine:
        (item,) = await submit(engine, "O1")
        await engine.run_until_idle()
        assert await engine.answer(item, yes().model_copy(update={"verdict": "reject"}))
        await engine.run_until_idle()
        assert (await engine.item(item)).outcome == "needs_person"
    assert record.saves() == []


async def test_the_world_failing_is_tried_again_later_each_time_in_a_fresh_session(
    start: Start, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = TinyDriver(record)
    driver.lost = 2
    pauses: list[float] = []
    async with start(driver=driver) as engine:
        begin = engine.desk.begin

        async def begun(bot: str, life: Life, number: int, failures: int = 0, pause: float = 0.0) -> None:
            pauses.append(pause)
            await begin(bot, life, number, failures, pause)

        monkeypatch.setattr(engine.desk, "begin", begun)
        (item,) = await submit(engine, "O1")
        await engine.run_until_idle()
        assert (await engine.item(item)).outcome == "typed"
    assert pauses == pytest.approx([0.01, 0.02]), "each pause is twice the one before"
    assert len(driver.sessions) == 3
    assert [session.closed for session in driver.sessions] == [True, True, True]


async def test_the_world_failing_for_good_goes_to_a_person_and_can_be_sent_back(start: Start, record: Record) -> None:
    driver = TinyDriver(record)
    driver.lost = 3
    async with start(driver=driver) as engine:
        (item,) = await submit(engine, "O1")
        await engine.run_until_idle()
        view = await engine.item(item)
        assert (view.outcome, view.code) == ("needs_person", "DriverLost")
        await engine.send_back(item, "miller")
        await engine.run_until_idle()
        assert (await engine.item(item)).outcome == "typed"
        with pytest.raises(SetupError):
            await engine.send_back(item, "miller")
    assert record.saves("O1") == ["negative"]


async def test_an_item_whose_order_changed_is_refused_with_its_class_and_not_tried_again(
    start: Start, record: Record
) -> None:
    record.run("UPDATE orders SET held = 'Dr B' WHERE order_id = 'O1'")
    driver = TinyDriver(record)
    async with start(driver=driver) as engine:
        (item,) = await submit(engine, "O1")
        await engine.run_until_idle()
        view = await engine.item(item)
    assert (view.outcome, view.code, view.item.state) == ("needs_person", "OrderHeld", "business_exception")
    assert len(driver.sessions) == 1, "what is wrong with the item itself is not tried again"


async def test_a_refused_sign_in_stops_its_line_until_a_person_lets_it_go_on(start: Start, record: Record) -> None:
    driver = TinyDriver(record)

    async def refuse(*_: Any) -> Any:
        raise SignInRefused("the system refused the credential.")

    real, driver.session = driver.session, refuse  # type: ignore[method-assign, assignment]
    async with start(driver=driver) as engine:
        await submit(engine, "O1", "O2")
        with pytest.raises(LineStopped, match="bot tiny is stopped"):
            await engine.run_until_idle()
    driver.session = real  # type: ignore[method-assign]
    async with start(driver=driver) as engine:
        with pytest.raises(LineStopped):
            await engine.run_until_idle()
        assert {view.item.state for view in await engine.items()} <= {"new", "in_progress"}
        assert await engine.line.switches.go_on("bot:tiny", "dr.chen")
        await engine.run_until_idle()
        assert {view.outcome for view in await engine.items()} == {"typed"}
    assert sorted(record.saves()) == ["O1", "O2"]


async def test_stopping_in_the_middle_leaves_everything_resumable(start: Start, record: Record) -> None:
    reached = asyncio.Event()
    async with start([*PREREAD[:3], ("pause", {"seconds": 60}), *PREREAD[3:]]) as engine:
        engine.listen(lambda event: reached.set() if event.title == "pause" else None)
        await submit(engine, "O1", "O2")
        await asyncio.wait_for(reached.wait(), 120)
    assert record.saves() == []
    async with start([*PREREAD[:3], ("pause", {"seconds": 0}), *PREREAD[3:]]) as engine:
        await engine.run_until_idle()
    assert sorted(record.saves()) == ["O1", "O2"]


async def test_an_item_that_has_ended_is_not_touched_again(
    start: Start, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reconciling takes an item that has changed while it looked for one that went on, and names no gap of it."""
    async with start() as engine:
        # As where the case waits on another host: nobody here hears that the go has ended.
        told = engine._cases.words.tell
        monkeypatch.setattr(engine._cases.words, "tell", lambda item: told(item) and False)
        touched: list[str] = []

        async def touch(item: str) -> None:
            touched.append(item)

        monkeypatch.setattr(engine._cases._items, "touch", touch)
        (item,) = await submit(engine, "O1")
        await engine.run_until_idle()
        async with asyncio.timeout(120):
            while engine.going.tasks:  # noqa: ASYNC110 - the engine tells nobody of it
                await asyncio.sleep(0.01)
        assert (await engine.item(item)).outcome == "typed"
    assert touched == []


async def test_a_case_that_is_taken_up_while_the_engine_stops_is_left_for_the_next(
    start: Start, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DBOS takes cases off its queues until it has ended itself; without an engine none of them is a dead letter."""
    async with start() as engine:
        await engine.desk.switches.stop("all", "ana", "so that nothing begins")
        (item,) = await submit(engine, "O1")
        stop, handlers = engine.durable.stop, engine._handlers()

        async def late() -> None:
            with pytest.raises(asyncio.CancelledError):
                await handlers.case(item, 0, 0, 0)
            await stop()

        monkeypatch.setattr(engine.durable, "stop", late)
    async with start() as engine:
        assert (await engine.item(item)).outcome is None
        await engine.desk.switches.go_on("all", "ana", "go on")
        await engine.run_until_idle()
    assert record.saves() == ["O1"]


async def test_a_changed_workflow_does_not_go_on_with_an_item_under_way(start: Start, record: Record) -> None:
    from tests.engine.steps import workflow

    async with start(skills=TinySkills("uncertain")) as engine:
        (item,) = await submit(engine, "O1")
        await engine.run_until_idle()
    changed = workflow(PREREAD).model_copy(update={"sha256": "another"})
    async with start(workflow=changed) as engine:
        assert await engine.answer(item, yes())
        await engine.run_until_idle()
        assert (await engine.item(item)).code == "WorkflowChanged"
    assert record.saves() == []


async def test_two_engines_with_one_executor_id_are_refused(start: Start) -> None:
    async with start():
        with pytest.raises(SetupError, match="already at work"):
            async with start():
                pass


async def test_another_site_key_is_refused(start: Start, tmp_path: Path) -> None:
    async with start():
        pass
    from robot_library.safeguards.keys import new_key

    other = SealedJson(new_key())
    engine = Engine(tmp_path / "home", other, other.fingerprint)
    with pytest.raises(SetupError, match="another site key"):
        await engine.start()


async def test_items_are_collected_from_the_screen_once(start: Start, record: Record) -> None:
    from robot_library.model.workflow import Collect
    from tests.engine.steps import steps, tree, workflow

    collect = Collect(steps=steps([("sign_in", {}), ("read_table", {}, "rows")]), items=tree("=rows"), key="order")
    flow = workflow(PREREAD).model_copy(update={"collect": collect})
    async with start(workflow=flow) as engine:
        assert len(await engine.collect("tiny")) == 6
        assert await engine.collect("tiny") == []
        await engine.run_until_idle()
    assert sorted(record.saves()) == [f"O{number}" for number in range(1, 7)]
