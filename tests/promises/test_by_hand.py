"""A person does steps of the real bot in its own, shown window: what they do wrong is seen, what is right is used."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from robot_library.actions.commit import Save
from robot_library.actions.look import Open, Read
from robot_library.actions.typing import Fill
from robot_library.cli.site import make_desk, open_key
from robot_library.drivers.browser import BrowserDriver
from robot_library.drivers.desktop.display import lacking, private_display
from robot_library.engine.desk import Desk
from robot_library.engine.people.handovers import Handover
from robot_library.interfaces import Action, Context
from robot_library.model.by_hand import HandWork
from robot_library.safeguards.audit.verify import records
from tests.conftest import lacking as not_here
from tests.promises.bots import BOT, WORKFLOW, Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser, pytest.mark.slow]
PLAN: dict[str, str] = {}
"""Order → the action that a person wants to do."""


def planned(kind: type[Action]) -> type[Action]:
    """The action; a person can do it only in orders for which it is planned."""

    async def hand_work(self: Any, ctx: Context) -> HandWork | None:
        wanted = PLAN.get(ctx.item.payload["order"]) == kind.key
        return await kind.hand_work(self, ctx) if wanted else None

    return type(kind.__name__, (kind,), {"hand_work": hand_work, "__doc__": kind.__doc__})


@pytest_asyncio.fixture(loop_scope="session")
async def shown(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The hospital, seen through a browser with windows."""
    if missing := lacking():
        not_here(f"no private display: {', '.join(missing)} (tests/hospital/system.sh)")
    display = private_display()
    for name in ("DISPLAY", "XAUTHORITY"):
        monkeypatch.setenv(name, display.env[name])
    driver = BrowserDriver(headed=True)
    yield Site(site.hospital, driver, tmp_path)
    await driver.close()
    display.close()


def short(folder: Path) -> dict[str, Any]:
    """The workflow without the pictures: what a person decides about stays out of it."""
    text = WORKFLOW.read_text(encoding="utf-8")
    head, steps = text.split("\nsteps:\n")
    signing, rest = steps.split("  - open: {screen: pacs.study", 1)
    report = "{report: Normal chest., reported_by: =site.reported_by}"
    protect = rest[rest.index("  - protect:") : rest.rindex("  - protect:")]
    protect = protect.replace("with: =report,", f"with: {report},").replace("fields: =report\n", f"fields: {report}\n")
    fetch = "  - fetch_study: {from: pacs, accession: =order.accession, prefer: [dicomweb], as: study}\n"
    return {text: f"{head}\nsteps:\n{signing}{fetch}{protect}"}


class Person:
    """Sits before the bot's window and the page of the clerk's app."""

    def __init__(self, site: Site, desk: Desk, item: str, order: str) -> None:
        self.site, self.desk, self.item, self.order = site, desk, item, order

    @property
    def window(self) -> Page:
        browser = self.site.driver._browser
        assert browser is not None
        pages = [page for context in browser.contexts for page in context.pages]
        where = f"/results/{self.order}" if PLAN[self.order] != "open" else ""
        base = self.site.hospital.ehr_url
        return next(page for page in pages if page.url.startswith(f"{base}{where}"))

    async def told(self, saw: str = "") -> Handover:
        async with asyncio.timeout(300):
            while True:
                one = await self.desk.handovers.get(self.item)
                if one is not None and one.state == "lent" and (saw in one.saw if saw else not one.saw):
                    return one
                await asyncio.sleep(0.1)

    async def says_done(self, saw: str = "") -> None:
        assert await self.desk.hand_back(self.item, "ana", done=True)
        if saw:
            await self.told(saw)

    async def types(self) -> None:
        report = self.window.locator("textarea[name=comment]")
        await report.fill("Normal chest!")
        await self.window.get_by_label("Reported by:").fill("RPA Bot")
        await self.says_done("report holds 13 characters")
        await report.fill("Normal chest.")
        await self.window.get_by_label("Impression:").fill("see me")
        await self.says_done("impression holds text that is not the bot's")
        assert self.site.saves(self.order) == 0
        await self.window.get_by_label("Impression:").fill("")

    async def does(self) -> None:
        lent = await self.told()
        assert lent.work is not None
        match PLAN[self.order]:
            case "open":
                await self.window.goto(f"{self.site.hospital.ehr_url}/orders/{lent.work.where['order']}")
            case "fill":
                assert lent.work.texts == {"report": "Normal chest.", "reported_by": "RPA Bot"}
                await self.types()
            case "save":
                await self.says_done("does not show what is to be saved")
                await self.window.get_by_role("button", name="Save").click()
        await self.says_done()


async def test_a_step_done_in_the_bots_window_is_proven_before_the_bot_goes_on(shown: Site) -> None:
    home = shown.home()
    made = shown.assembly(home, short(home))
    made = dataclasses.replace(made, actions={**made.actions, **{k.key: planned(k) for k in (Open, Read, Fill, Save)}})
    PLAN.update(zip(shown.orders("adult", "several_images", "lateral"), ("open", "fill", "save"), strict=True))
    people: list[Person] = []
    async with make_desk(home, open_key(home)) as desk:
        for order in PLAN:
            item = await desk.add(BOT, {"order": order}, order, started_by="ana")
            assert item is not None
            assert await desk.hand_over(item.id, "ana")
            people.append(Person(shown, desk, item.id, order))
        async with shown.engine(home, made) as engine:
            await asyncio.gather(*(person.does() for person in people), engine.run_until_idle())
            runs = {run.item: run for run in await engine.runs(BOT)}
    for person in people:
        run = runs[person.item]
        assert run.outcome == "typed", (PLAN[person.order], run.code, run.reason)
        assert shown.saves(person.order) == 1
        (step,) = [one for one in run.steps if any("ana did this by hand" in line for line in one.verified)]
        assert step.action == PLAN[person.order]
    told = [one.event.get("outcome") for one in records(home / "audit") if one.event.get("what") == "lend a step"]
    assert sorted(told) == ["begun"] * 3 + ["failed"] * 3 + ["ok"] * 3
