"""The recorder on pages as GNU Health and OHIF make them: a sign-in in two boxes, tables without a name, rows that are
pressed, no heading, a button that only its cursor tells, tick boxes, a browser that is asked itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page

from robot_library.authoring.recorder.files import Places, made_files
from robot_library.authoring.recorder.laying import read
from robot_library.authoring.recorder.mapping import made_map
from robot_library.authoring.recorder.recorder import Recorder
from robot_library.authoring.recorder.words import Words
from robot_library.drivers.browser.listening import Listener
from robot_library.interfaces import Credential
from tests.authoring.hearing import Hears
from tests.drivers.ward import PASSWORD, Ward, served

DOOR = """<label>User name <input name=login></label>
<button onclick="document.getElementById('box').hidden = false">Login</button>
<div id=box hidden><label>Password for x <input type=password name=word></label>
<button onclick="location.href = '/p/home'">OK</button></div>"""
HOME = """<nav><table><thead style="display:none"><tr><th>Menu</th></tr></thead>
<tbody><tr><td>Patients</td></tr></tbody></table></nav><button>Switch</button>
<table><thead><tr><th>Patient</th><th>PUID</th></tr></thead><tbody><tr><td>none</td><td></td></tr></tbody></table>
<table><tbody>
<tr aria-selected=false onclick="document.getElementById('go').hidden = false">
<td>Doe, Ophelia</td><td>00071234</td></tr>
<tr aria-selected=false><td>Roe, Max</td><td>00071235</td></tr></tbody></table>
<button id=go hidden onclick="location.href = '/p/record?id=77'">Open viewer</button><a href="/sign-out">Logout</a>"""
RECORD = """<button>Zoom</button>
<div style="cursor:pointer" onclick="this.after('shown')"><i></i><span>Patient</span></div>
<label>PUID: <input readonly value=00071234></label><label>DoB: <input readonly value=1961-07-29></label>
<label>Allergic: <input type=checkbox></label><textarea name=note></textarea><button>Save</button>"""
MOST_MS = 60_000


class Person(Hears):
    async def __call__(self, context: BrowserContext) -> None:
        context.set_default_timeout(MOST_MS)
        page = context.pages[0]
        await page.get_by_label("User name").fill("rpabot")
        await page.get_by_role("button", name="Login").click()
        await page.locator("input[type=password]").fill(PASSWORD)
        await page.get_by_role("button", name="OK").click()
        await self.heard("screen   ehr.home_list")
        await page.get_by_text("00071234").click()
        await page.get_by_role("button", name="Open viewer").click()
        await self.heard("screen   ehr.record")
        await self.record(page)

    async def record(self, page: Page) -> None:
        await page.get_by_text("Patient", exact=True).click()
        await page.get_by_text("shown").wait_for()
        await page.get_by_label("Allergic:").check()
        await page.locator("textarea").fill("Dictated.")
        await page.get_by_role("button", name="Save").click()
        await self.heard("final")


def test_pages_without_names_become_a_map_that_finds_them(tmp_path: Path) -> None:
    site = Ward(sessions={"s1"})
    for name, body in (("door", DOOR), ("home", HOME), ("record", RECORD)):
        site.page(name, body)
    lines: list[str] = []
    with served(site) as ward:
        other = ward.url.replace("127.0.0.1", "localhost")
        rec = Recorder({"ehr": ward.url, "vault": other})
        basic = (other, Credential("bot", PASSWORD))
        listener = Listener(
            lambda heard: lines.extend(f"{one}\n" for one in rec.hear(heard)), lines.append, basic=basic
        )

        async def author(context: BrowserContext) -> None:
            await Person(lines).heard("sign-in  vault: by the browser itself")
            await context.add_cookies([{"name": "ward", "value": "s1", "url": ward.url}])
            await context.pages[0].goto(f"{ward.url}/p/door")
            await Person(lines)(context)

        asyncio.run(listener.listen([f"{other}/basic"], headed=False, author=author))
    assert any("left out a tick" in line for line in lines)
    made = made_files(rec, Places.of(tmp_path / "workflows/w/workflow.yaml"), {}, append=False)
    texts = {path.name: text for path, text in made.files.items()}
    told = "".join([*texts.values(), *lines])
    assert not [word for word in (PASSWORD, "Ophelia", "0071234", "Dictated") if word in told]
    assert made_map(rec, "vault", "vault")[0]["sign_in"] == {"http_basic": True}
    data = read(texts["ehr.yaml"], "ehr.yaml")
    assert [one["on"] for one in data["sign_in"]["steps"]] == ["door", "door_password"]
    home, record = data["screens"]["home_list"], data["screens"]["record"]
    above = 'table:has(thead :text-is("Patient"))'
    assert home["tables"]["rows"]["headers"] == {"css": f"{above} > thead > tr:first-child > th"}
    assert [list(move) for move in record["reach"]] == [["screen"], ["click"], ["click"]]
    (row,) = home["targets"][record["reach"][1]["click"]]["find"]
    assert row["has_text"] == "{puid}"
    assert record["identity"]["shows"] == {"puid": "puid"}
    assert record["targets"]["patient"]["find"] == [{"text": "Patient"}]
    assert [rule["empty"] for rule in record["state"]] == ["true"]


@pytest.mark.parametrize(("word", "is_one"), [
    ("gnuhealth.patient", True), ("gnuhealth.imaging_result", True), ("walder.patient", False), ("ophelia", False),
    ("Gnuhealth.Patient", False), ("patient.7", False),
])  # fmt: skip
def test_a_programs_own_name_for_a_thing_is_nobodys(word: str, is_one: bool) -> None:
    assert Words().technical(word) is is_one
