"""Shadow and limited: what a bot that is not live may not do, attacked by steps that try all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.engine import Engine
from robot_library.engine.ports import Event
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.paths import SHADOW, marked
from robot_library.interfaces import Action, Context, Proof
from tests.engine.conftest import at_work, hospital
from tests.engine.steps import ACTIONS, PREREAD
from tests.engine.world import Record, TinyDriver, TinySkills, yes

Start = Callable[..., Any]


class Grab(Action):
    """Tries every way there is to change the record: through the view, the commit, and the journal's claim."""

    key = "grab"
    effect = "commit"
    way: str
    order: str

    async def run(self, ctx: Context) -> None:
        view = (await ctx.session("ehr")).view
        assert view is not None
        if self.way == "press":
            await view.press_commit("save")
        if self.way == "upload":
            await view.upload("file", "x.png", b"x")
        if self.way == "fill":
            await view.fill("report", "grabbed")
            await view.press_commit("save")
        if self.way == "claim":
            assert await ctx.journal.claim(f"study/{self.order}")

        async def absent(_: Any) -> Proof:
            return "absent"

        async def press() -> None:
            await view.press_commit("save")

        await ctx.commit_once(self.order, {"a": "b"}, absent, press)
        raise AssertionError("a shadow's commit came back")


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return hospital(tmp_path, 4)


@pytest.fixture
def start(tmp_path: Path, record: Record) -> Start:
    def start(spec: dict[str, Any] | None = None, written: Any = None, **more: Any) -> Any:
        return at_work(tmp_path, record, written, spec=spec, actions={**ACTIONS, "grab": Grab}, **more)

    return start


async def run(engine: Engine, *orders: str) -> list[Any]:
    for order in orders:
        await engine.submit("tiny", {"order": order}, order)
    await asyncio.wait_for(engine.run_until_idle(), 120)
    return await engine.items()


def claims(engine: Engine) -> int:
    with engine.store.durable.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM wetread_claims").scalar_one())


SHADOWED = {"mode": "shadow"}


async def test_a_shadow_does_everything_but_write(start: Start, record: Record) -> None:
    driver = TinyDriver(record)
    async with start(SHADOWED, driver=driver) as engine:
        (view,) = await run(engine, "O1")
        assert (view.item.state, view.outcome, view.code) == ("done", "shadow", "")
        assert record.saves() == []
        assert claims(engine) == 0
        journal = ItemJournal(engine.store, engine.sealer, view.item.id, 0)
        kept = await journal.everything()
        texts = [kept[f"{path}{SHADOW}"] for path in marked(kept, SHADOW)]
        assert texts == [
            {"typed": {"report": "negative"}},
            {"press": "ehr.result.save", "proof": {"order": "O1", "text": "negative"}},
        ]
        steps = {step.action: step for step in (await engine.run(view.item.id)).steps}
        assert steps["fill"].detail == "shadow: would type report (8 characters)"
        assert steps["fill"].verified, "the guard has not run"
        assert steps["save"].outcome == "skipped"
    database = b"".join(path.read_bytes() for path in (Path(engine.home)).glob("engine.sqlite*"))
    assert b"negative" not in database


@pytest.mark.parametrize("way", ["press", "upload", "fill", "claim", "commit"])
async def test_a_shadows_steps_cannot_write_attach_mark_or_claim(start: Start, record: Record, way: str) -> None:
    grab = ("grab", {"way": way, "order": "=item.order"})
    inside = [("open", {"order": "=item.order"}), grab]
    written = [*PREREAD[:-1], ("protect", {"patient": "=order.patient", "steps": inside})]
    async with start(SHADOWED, written) as engine:
        (view,) = await run(engine, "O1")
        assert view.outcome == "shadow"
        assert record.saves() == []
        assert claims(engine) == 0


