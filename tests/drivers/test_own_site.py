"""Pages of other sites that look like the app's: nothing is read, typed or pressed there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from playwright.async_api import async_playwright

from robot_library.drivers.browser import BrowserDriver
from robot_library.drivers.browser.driver import sandboxed
from robot_library.drivers.browser.find_browser import find_browser
from robot_library.drivers.browser.own_site import OwnSite, origin_of, put
from robot_library.drivers.browser.session import BrowserSession
from robot_library.drivers.browser.window import Window
from robot_library.drivers.patience import Patience
from robot_library.errors import ScreenNotReached
from robot_library.interfaces import Credential
from robot_library.model.bot import App
from robot_library.model.screen import ScreenMap
from tests.drivers.conftest import Open, screens
from tests.drivers.ward import PASSWORD, Ward, served

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

RECORD = """<h1>Record</h1><output aria-label=Name>Ana</output><label>Report <textarea></textarea></label>
<table><tr><td class=name>Ana</td></tr></table>
<button onclick="fetch('/tell', {method: 'POST', body: 'pressed'})">Save</button>
<script>addEventListener('input', e => fetch('/tell', {method: 'POST', body: e.target.value}), true)</script>"""
RECORD_SCREEN: dict[str, Any] = {
    "seen_by": [{"role": "heading", "name": "Record"}],
    "reach": [{"goto": "/p/list"}, {"click": "open"}],
    "targets": {
        "open": {"find": [{"role": "link", "name": "Open"}], "use": "navigate"},
        "name": {"find": [{"label": "Name"}]},
        "report": {"find": [{"label": "Report"}], "use": "write", "may_be_empty": True},
        "save": {"find": [{"role": "button", "name": "Save"}], "use": "commit"},
    },
    "tables": {"people": {"rows": {"css": "tr"}, "columns": {"name": {"css": ".name"}}}},
}
Enter = Callable[..., Awaitable[BrowserSession]]


@pytest.fixture
def other() -> Iterator[Ward]:
    """Another site, in which whoever is in the ward is in, too: both are of one machine, and share its cookies."""
    site = Ward()
    site.sessions |= {f"s{number}" for number in range(1, 9)}
    site.page("record", RECORD)
    with served(site) as running:
        yield running


@pytest.fixture
def also(driver: BrowserDriver, ward: Ward) -> Enter:
    """Sessions of a bot that names further origins."""

    async def go(screen_map: ScreenMap, *also_at: str) -> BrowserSession:
        app = App(map="ward", url=ward.url, also_at=also_at)
        return await driver.session("ehr", app, screen_map, Credential("bot", PASSWORD))

    return go


async def test_a_screen_of_another_site_is_not_reached(ward: Ward, other: Ward, enter: Open) -> None:
    ward.page("list", f"<h1>List</h1><a href='{other.url}/p/record'>Open</a>")
    session = await enter(screens("1500 ms", record=RECORD_SCREEN))
    with pytest.raises(ScreenNotReached, match=r"another site is shown \(http://127.0.0.1:") as caught:
        await session.open("record", {})
    assert "also_at" in caught.value.cure
    assert other.told == []


async def test_what_the_bot_names_is_its_own(ward: Ward, other: Ward, also: Enter) -> None:
    ward.page("list", f"<h1>List</h1><a href='{other.url}/p/record'>Open</a>")
    session = await also(screens(record=RECORD_SCREEN), other.url)
    view = await session.open("record", {})
    assert await view.read(["name"]) == {"name": "Ana"}
    assert await view.read_table("people") == [{"name": "Ana"}]
    assert await view.fill("report", "Text") == "Text"
    await view.press_commit("save")
    assert other.told == ["Text", "pressed"]
    await session.close()


async def test_sessions_that_name_different_sites_share_no_trust(ward: Ward, other: Ward, also: Enter) -> None:
    """One sign-in, one tab that is handed on."""
    ward.page("list", f"<h1>List</h1><a href='{other.url}/p/record'>Open</a>")
    first = await also(screens(record=RECORD_SCREEN), other.url)
    await first.open("record", {})
    await first.close()
    second = await also(screens("1 s", record=RECORD_SCREEN))
    with pytest.raises(ScreenNotReached, match="another site"):
        await second.open("record", {})
    await second.close()


@pytest.mark.parametrize("do", ["read", "table", "fill", "commit"])
async def test_a_page_that_leads_away_after_it_was_reached(ward: Ward, other: Ward, enter: Open, do: str) -> None:
    ward.page("list", "<h1>List</h1><a href='/p/record'>Open</a>")
    ward.page("record", RECORD)
    session = await enter(screens("1500 ms", record=RECORD_SCREEN))
    view = await session.open("record", {})
    await view.window.page.evaluate("(there) => { location.href = there }", f"{other.url}/p/record")
    await view.window.page.wait_for_url(f"{other.url}/**")
    doing = {
        "read": lambda: view.read(["name"]), "table": lambda: view.read_table("people"),
        "fill": lambda: view.fill("report", "Text"), "commit": lambda: view.press_commit("save"),
    }  # fmt: skip
    with pytest.raises(ScreenNotReached, match="another site"):
        await doing[do]()
    assert (ward.told, other.told) == ([], [])


async def test_no_pop_up_of_another_site_is_dismissed_and_its_answers_mean_nothing(
    ward: Ward, other: Ward, enter: Open
) -> None:
    other.page("record", "<h1>Order is cancelled</h1>" + RECORD.replace("Save", "Later"))
    ward.page("list", f"<h1>List</h1><a href='{other.url}/p/record'>Open</a>")
    later = {"seen_by": {"role": "button", "name": "Later"}, "click": {"role": "button", "name": "Later"}}
    cancelled = {"seen_by": {"role": "heading", "name": "Order is cancelled"}, "means": "order_changed"}
    record = {**RECORD_SCREEN, "instead": [{**cancelled, "reason": "The order is cancelled."}]}
    session = await enter(screens("1500 ms", record=record, interruptions=[later]))
    with pytest.raises(ScreenNotReached, match="another site"):
        await session.open("record", {})
    assert other.told == []


FRAMED = {
    "seen_by": [{"role": "heading", "name": "Form"}],
    "reach": [{"goto": "/p/form"}],
    "targets": {"name": {"find": [{"label": "Name"}], "frame": {"css": "iframe"}}},
    "tables": {"people": {"rows": {"css": "tr"}, "columns": {"name": {"css": ".name"}}, "frame": {"css": "iframe"}}},
}


async def test_a_frame_of_another_site_is_not_read(ward: Ward, other: Ward, enter: Open, also: Enter) -> None:
    ward.page("form", f"<h1>Form</h1><iframe src='{other.url}/p/record'></iframe>")
    view = await (await enter(screens("1500 ms", form=FRAMED))).open("form", {})
    with pytest.raises(ScreenNotReached, match=r"'form.name' stands in a frame of another site"):
        await view.read(["name"])
    with pytest.raises(ScreenNotReached):
        await view.read_table("people")
    named = await also(screens(form=FRAMED), other.url)
    own = await named.open("form", {})
    assert await own.read(["name"]) == {"name": "Ana"}
    assert await own.read_table("people") == [{"name": "Ana"}]
    await named.close()


@pytest.mark.parametrize("how", ["srcdoc", "blob", "written", "own"])
async def test_frames_that_a_page_of_the_app_makes_are_its_own(ward: Ward, enter: Open, how: str) -> None:
    inner = "<output aria-label=Name>Ana</output><table><tr><td class=name>Ana</td></tr></table>"
    ward.page("inner", inner)
    made = {
        "srcdoc": f'<iframe srcdoc="{inner}"></iframe>',
        "own": "<iframe src='/p/inner'></iframe>",
        "written": f"<iframe></iframe><script>const d = document.querySelector('iframe').contentDocument;"
        f"d.open(); d.write(`{inner}`); d.close()</script>",
        "blob": f"<iframe></iframe><script>document.querySelector('iframe').src ="
        f"URL.createObjectURL(new Blob([`{inner}`], {{type: 'text/html'}}))</script>",
    }  # fmt: skip
    ward.page("form", "<h1>Form</h1>" + made[how])
    view = await (await enter(screens(form=FRAMED))).open("form", {})
    assert await view.read(["name"]) == {"name": "Ana"}
    assert await view.read_table("people") == [{"name": "Ana"}]


@pytest.mark.parametrize("whose", ["written", "other"])
async def test_a_tab_that_a_page_writes_is_its_own(ward: Ward, other: Ward, enter: Open, whose: str) -> None:
    words = "<h1>Record</h1><output aria-label=Name>Ana</output>"
    opens = {
        "written": f"const w = window.open('about:blank'); w.document.write(`{words}`); w.document.close()",
        "other": f"window.open('{other.url}/p/record')",
    }
    ward.page("list", f"<h1>List</h1><button>Open</button><script>document.querySelector('button').onclick = () => "
                      f"{{ {opens[whose]} }}</script>")  # fmt: skip
    opens_it = {"find": [{"role": "button", "name": "Open"}], "use": "navigate"}
    record = {**RECORD_SCREEN, "reach": [{"goto": "/p/list"}, {"new_tab": "open"}]}
    record["targets"] = {**RECORD_SCREEN["targets"], "open": opens_it}
    session = await enter(screens("1500 ms", record=record))
    if whose == "other":
        with pytest.raises(ScreenNotReached, match="another site"):
            await session.open("record", {})
        return
    assert await (await session.open("record", {})).read(["name"]) == {"name": "Ana"}


async def test_a_field_that_becomes_another_sites_is_not_typed_into(ward: Ward, other: Ward) -> None:
    """The page goes while the typing waits for its field to take input; the other has the same field, and takes it."""
    ward.sessions.add("s1")
    ward.page("record", RECORD.replace("<textarea>", "<textarea disabled>"))
    async with async_playwright() as playwright:
        found = find_browser(None, playwrights_own=playwright.chromium.executable_path, headed=False)
        browser = await playwright.chromium.launch(executable_path=found.path, chromium_sandbox=sandboxed())
        context = await browser.new_context()
        await context.add_cookies([{"name": "ward", "value": "s1", "url": ward.url}])
        page = await context.new_page()
        window = Window(page, OwnSite(origin_of(ward.url)))
        await page.goto(f"{ward.url}/p/record")
        typing = asyncio.ensure_future(put(window, page.get_by_label("Report"), "Ana has it", Patience(5.0), "x"))
        await asyncio.sleep(0.5)
        await page.evaluate("(there) => { location.href = there }", f"{other.url}/p/record")
        with pytest.raises(ScreenNotReached, match=r"another site \(http://127.0.0.1:"):
            await typing
        assert await page.get_by_label("Report").input_value() == ""
        await browser.close()
    assert other.told == []
