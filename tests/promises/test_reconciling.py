"""Reconciliation in a real browser: every order of a day in one class, and every gap named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from robot_library.engine.engine import Engine
from robot_library.engine.reconciling import KIND, reconcile
from robot_library.engine.records.checks import Check, Checks
from tests.promises.bots import BOT, Site
from tests.promises.conftest import Day

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser, pytest.mark.slow]


async def _compared(engine: Engine) -> Check:
    await reconcile(engine, BOT)
    return (await Checks(engine.store, engine.sealer).newest(KIND))[BOT]


def _untouched(site: Site) -> str:
    """A plain order that no other test of this hospital has had typed."""
    free = "SELECT order_id FROM orders WHERE trap = 'plain' AND report_status = 'none' ORDER BY order_id"
    return str(site.ask(free)[0]["order_id"])


async def test_what_does_not_agree_is_named(site: Site) -> None:
    home = site.home()
    async with site.engine(home, site.assembly(home)) as engine:
        order = _untouched(site)
        item = await engine.submit(BOT, {"order": order}, order)
        assert item is not None
        await engine.run_until_idle()
        assert (await engine.items(BOT))[0].outcome == "typed"

        others = [key for key, _ in (await engine.listed(BOT)).rows if key != order]
        quiet = await _compared(engine)
        assert quiet.bad == quiet.counts["never_taken"] == len(others), "the one that was typed is no gap"
        assert {gap["order"] for gap in quiet.found if gap["gap"]} == set(others)

        site.change("UPDATE orders SET report_text = '', report_status = 'none' WHERE order_id = ?", order)
        last = await _compared(engine)
        assert [gap["order"] for gap in last.found if gap["what"] == "no_report"] == [order]


@contextmanager
def _changed_by_people(site: Site, changes: dict[str, dict[str, str]]) -> Iterator[None]:
    """The books as people have left them; as they were again afterwards, for the other tests of this hospital."""
    before = {
        order: {column: site.ask(f"SELECT {column} FROM orders WHERE order_id = ?", order)[0][0] for column in columns}
        for order, columns in changes.items()
    }
    try:
        _write(site, changes)
        yield
    finally:
        _write(site, before)


def _write(site: Site, books: dict[str, dict[str, str]]) -> None:
    for order, columns in books.items():
        sets = ", ".join(f"{column} = ?" for column in columns)
        site.change(f"UPDATE orders SET {sets} WHERE order_id = ?", *columns.values(), order)


async def test_every_order_of_a_day_is_in_one_class(day: Day) -> None:
    """The bot's own day, after people have signed, rewritten, taken out and written reports themselves."""
    site = day.site
    typed, signed = site.orders("same_name")
    rewritten, taken_out = site.orders("monochrome_pair")
    (by_hand,) = site.orders("unknown_patient")
    people = {
        signed: {"report_status": "final", "state": "done"},
        rewritten: {"report_text": "No focal lung lesion."},
        taken_out: {"report_text": "", "report_status": "none"},
        by_hand: {"report_text": "Fracture of the left clavicle.", "report_status": "preliminary"},
    }
    with _changed_by_people(site, people):
        listed = {row["order_id"] for row in site.ask("SELECT order_id FROM orders WHERE state = 'requested'")}
        async with site.engine(day.home, site.assembly(day.home)) as engine:
            found = await _compared(engine)
    stands = {one["order"]: one["what"] for one in found.found}
    trapped = {trap: stands[site.orders(trap)[0]] for trap in TRAPPED}
    assert (stands[typed], stands[signed], stands[rewritten]) == ("typed", "signed", "changed")
    assert (stands[taken_out], stands[by_hand]) == ("no_report", "reported")
    assert trapped == TRAPPED
    assert len(stands) == len(found.found), "no order twice"
    assert {one["order"] for one in found.found if one["listed"]} == listed
    assert sum(count for name, count in found.counts.items() if name.startswith("listed.")) == len(listed)
    gaps = {one["what"] for one in found.found if one["gap"]}
    assert gaps == {"never_taken", "no_report"}


TRAPPED = {
    "wrong_accession": "refused", "wrong_header": "refused", "shared_study_again": "with_person",
    "cancelled_meanwhile": "withdrawn", "locked_meanwhile": "with_person", "signed_meanwhile": "reported",
    "merged_meanwhile": "refused", "already_reported": "reported",
}  # fmt: skip
