"""The EHR's list against what became of our items, on the tiny hospital."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.checks import Checks
from robot_library.engine.desk import Desk
from robot_library.engine.engine import Engine
from robot_library.engine.reconciling import KIND, SLOT, Standing, gaps, reconcile
from robot_library.model.workflow import Collect
from tests.engine.conftest import assembly
from tests.engine.steps import PREREAD, steps, tree, workflow
from tests.engine.test_desk import SEALER, desk_at, until
from tests.engine.world import Record

DAY = 24 * 3600.0
ONE = Standing("mac", "item", "done", "typed", 0.0, 0.0)


@pytest.mark.parametrize(
    ("one", "age", "gap"),
    [
        (ONE, 0.0, "not_shown"),
        (replace(ONE, outcome="already_reported"), 0.0, "not_shown"),
        (replace(ONE, outcome="shadow"), 2 * DAY, None),
        (replace(ONE, outcome="needs_person"), DAY / 2, None),
        (replace(ONE, outcome="needs_person"), 2 * DAY, "with_person"),
        (replace(ONE, state="dead", outcome=None), 2 * DAY, "with_person"),
        (replace(ONE, state="new", outcome=None), DAY / 2, None),
        (replace(ONE, state="in_progress", outcome=None), 2 * DAY, "lost"),
        (replace(ONE, state="waiting_for_person", outcome=None), 2 * DAY, "waiting"),
    ],
)
def test_what_a_gap_is(one: Standing, age: float, gap: str | None) -> None:
    found = gaps({"mac": "O1"}, [one], [one], age, only_open=True)
    assert [(each.what, each.order) for each in found] == ([(gap, "O1")] if gap else [])


def test_what_was_typed_while_the_list_was_read_is_no_gap() -> None:
    at_work = replace(ONE, state="in_progress", outcome=None)
    assert gaps({"mac": "O1"}, [at_work], [ONE], 1.0, only_open=True) == []


def test_a_list_that_keeps_reported_orders_says_nothing_of_them() -> None:
    assert gaps({"mac": "O1"}, [ONE], [ONE], 1.0, only_open=False) == []


def _listing(*orders: str) -> Any:
    listed = [{"order": order} for order in orders]
    collect = Collect(steps=steps([("compute", {"value": listed}, "rows")]), items=tree("=rows"), key="order")
    return workflow(PREREAD).model_copy(update={"collect": collect})


def _opened(folder: Path, record: Record, flow: Any) -> Any:
    """The tiny bot, whose list holds only orders without a report."""
    made = assembly(folder, record, workflow=flow)
    return replace(made, bot=made.bot.model_copy(update={"list_holds": "open"}))


async def _ended(desk: Desk) -> bool:
    return not await desk.collecting("tiny")


async def test_an_order_nobody_took_and_a_report_that_is_not_there_are_named(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.sqlite")
    for number in range(1, 4):
        record.add(f"O{number}", f"P{number}")
    flow = _listing("O2", "O9")  # O2 was saved, and somebody has taken the report out again
    engine = Engine(tmp_path / "home", SEALER, SEALER.fingerprint, executor="worker", settle=0.01)
    engine.add_bot(_opened(tmp_path, record, flow))
    async with desk_at(tmp_path / "home") as desk, engine:
        for order in ("O1", "O2"):
            await engine.submit("tiny", {"order": order}, order)
        await engine.run_until_idle()
        assert await reconcile(engine, "tiny") == 2
        assert await desk.fire("tiny", f"{SLOT}2026-11-28")
        assert not await desk.fire("tiny", f"{SLOT}2026-11-28"), "once a day, whoever fires it"
        await until(lambda: _ended(desk))
        both = await Checks(desk.store, SEALER).all(KIND, "tiny")
        assert len(both) == 2, "by hand and by its slot"
        for one in both:
            assert (one.bad, one.counts["never_taken"], one.counts["not_shown"], one.counts["listed"]) == (2, 1, 1, 2)
            assert {(gap["what"], gap["order"]) for gap in one.found} == {("never_taken", "O9"), ("not_shown", "O2")}
        assert len(await engine.items("tiny")) == 2, "nothing is taken by comparing"
