"""What a person starts by hand: asked whose record it is before anything is typed; paused, and taken up again."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from robot_library.actions.confirm import ConfirmPatient
from robot_library.engine.records.items import URGENT
from robot_library.errors import ItemTaken, SetupError
from robot_library.interfaces import PersonAnswer
from robot_library.model.confirm import CONFIRM
from tests.engine.steps import ACTIONS, PREREAD
from tests.engine.test_desk import desk_at, record, until, worker
from tests.engine.world import Record, TinySkills, yes

__all__ = ["record"]
MORE = {
    "actions": {**ACTIONS, "confirm_patient": ConfirmPatient},
    "written": [*PREREAD[:3], ("confirm_patient", {"patient": "=order"}), *PREREAD[3:]],
}


async def test_whoever_started_it_is_asked_and_nobody_else(tmp_path: Path, record: Record) -> None:
    async with worker(tmp_path, record, **MORE), desk_at(tmp_path / "home") as desk:
        by_itself = await desk.add("tiny", {"order": "O1"}, "O1")
        yes_to, no_to = [await desk.add("tiny", {"order": o}, o, started_by="ana") for o in ("O2", "O3")]
        assert by_itself is not None
        assert yes_to is not None
        assert no_to is not None

        async def waits() -> bool:
            states = [(await desk.items.get(one.id)).item.state for one in (by_itself, yes_to, no_to)]
            return states == ["done", "waiting_for_person", "waiting_for_person"]

        await until(waits)
        assert record.saves() == ["O1"]
        whose = await desk.whose(yes_to.id)
        assert whose is not None
        assert whose.patients[0].ids[0].value == "P2"
        assert not await desk.reviews.waiting(), "it is no question about a finding"
        with pytest.raises(SetupError):
            await desk.answer(yes_to.id, yes())
        for item, verdict in ((yes_to.id, "accept"), (no_to.id, "reject")):
            answer = PersonAnswer.model_validate({"verdict": verdict, "who": "ana", "about": "patient"})
            assert await desk.answer(item, answer)

        async def ended() -> bool:
            return all([(await desk.items.get(one.id)).outcome is not None for one in (yes_to, no_to)])

        await until(ended)
        assert record.saves() == ["O1", "O2"]
        assert (await desk.items.get(no_to.id)).code == "NotThePatient"
        assert not await desk.answer(no_to.id, PersonAnswer(verdict="accept", who="ana", about="patient"))


async def test_a_confirmed_patient_is_no_reviewed_finding(tmp_path: Path, record: Record) -> None:
    """A limited bot saves only what a person has reviewed."""
    async with worker(tmp_path, record, **MORE), desk_at(tmp_path / "home") as desk:
        await desk.bots.set_stage("tiny", "limited", "it", "begins")
        made = await desk.add("tiny", {"order": "O1"}, "O1", started_by="ana")
        assert made is not None

        async def asks(code: str) -> bool:
            return (await desk.items.get(made.id)).code == code

        await until(lambda: asks(CONFIRM))
        assert await desk.answer(made.id, PersonAnswer(verdict="accept", who="ana", about="patient"))
        await until(lambda: asks("Uncertain"))
        assert record.saves() == []


async def test_a_paused_item_holds_nothing_goes_on_where_it_was_and_types_once(tmp_path: Path, record: Record) -> None:
    async with desk_at(tmp_path / "home") as desk:
        made = await desk.add("tiny", {"order": "O1"}, "O1")
        assert made is not None
        assert await desk.pause(made.id, "ana")
        assert not await desk.pause(made.id, "ana")
        async with worker(tmp_path, record):

            async def rests() -> bool:
                paused = await desk.pauses.some([made.id])
                return made.id in paused and paused[made.id].resting

            await until(rests)
            assert record.saves() == []
            free = await desk.add("tiny", {"order": "O2"}, "O2")
            assert free is not None

            async def done(item: str) -> bool:
                return (await desk.items.get(item)).outcome == "typed"

            await until(lambda: done(free.id))  # the others of its line are not held up
            assert await desk.go_on(made.id, "ana")
            assert not await desk.go_on(made.id, "ana")
            await until(lambda: done(made.id))
        assert record.saves() == ["O2", "O1"]


async def test_a_paused_item_outlives_its_worker_and_goes_on_when_it_may(tmp_path: Path, record: Record) -> None:
    """It has no workflow while it rests: whoever starts next must not take it for one that was lost."""
    async with desk_at(tmp_path / "home") as desk:
        made = await desk.add("tiny", {"order": "O1"}, "O1")
        assert made is not None
        assert await desk.pause(made.id, "ana")

        async def rests() -> bool:
            paused = await desk.pauses.some([made.id])
            return made.id in paused and paused[made.id].resting

        async def ended() -> bool:
            return (await desk.items.get(made.id)).outcome is not None

        async with worker(tmp_path, record) as engine:
            await until(rests)
            await asyncio.wait_for(engine.run_until_idle(), 60)  # it waits for a person, as others do
        async with worker(tmp_path, record):
            assert await rests()
            assert not await ended()
            assert await desk.go_on(made.id, "ana")
            await until(ended)
        view = await desk.items.get(made.id)
        assert (view.outcome, view.code) == ("typed", "")
    assert record.saves() == ["O1"]


async def test_a_paused_item_can_be_taken_and_an_urgent_one_comes_back_to_people(
    tmp_path: Path, record: Record
) -> None:
    async with worker(tmp_path, record), desk_at(tmp_path / "home") as desk:
        ids = []
        for order, until_when in (("O1", None), ("O2", time.time() + 0.5)):
            async with desk_at(tmp_path / "home") as other:
                await other.switches.stop("bot:tiny", "it", "so that nothing runs before it is paused")
            made = await desk.add("tiny", {"order": order}, order, priority=URGENT, due=time.time() + 60)
            assert made is not None
            assert await desk.pause(made.id, "ana", until=until_when)
            ids.append(made.id)
        await desk.switches.go_on("bot:tiny", "it")
        await desk.cancel(ids[0], "ben")

        async def taken() -> bool:
            return all([(await desk.items.get(item)).code == "ItemTaken" for item in ids])

        await until(taken, seconds=120)
        assert record.saves() == []
        assert "ana paused it" in (await desk.items.get(ids[1])).reason


async def test_an_urgent_question_is_not_asked_for_longer_than_the_order_may_be_held(
    tmp_path: Path, record: Record
) -> None:
    due = time.time() + 600
    async with (
        worker(tmp_path, record, skills=TinySkills("uncertain")) as _,
        desk_at(tmp_path / "home") as desk,
    ):
        made = await desk.add("tiny", {"order": "O1"}, "O1", priority=URGENT, due=due)
        assert made is not None

        async def asked() -> bool:
            return (await desk.items.get(made.id)).request is not None

        await until(asked)
        request = (await desk.items.get(made.id)).request
        assert request is not None
        assert request.until <= due


async def test_an_order_that_is_taken_is_heard_of_whatever_clocks_say(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk of a host whose clock is behind, or a clock that was set back: the bot must not go on all the same."""
    now = [time.time()]
    async with worker(tmp_path, record) as engine, desk_at(tmp_path / "home") as desk:
        await desk.switches.stop("bot:tiny", "it", "so that nothing runs")
        made = await desk.add("tiny", {"order": "O1"}, "O1")
        assert made is not None
        await desk.items.begin(made.id, "w", "v")
        await engine.taken.look()
        with monkeypatch.context() as behind:
            behind.setattr(time, "time", lambda: now[0] - 600)
            assert await desk.cancel(made.id, "ana")
        await engine.taken.look()
        with pytest.raises(ItemTaken):
            engine.heed(made.id, 0)
