"""Promise 2: never over a person's work."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from robot_library.engine.ports import Event
from robot_library.hospital import ACCOUNTS
from tests.promises.bots import Site
from tests.promises.conftest import Day

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(
    ("trap", "outcome", "code"),
    [
        ("cancelled_meanwhile", "refused", "OrderChanged"),
        ("locked_meanwhile", "needs_person", "OrderHeld"),
        ("signed_meanwhile", "already_reported", "ReportExists"),
        ("already_reported", "already_reported", "ReportExists"),
    ],
)
async def test_what_people_do_meanwhile_stops_the_item(day: Day, trap: str, outcome: str, code: str) -> None:
    run = day.run(trap)
    order = day.site.orders(trap)[0]
    assert run.outcome == outcome, run.reason
    if trap != "signed_meanwhile":  # the form may say it first: the concurrent-edit prompt
        assert run.code == code
    assert day.site.saves(order) == 0


async def test_nobodys_writing_was_forced_away(day: Day) -> None:
    assert day.site.ask("SELECT * FROM saves WHERE forced = 1") == []
    assert day.site.ask("SELECT * FROM saves WHERE report_status_before <> 'none' AND account = 'rpabot'") == []


async def test_people_strike_right_before_each_of_the_bots_writes(site: Site) -> None:
    """A person saves as the bot begins to type; locks as it begins to save; edits its draft as it begins to attach."""
    typed_over, locked, edited = site.orders("plain")[1:4]

    def save_as_the_doctor(order: str) -> None:
        account = ACCOUNTS["drradio"]
        with httpx.Client(base_url=site.hospital.ehr_url) as client:
            client.post("/api/signin", json={"user": account.user, "password": account.password})
            text = {"comment": "A person's words.", "impression": "", "reported_by": "Okafor, Amara", "version": 1}
            assert client.post(f"/api/results/{order}", json=text).status_code == 200

    strikes: dict[str, tuple[str, Callable[[str], None]]] = {
        typed_over: ("fill", save_as_the_doctor),
        locked: (
            "save",
            lambda order: site.change("UPDATE orders SET locked_by = 'Okafor, Amara' WHERE order_id = ?", order),
        ),
        edited: (
            "attach",
            lambda order: site.change(
                "UPDATE orders SET report_text = report_text || ' Checked.' WHERE order_id = ?", order
            ),
        ),
    }
    struck: set[str] = set()

    def listener(event: Event, order: str) -> None:
        if event.moment == "step" and event.title == strikes[order][0] and order not in struck:
            struck.add(order)
            strikes[order][1](order)

    runs = await site.day(list(strikes), listener)
    assert struck == set(strikes), "a strike did not happen: the test shows nothing"
    assert (runs[typed_over].outcome, runs[typed_over].code) == ("already_reported", "ReportExists")
    assert [r["text"] for r in site.ask("SELECT text FROM saves WHERE order_id = ?", typed_over)] == [
        "A person's words."
    ]
    assert (runs[locked].outcome, runs[locked].code) == ("needs_person", "OrderHeld")
    assert site.saves(locked) == 0
    assert (runs[edited].outcome, runs[edited].code) == ("refused", "OrderChanged")
    assert (site.saves(edited), site.pictures(edited)) == (1, 0)
    kept = site.ask("SELECT report_text FROM orders WHERE order_id = ?", edited)[0]["report_text"]
    assert kept.endswith(" Checked.")