async def test_what_follows_a_save_that_was_not_made_is_passed_over(start: Start, record: Record) -> None:
    again = PREREAD[-1]
    written = [*PREREAD, again, again]
    async with start(SHADOWED, written) as engine:
        (view,) = await run(engine, "O1")
        assert (view.outcome, view.code) == ("shadow", "")
        steps = (await engine.run(view.item.id)).steps
    assert [step.detail for step in steps if step.action == "protect"][1:] == [
        "shadow: follows a save that was not made"
    ] * 2
    assert record.saves() == []


async def test_how_a_shadow_would_have_stopped_is_its_code_and_nobody_is_asked(start: Start, record: Record) -> None:
    record.run("UPDATE orders SET held = 'Dr B' WHERE order_id = 'O1'")
    async with start(SHADOWED, skills=TinySkills("negative")) as engine:
        (view,) = await run(engine, "O1")
        assert (view.outcome, view.code) == ("shadow", "OrderHeld")
    async with start(SHADOWED, skills=TinySkills("uncertain")) as engine:
        views = await run(engine, "O2")
        assert (views[-1].outcome, views[-1].code, views[-1].item.state) == ("shadow", "Uncertain", "done")


async def test_what_a_shadow_has_seen_makes_way_when_the_bot_goes_live(start: Start, record: Record) -> None:
    async with start(SHADOWED) as engine:
        await run(engine, "O1")
        assert len(await run(engine, "O1")) == 1  # not twice, while it is a shadow
    async with start() as engine:
        views = await run(engine, "O1")
    assert [view.outcome for view in views] == ["shadow", "typed"]
    assert record.saves() == ["O1"]


async def test_people_can_make_a_live_bot_a_shadow_and_back(start: Start, record: Record) -> None:
    async with start() as engine:
        await engine.line.states.set_stage("tiny", "shadow", "dr.chen", "new template")
        assert [view.outcome for view in await run(engine, "O1")] == ["shadow"]
        await engine.line.states.set_stage("tiny", "live", "dr.chen", "it agrees")
        assert [view.outcome for view in await run(engine, "O1")] == ["shadow", "typed"]
    assert record.saves() == ["O1"]


async def test_an_item_that_a_shadow_began_never_counts_as_typed(start: Start, record: Record) -> None:
    """It was begun as a shadow, cut short after the save it passed over, and goes on when the bot is live."""
    written = [*PREREAD, ("pause", {"seconds": 0.0}), ("boom", {})]
    begun = asyncio.Event()

    def heard(event: Event) -> None:
        if event.moment == "step_done" and event.title.startswith("boom"):
            begun.set()

    async with start({**SHADOWED, "retries": 1, "retry_after": timedelta(minutes=1)}, written) as engine:
        engine.listen(heard)
        await engine.submit("tiny", {"order": "O1"}, "O1")
        await asyncio.wait_for(begun.wait(), 120)
    async with start({"retries": 0}, written) as engine:
        views = await run(engine)
        assert [view.outcome for view in views] == ["shadow"]
    assert record.saves() == []


# ---- limited ----


async def test_a_limited_bots_items_are_all_reviewed(start: Start, record: Record) -> None:
    async with start({"mode": "limited"}) as engine:  # the skill is sure, and would be accepted by its point
        (view,) = await run(engine, "O1")
        assert view.item.state == "waiting_for_person"
        assert record.saves() == []
        assert await engine.answer(view.item.id, yes())
        (view,) = await run(engine)
        assert view.outcome == "typed"
    assert record.saves("O1") == ["positive"]


async def test_a_limited_bot_without_a_reviewer_saves_nothing(start: Start, record: Record) -> None:
    inside = [
        ("open", {"order": "=item.order"}),
        ("fill", {"text": "plain"}),
        ("save", {"once_per": "=item.order", "order": "=item.order", "text": "plain"}),
    ]
    written = [*PREREAD[:3], ("protect", {"patient": "=order.patient", "steps": inside})]
    async with start({"mode": "limited"}, written) as engine:
        (view,) = await run(engine, "O1")
        assert (view.outcome, view.code) == ("needs_person", "NeedsPerson")
        assert "nobody has reviewed this" in view.reason
    assert record.saves() == []
