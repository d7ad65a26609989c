"""A person does one step in the bot's window: what they did is proven, and no press is made twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.desk import Desk
from robot_library.engine.people.handovers import Handover
from robot_library.engine.run import hands
from robot_library.interfaces import Context, Credential, View
from robot_library.model.audit import Happened
from robot_library.model.bot import App
from robot_library.model.by_hand import HandWork
from robot_library.model.screen import ScreenMap
from tests.engine.steps import ACTIONS, Fill, Save
from tests.engine.test_desk import desk_at, record, until, worker
from tests.engine.world import Record, TinyDriver, TinySession, TinyView

__all__ = ["record"]


class LentSession(TinySession):
    """Its window can be lent."""

    def __init__(self, driver: LentDriver, role: str, screens: ScreenMap) -> None:
        super().__init__(driver, role, screens)
        self.seen = driver.seen

    async def lend(self, *, writes: bool) -> bool:
        return self.seen

    async def stand(self, screen: str, where: Mapping[str, str]) -> View:
        assert self.view is not None
        return self.view

    async def holds(self) -> dict[str, str]:
        assert isinstance(self.view, TinyView)
        return dict(self.view.typed)

    def had_back(self, *, saved: bool) -> None:
        """Nothing is kept of it."""


class LentDriver(TinyDriver):
    seen = True

    async def session(self, role: str, app: App, screen_map: ScreenMap, credential: Credential | None) -> LentSession:
        self.sessions.append(session := LentSession(self, role, screen_map))
        return session

    @property
    def window(self) -> TinyView:
        """The window that a person works in."""
        view = self.sessions[-1].view
        assert isinstance(view, TinyView)
        return view


class HandFill(Fill):
    async def hand_work(self, ctx: Context) -> HandWork | None:
        return HandWork(what="type", screen="ehr.result", texts={"report": self.text})


class HandSave(Save):
    async def hand_work(self, ctx: Context) -> HandWork | None:
        return HandWork(what="save", screen="ehr.result", target="save")


class Told:
    """The trail of one process."""

    def __init__(self) -> None:
        self.all: list[Happened] = []

    def record(self, happened: Happened) -> None:
        self.all.append(happened)


class Hospital:
    """One order at a bot whose window can be lent; `step` is the one that a person can do."""

    def __init__(self, folder: Path, record: Record, step: str) -> None:
        self.folder, self.record, self.driver = folder, record, LentDriver(record)
        self._actions = {**ACTIONS, step: {"fill": HandFill, "save": HandSave}[step]}
        self.item = ""
        self.trail = Told()

    async def begin(self, desk: Desk, order: str = "O1") -> None:
        """Somebody wants to do a step, before any worker is there."""
        made = await desk.add("tiny", {"order": order}, order, started_by="ana")
        assert made is not None
        self.item = made.id
        assert await desk.hand_over(made.id, "ana")
        assert not await desk.hand_over(made.id, "ben")

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        async with worker(self.folder, self.record, driver=self.driver, actions=self._actions) as engine:
            engine.store.trail = self.trail
            yield

    async def lent(self, desk: Desk, saw: str = "") -> Handover:
        """Once the window is lent, and this stands there of what was seen."""
        found: list[Handover] = []

        async def there() -> bool:
            one = await desk.handovers.get(self.item)
            if one is not None and one.state == "lent" and (saw in one.saw if saw else not one.saw):
                found.append(one)
            return bool(found)

        await until(there)
        return found[0]

    async def says(self, desk: Desk, saw: str = "", *, done: bool = True) -> None:
        """They say that it is done; `saw`: and the bot sees that it is not."""
        assert await desk.hand_back(self.item, "ana", done=done)
        if saw:
            await self.lent(desk, saw)

    async def typed(self, desk: Desk, left: str = "") -> Any:
        """Once it is done; `left`: how the wish stands then."""

        async def ended() -> bool:
            return (await desk.items.get(self.item)).outcome is not None

        await until(ended)
        view = await desk.items.get(self.item)
        assert view.outcome == "typed", view.reason
        assert await desk.handovers.state(self.item) == left
        assert self.record.saves().count("O1") == 1
        return await desk.board.run(self.item)


async def test_what_a_person_typed_counts_only_letter_by_letter_and_on_the_same_patient(
    tmp_path: Path, record: Record
) -> None:
    hospital = Hospital(tmp_path, record, "fill")
    async with desk_at(tmp_path / "home") as desk:
        await hospital.begin(desk)
        async with hospital.worker():
            lent = await hospital.lent(desk)
            assert lent.work is not None
            assert (lent.who, lent.work.texts) == ("ana", {"report": "negative"})
            await hospital.says(desk, "report holds 0 characters")
            window = hospital.driver.window
            window.typed["report"] = "positive"
            await hospital.says(desk, "report holds 8 characters")
            window.typed |= {"report": "negative", "remark": "call me"}
            await hospital.says(desk, "remark holds text that is not the bot's")
            window.typed["remark"] = ""
            record.run("UPDATE orders SET patient = 'P2' WHERE order_id = 'O1'")
            await hospital.says(desk, "different persons")
            record.run("UPDATE orders SET patient = 'P1' WHERE order_id = 'O1'")
            assert record.saves() == []
            await hospital.says(desk)
            run = await hospital.typed(desk)
    (step,) = [one for one in run.steps if one.action == "fill"]
    assert any("ana did this by hand" in line for line in step.verified)
    told = [(one.outcome, one.code, one.person) for one in hospital.trail.all if one.what == "lend a step"]
    codes = ["TypingNotProven", "TypingNotProven", "OrderHeld", "PatientMismatch"]
    assert told == [("begun", "", "ana"), *(("failed", code, "ana") for code in codes), ("ok", "", "ana")]


async def test_a_press_made_by_hand_is_found_after_a_restart_and_never_made_again(
    tmp_path: Path, record: Record
) -> None:
    hospital = Hospital(tmp_path, record, "save")
    async with desk_at(tmp_path / "home") as desk:
        await hospital.begin(desk)
        async with hospital.worker():
            path = (await hospital.lent(desk)).path
            await hospital.says(desk, "does not show what is to be saved")
        async with hospital.worker():  # it comes to the same step again, and lends it again
            assert (await hospital.lent(desk, hands.ANEW)).path == path
            await hospital.driver.window.press_commit("save")  # and is cut short before anybody says so
        async with hospital.worker():
            run = await hospital.typed(desk)
    assert any(step.outcome == "proven" for step in run.steps)


async def test_given_back_unseen_or_forgotten_the_bot_does_it_itself_or_rests(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    hospital = Hospital(tmp_path, record, "save")
    async with desk_at(tmp_path / "home") as desk:
        await hospital.begin(desk, "O1")
        async with hospital.worker():
            await hospital.lent(desk)
            await hospital.driver.window.press_commit("save")
            await hospital.says(desk, done=False)  # though they had pressed
            await hospital.typed(desk)
        await hospital.begin(desk, "O2")
        monkeypatch.setattr(hands, "LENT_FOR", 0.1)
        async with hospital.worker():

            async def rests() -> bool:
                pause = (await desk.pauses.some([hospital.item])).get(hospital.item)
                return pause is not None and pause.resting

            await until(rests)
            assert await desk.handovers.state(hospital.item) == ""
            assert await desk.go_on(hospital.item, "ana")
            await hospital.typed(desk)
        await hospital.begin(desk, "O3")
        hospital.driver.seen = False
        async with hospital.worker():
            await hospital.typed(desk, left="unseen")
    assert record.saves() == ["O1", "O2", "O3"]
