"""The EHR's list against what became of our items, on the tiny hospital."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.desk import Desk
from robot_library.engine.engine import Engine
from robot_library.engine.reconciling import KIND, SLOT, reconcile
from robot_library.engine.records.checks import Checks
from robot_library.engine.records.orders import Look, Seen, Standing, added_up, placed
from robot_library.model.workflow import Collect
from tests.engine.conftest import assembly
from tests.engine.steps import PREREAD, steps, tree, workflow
from tests.engine.test_desk import SEALER, desk_at, until
from tests.engine.world import Record

DAY = 24 * 3600.0
ONE = Standing("mac", "item", "done", "typed", 0.0, 0.0)


@pytest.mark.parametrize(
    ("one", "age", "look", "on_list", "what", "gap"),
    [
        (ONE, 0.0, Seen(True, False, True), True, "typed", False),
        (ONE, 0.0, Seen(True, True, True), False, "signed", False),
        (ONE, 0.0, Seen(True, True, False), False, "changed", False),
        (ONE, 0.0, Seen(True), True, "by_record", False),
        (ONE, 0.0, Seen(False), True, "no_report", True),
        (ONE, 0.0, "unread", True, "unread", True),
        (ONE, 0.0, None, True, "not_shown", True),
        (ONE, 0.0, None, False, "by_record", False),
        (replace(ONE, outcome="already_reported"), 0.0, Seen(True, True, False), True, "reported", False),
        (replace(ONE, outcome="already_reported"), 0.0, Seen(False), True, "no_report", True),
        (replace(ONE, outcome="shadow"), DAY, None, True, "shadow", False),
        (replace(ONE, outcome="needs_person"), DAY / 2, Seen(False), True, "with_person", False),
        (replace(ONE, outcome="needs_person"), 2 * DAY, Seen(False), True, "with_person", True),
        (replace(ONE, outcome="needs_person"), 2 * DAY, Seen(True, False, False), True, "reported", False),
        (replace(ONE, outcome="needs_person"), 2 * DAY, Seen(True, False, True), True, "with_person", True),
        (replace(ONE, outcome="needs_person"), 0.0, Seen(False), False, "gone", True),
        (replace(ONE, outcome="refused", code="OrderChanged"), 0.0, Seen(False), False, "withdrawn", False),
        (replace(ONE, outcome="refused"), 2 * DAY, Seen(False), True, "refused", True),
        (replace(ONE, state="dead", outcome="needs_person"), 2 * DAY, Seen(False), True, "with_person", True),
        (replace(ONE, state="new", outcome=None), DAY / 2, None, True, "under_way", False),
        (replace(ONE, state="in_progress", outcome=None), 2 * DAY, None, True, "lost", True),
        (replace(ONE, state="waiting_for_person", outcome=None), 2 * DAY, Seen(False), False, "asked", True),
        (replace(ONE, state="waiting_for_person", outcome=None), 0.0, Seen(True), True, "reported", False),
    ],
)
def test_where_an_order_stands(one: Standing, age: float, look: Look, on_list: bool, what: str, gap: bool) -> None:
    listed = {"mac": "O1"} if on_list else {}
    (found,) = placed(listed, [one], [one], {"item": look}, age, only_open=True)
    assert (found.what, found.gap, found.order, found.listed) == (what, gap, "O1" if on_list else "", on_list)


def test_what_went_on_while_the_list_was_read_is_no_gap() -> None:
    """Not typed yet when its record was opened, and typed when the list had been read."""
    at_work = replace(ONE, state="in_progress", outcome=None)
    (found,) = placed({"mac": "O1"}, [at_work], [replace(ONE, updated=1.0)], {"item": Seen(False)}, 1.0, only_open=True)
    assert (found.what, found.gap) == ("by_record", False)


def test_what_ended_days_ago_and_is_on_no_list_is_named_no_more() -> None:
    assert placed({}, [ONE], [ONE], {}, 2 * DAY, only_open=False) == []


def test_classes_add_up_to_the_list() -> None:
    others = [replace(ONE, key=str(n), item=str(n), outcome="needs_person") for n in range(3)]
    listed = {"mac": "O1", "0": "A", "1": "B", "never": "C"}
    found = placed(listed, [ONE, *others], [ONE, *others], {"item": Seen(True, False, True)}, 0.0, only_open=False)
    counts = added_up(found)
    assert sum(count for name, count in counts.items() if name.startswith("listed.")) == len(listed)
    assert (counts["typed"], counts["with_person"], counts["gone"], counts["never_taken"]) == (1, 2, 1, 1)
    assert counts["gap.never_taken"] == 1
    assert "gap.gone" not in counts, "its record was not opened: nobody knows"


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
            gaps = {(each["what"], each["order"]) for each in one.found if each["gap"]}
            assert gaps == {("never_taken", "O9"), ("not_shown", "O2")}
            assert [each["order"] for each in one.found if not each["gap"]] == ["O1"], "typed, and on the list no more"
        assert len(await engine.items("tiny")) == 2, "nothing is taken by comparing"
