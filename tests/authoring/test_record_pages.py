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
from robot_library.model.heard import Heard, Looked
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


ODD = """<h1>Result</h1><label>PUID: <input readonly value=00071234></label>
<label>Name: <input readonly value="Doe, Ophelia"></label>
<table><tr><td style="cursor:pointer" ondblclick="this.textContent='open'">Worklist</td></tr></table>
<iframe title="Report" srcdoc="<label>Findings <textarea></textarea></label><button>Save</button>
<label>DoB: <input readonly value=1961-07-29></label>"></iframe>
<canvas width=60 height=40></canvas>
<label>Author <input id=who></label><ul role=listbox><li role=option onclick="who.value='RPA Bot'">RPA Bot</li></ul>
<button onclick="menu.innerHTML='<label>Picture <input type=file></label>'">Attach</button><div id=menu></div>
<a href=/file download>Original</a><div class=head><b>Doe, Ophelia</b><i></i><span>ID: 00071234</span></div>"""


async def through_the_odd(page: Page, lines: list[str]) -> None:
    """A frame, a canvas, a list under a box, a file to give and one that comes, an entry of a menu of rows."""
    hears, frame = Hears(lines), page.frame_locator("iframe")
    await hears.heard("screen   ehr.result")
    await page.get_by_role("button", name="Attach").click()
    async with page.expect_event("filechooser"):
        await page.get_by_label("Picture").click()
    await hears.heard("a file box; none was given")
    await page.get_by_role("link", name="Original").click()
    await hears.heard("gives a file")
    await frame.get_by_label("Findings").fill("Dictated.")
    await frame.get_by_role("button", name="Save").click()
    await hears.heard("final    ehr.result.save")
    await page.locator("canvas").click()
    await page.get_by_label("Author").press_sequentially("RPA")
    await page.get_by_role("option").click()
    await hears.heard("list ")
    await page.get_by_text("Worklist").dblclick()
    await hears.heard("ehr.result.worklist")


def test_frames_files_lists_and_pictures_are_recorded_or_said_to_be_left_out(tmp_path: Path) -> None:
    site, lines = Ward(sessions={"s1"}), list[str]()
    site.page("odd", ODD)
    with served(site) as ward:
        rec = Recorder({"ehr": ward.url}, issuer="MEADOW")
        listener = Listener(lambda heard: lines.extend(f"{one}\n" for one in rec.hear(heard)), lines.append)

        async def author(context: BrowserContext) -> None:
            context.set_default_timeout(MOST_MS)
            await context.add_cookies([{"name": "ward", "value": "s1", "url": ward.url}])
            await context.pages[0].goto(f"{ward.url}/p/odd")
            await through_the_odd(context.pages[0], lines)

        asyncio.run(listener.listen([f"{ward.url}/p/odd"], headed=False, author=author))
    assert any(line.startswith("picture ") for line in lines)
    made = made_files(rec, Places.of(tmp_path / "workflows/w/workflow.yaml"), {}, append=False)
    text = next(text for path, text in made.files.items() if path.name == "ehr.yaml")
    assert not [word for word in ("Ophelia", "0071234", "1961", "Dictated") if word in "".join([text, *lines])]
    screen = read(text, "ehr.yaml")["screens"]["result"]
    targets = screen["targets"]
    framed = {name for name, one in targets.items() if one.get("frame") == {"title": "Report"}}
    assert framed == {"findings", "save", "dob", "findings_before"}, targets
    assert targets["picture"] == {"find": [{"label": "Picture"}], "use": "commit", "opened_by": "attach"}
    assert targets["download"]["find"][0] == {"role": "link", "name": "Original"}
    assert targets["worklist"]["find"][0] == {"role": "cell", "name": "Worklist"}
    assert screen["identity"] == {
        "patient_id": "puid", "name": "name", "birth_date": "dob", "issuer_is": "MEADOW",
    }  # fmt: skip
    (seen,) = rec.scenes
    assert [(one.value, one.find) for one in seen.loose if "head" in str(one.find)] == [
        ("Doe, Ophelia", ({"css": ".head > b:nth-child(1)"},)),
        ("ID: 00071234", ({"css": ".head > span:nth-child(3)"},)),
    ]  # fmt: skip


def test_a_look_that_was_told_before_the_page_changed_is_not_taken_for_the_new_page() -> None:
    """On a busy machine the page that is half there has no heading yet: its screen was named by its address."""
    site, lines, taken = Ward(sessions={"s1"}), list[str](), list[list[str]]()
    site.page("odd", ODD)
    with served(site) as ward:

        def hear(one: Heard) -> None:
            lines.extend(one.sight.headings if isinstance(one, Looked) else ())

        listener = Listener(hear, lines.append)

        async def author(context: BrowserContext) -> None:
            await context.add_cookies([{"name": "ward", "value": "s1", "url": ward.url}])
            (page,) = context.pages
            await page.goto(f"{ward.url}/p/odd")
            await Hears(lines).heard("Result")
            body = {"kind": "looked", "mark": await page.locator("body").get_attribute("data-wetread-at")}
            for said in ({**body, "mark": "gone-1"}, body):
                lines.clear()
                listener._tell({"page": page, "frame": page.main_frame}, said)
                await listener._told.join()
                taken.append([*lines])

        asyncio.run(listener.listen([f"{ward.url}/p/odd"], headed=False, author=author))
    assert taken == [[], ["Result"]]


@pytest.mark.parametrize(("word", "is_one"), [
    ("gnuhealth.patient", True), ("gnuhealth.imaging_result", True), ("walder.patient", False), ("ophelia", False),
    ("Gnuhealth.Patient", False), ("patient.7", False),
])  # fmt: skip
def test_a_programs_own_name_for_a_thing_is_nobodys(word: str, is_one: bool) -> None:
    assert Words().technical(word) is is_one
