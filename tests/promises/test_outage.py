"""The hospital's server is stopped in the middle of the real bot's work and started again: items wait, none is dead,
none is typed twice, and nobody signs in again and again."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from robot_library.drivers.browser.driver import BrowserDriver
from robot_library.engine.line import downtime
from robot_library.engine.line.downtime import outages
from robot_library.engine.ports import Event
from robot_library.hospital.server import Hospital
from tests.promises.bots import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
ORDERS = 2


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A hospital that no other test works in, nor hears of its end."""
    driver = BrowserDriver()
    (tmp_path / "homes").mkdir()
    with Hospital(tmp_path / "hospital", grid_ms=(0, 0), field_ms=(0, 30), tour=False) as hospital:
        yield Site(hospital, driver, tmp_path / "homes")
        await driver.close()


def signed_in(site: Site) -> dict[str, int]:
    """Tries to sign in, by system, as the hospital counts them."""
    rows = site.ask("SELECT system, count(*) AS n FROM sign_ins GROUP BY system")
    return {row["system"]: int(row["n"]) for row in rows}


async def test_a_server_that_is_stopped_and_started_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FIRST_WAIT": 0.3, "LONGEST_WAIT": 0.6, "APART": 0.1, "LOOK_EVERY": 0.1}.items():
        monkeypatch.setattr(downtime, name, value)
    rows = site.ask("SELECT order_id FROM orders WHERE expected_outcome = 'typed' ORDER BY order_id DESC")
    orders = [row["order_id"] for row in rows[:ORDERS]]
    assert len(orders) == ORDERS
    home = site.home()
    made = site.assembly(home)
    once = made.bot.model_copy(update={"retries": 0, "stop_after": 2})
    fills: list[str] = []

    def pull_the_plug(event: Event) -> None:
        if event.moment == "step" and event.title.startswith("fill"):
            fills.append(event.item)
            if len(fills) == 2:
                site.hospital.close()

    try:
        async with site.engine(home, dataclasses.replace(made, bot=once)) as engine:
            engine.listen(pull_the_plug)
            items = [item.id for order in orders if (item := await engine.submit(once.bot, {"order": order}, order))]
            async with asyncio.timeout(120):
                while not any(one.asked > 2 for one in await outages(engine.store)):  # noqa: ASYNC110 - a database
                    await asyncio.sleep(0.1)
            before = signed_in(site)
            assert {one.system for one in await outages(engine.store)} == {"demo-ehr", "demo-pacs"}
            assert sum(view.outcome is None for view in await engine.items()) == ORDERS - 1
            assert await engine.line.switches.list() == []
            site.hospital.start()
            await asyncio.wait_for(engine.run_until_idle(), 240)
            assert {item: (await engine.item(item)).outcome for item in items} == dict.fromkeys(items, "typed")
    finally:
        site.hospital.start()
    assert [site.saves(order) for order in orders] == [1] * ORDERS
    after = signed_in(site)
    assert all(after[system] - before[system] <= 1 for system in after), (before, after)
