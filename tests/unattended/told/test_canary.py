"""Canaries: real screens, changed under the map's feet; and nothing is written by looking."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from robot_library.actions.canary import Keys, ScreenSeen, look_round
from robot_library.bot import assemble
from robot_library.cli.main import run_cli
from robot_library.cli.site import open_key, running
from robot_library.drivers.browser import BrowserDriver
from robot_library.engine.records.checks import Checks
from robot_library.engine.records.facts import Facts
from robot_library.hospital import ACCOUNTS, Hospital
from robot_library.hospital.ehr import pages
from robot_library.interfaces import Credential
from robot_library.model.alerting import Alerting
from robot_library.model.bot import App
from robot_library.model.screen import Locator, ScreenMap
from robot_library.parsing.library import Library, bundled
from robot_library.unattended.alerts.causes import causes
from robot_library.unattended.alerts.ground import Ground
from tests.unattended.told.conftest import books

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser, pytest.mark.slow]
WRITTEN = (
    "SELECT (SELECT count(*) FROM saves), (SELECT count(*) FROM attachments), "
    "(SELECT group_concat(state || report_status || coalesce(locked_by, '')) FROM orders)"
)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def driver() -> AsyncIterator[BrowserDriver]:
    one = BrowserDriver()
    yield one
    await one.close()


def ehr() -> ScreenMap:
    return Library(bundled()).screen_map("demo-ehr")


def changed(screens: ScreenMap, screen: str, target: str, *ways: dict[str, Any]) -> ScreenMap:
    """The map with other locators for one target."""
    old = screens.screens[screen]
    find = tuple(Locator(**way) for way in ways)
    new = old.model_copy(
        update={"targets": old.targets | {target: old.targets[target].model_copy(update={"find": find})}}
    )
    return screens.model_copy(update={"screens": screens.screens | {screen: new}})


async def seen(
    driver: BrowserDriver, hospital: Hospital, screens: ScreenMap, where: dict[str, str], **more: Any
) -> Any:
    account = Credential("rpabot", ACCOUNTS["rpabot"].password)
    session = await driver.session("ehr", App(map="demo-ehr", url=hospital.ehr_url), screens, account)
    try:
        return await look_round(session, Keys(where, [screens], **more))
    finally:
        await session.close()


def odd(found: list[ScreenSeen]) -> dict[str, tuple[str, int]]:
    return {
        f"{one.screen}.{t.target}": (t.found, t.way) for one in found for t in one.targets if t.found != "first"
    }  # fmt: skip


def some_order(hospital: Hospital) -> str:
    return str(books(hospital, "SELECT order_id FROM orders WHERE trap = 'plain' ORDER BY order_id LIMIT 1")[0][0])


async def test_everything_is_as_mapped_and_nothing_is_written(driver: BrowserDriver, hospital: Hospital) -> None:
    before = books(hospital, WRITTEN)
    found = await seen(driver, hospital, ehr(), {"order": some_order(hospital)})
    assert [one.screen for one in found] == ["worklist", "order", "result"]
    assert odd(found) == {}
    assert sum(one.bad for one in found) == 0
    assert books(hospital, WRITTEN) == before


async def test_what_moved_is_told_by_what_a_bot_may_do_about_it(driver: BrowserDriver, hospital: Hospital) -> None:
    screens = changed(ehr(), "order", "patient_link", {"role": "link", "name": "Gone"},
                      {"role": "link", "name": "Patient record"})  # fmt: skip
    screens = changed(screens, "order", "accession", {"label": "Access:"}, {"label": "Accession:"})
    screens = changed(screens, "result", "save", {"role": "button", "name": "Store"})
    screens = changed(screens, "order", "procedure", {"css": "h1, dt, label"})
    found = await seen(driver, hospital, screens, {"order": some_order(hospital)})
    assert odd(found) == {
        "order.patient_link": ("healed", 2), "order.accession": ("moved", 2), "order.procedure": ("ambiguous", 1),
        "result.save": ("missing", 0),
    }  # fmt: skip
    assert sum(one.bad for one in found) == 3, "a bot goes on where reading heals"


async def test_a_screen_without_its_key_is_said_and_one_may_be_taken_on_the_way(
    driver: BrowserDriver, hospital: Hospital
) -> None:
    found = await seen(driver, hospital, ehr(), {})
    assert {one.screen: one.lacks for one in found} == {"worklist": (), "order": ("order",), "result": ("order",)}
    found = await seen(driver, hospital, ehr(), {}, sample=True)
    assert [len(one.targets) > 0 for one in found] == [True] * 3
    found = await seen(driver, hospital, ehr(), {"order": "NO-SUCH-ORDER"})
    assert {one.screen: one.code for one in found} == {
        "worklist": "", "order": "OrderChanged", "result": "OrderChanged"
    }  # fmt: skip


async def test_the_canary_bot_ends_with_a_person_when_the_page_has_changed_and_somebody_is_told(
    addresses: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: BrowserDriver
) -> None:
    real = pages.late_field
    monkeypatch.setattr(
        pages,
        "late_field",
        lambda ids, text, *more, **how: real(ids, text.replace("Accession:", "Acc. no.:"), *more, **how),
    )
    before = books(addresses, WRITTEN)
    key = open_key(tmp_path, create=True)
    assembly = assemble("screens-canary", Library(bundled()), tmp_path, key, driver=driver)
    monkeypatch.setattr(driver, "close", lambda: _nothing())
    async with running(tmp_path, key, assembly) as engine:
        (item,) = await engine.collect("screens-canary")
        assert await engine.collect("screens-canary") == [], "once a day"
        await engine.run_until_idle()
        view, run = await engine.item(item.id), await engine.run(item.id)
        ground = Ground(0.0, tmp_path, Facts(engine.store), Checks(engine.store, engine.sealer), free=99.0)
        found = [one for one in (await causes(Alerting(), ground))[0] if one.cause == "canary"]
    assert (view.outcome, view.code) == ("needs_person", "ScreensMoved")
    assert "on the screens of demo-ehr, 1 not found as mapped" in view.reason
    assert "ehr.order.accession: missing" in run.steps[-1].detail
    assert [(one.scope, one.item) for one in found] == [("screens-canary", item.id)]
    assert books(addresses, WRITTEN) == before


async def _nothing() -> None:
    """The driver stays for the other tests."""


async def test_the_command(addresses: Hospital, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    order = f"order={some_order(addresses)}"
    home = ["--home", str(tmp_path / "none"), "--json"]
    assert await asyncio.to_thread(run_cli, ["screens", "verify", "demo-ehr", "--where", order, *home]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], [one["screen"] for one in told["maps"]["demo-ehr"]]) == (True, ["worklist", "order", "result"])
    assert some_order(addresses) not in json.dumps(told)
    assert await asyncio.to_thread(run_cli, ["screens", "verify", "no-such-map", *home]) == 2
    stop = ["stop", "--system", "demo-ehr", "--why", "upgrade", "--who", "dr.chen", *home]
    assert await asyncio.to_thread(run_cli, stop) == 0
    visits = "SELECT (SELECT count(*) FROM sign_ins), (SELECT count(*) FROM views)"
    before = books(addresses, visits)
    capsys.readouterr()
    assert await asyncio.to_thread(run_cli, ["screens", "verify", "demo-ehr", "--where", order, *home]) == 1
    assert "demo-ehr is stopped" in json.loads(capsys.readouterr().out)["message"]
    assert books(addresses, visits) == before, "a stopped system is left alone, by hand too"
