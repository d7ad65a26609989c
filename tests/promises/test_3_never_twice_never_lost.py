"""Promise 3: never twice, never lost. The kills themselves are in tests/crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.cli.site import make_engine, open_key
from robot_library.errors import SetupError
from robot_library.hospital import Hospital
from tests.promises.bots import BOT, Changes, Site
from tests.promises.conftest import TRAPS, Day

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser, pytest.mark.slow]

LINKED = (
    "      - target: same_study_as\n        is: [none]\n        otherwise: shared\n"
    "        reason: The order names another one that has the same study\n"
)
ONE_KEY_FOR_ALL: Changes = {
    "            once_per: =item.order\n            proof:                             # read": (
        "            once_per: tonight\n            proof:                             # read"
    )
}


async def test_what_was_typed_was_saved_and_attached_once(day: Day) -> None:
    typed = [order for order, run in day.runs.items() if run.outcome == "typed"]
    assert len(typed) >= 5
    assert [(day.site.saves(order), day.site.pictures(order)) for order in typed] == [(1, 1)] * len(typed)
    judged = day.site.verdict()
    assert judged.duplicate_writes == judged.duplicate_attachments == 0


async def test_every_item_has_ended_and_says_how(day: Day) -> None:
    assert sorted(day.runs) == sorted(day.site.orders(*TRAPS))
    assert all(run.outcome == "typed" or (run.code and run.reason) for run in day.runs.values())


async def test_a_study_is_reported_once_though_two_orders_name_it(day: Day) -> None:
    runs = [day.run("shared_study"), day.run("shared_study_again")]
    assert sorted(run.outcome for run in runs) == ["needs_person", "typed"]
    assert "StudyShared" in {run.code for run in runs}


async def test_the_second_of_two_orders_for_one_study_is_never_typed_though_it_comes_first(site: Site) -> None:
    """Where several work at a time nobody can say which of two orders is met first."""
    (again,) = site.orders("shared_study_again")
    run = (await site.day([again]))[again]
    assert (run.outcome, run.code, site.saves(again)) == ("needs_person", "StudyShared", 0)


async def test_a_study_is_taken_once_where_no_screen_says_that_it_is_shared(site: Site, tmp_path: Path) -> None:
    with Hospital(tmp_path / "another", grid_ms=(0, 0), field_ms=(0, 30), tour=False) as another:
        there = Site(another, site.driver, tmp_path)
        orders = [*there.orders("shared_study"), *there.orders("shared_study_again")]
        runs = await there.day(orders, maps={"demo-ehr": {LINKED: ""}})
        assert sorted(run.outcome for run in runs.values()) == ["needs_person", "typed"]
        assert "taken for another order already" in next(run.reason for run in runs.values() if run.outcome != "typed")
        assert sum(there.saves(order) for order in orders) == 1


async def test_a_bot_that_knows_nothing_of_the_first_does_not_write_again(day: Day) -> None:
    """Another home, another queue, nothing remembered: what counts is the record."""
    order = day.site.orders("shared_study")[0] if day.run("shared_study").outcome == "typed" else None
    assert order is not None
    runs = await day.site.day([order])
    assert (runs[order].outcome, runs[order].code) == ("already_reported", "ReportExists")
    assert (day.site.saves(order), day.site.pictures(order)) == (1, 1)


async def test_a_key_of_one_item_is_not_used_by_another(site: Site) -> None:
    orders = site.orders("plain")[4:6]
    runs = await site.day(orders, changes=ONE_KEY_FOR_ALL)
    first, second = sorted(orders, key=lambda order: runs[order].outcome != "typed")
    assert (runs[first].outcome, runs[second].outcome) == ("typed", "needs_person"), runs[first].reason
    assert "another item has taken the right" in runs[second].reason
    assert (site.saves(first), site.saves(second)) == (1, 0)


async def test_two_processes_do_not_share_a_home_and_an_order_is_taken_once(site: Site) -> None:
    home = site.home()
    async with site.engine(home, site.assembly(home)) as engine:
        second = make_engine(home, open_key(home))
        with pytest.raises(SetupError):
            await second.start()
    async with site.engine(home, site.assembly(home)) as engine:
        order = site.orders("lateral")[0]
        assert await engine.submit(BOT, {"order": order}, order) is not None
        assert await engine.submit(BOT, {"order": order}, order) is None
