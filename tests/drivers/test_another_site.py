"""What another site could try, from a frame or a window beside the app's own pages; and what pages of the app do."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from robot_library.drivers.browser import BrowserDriver, type_text
from robot_library.drivers.browser.snapshot import take
from robot_library.drivers.browser.stage import Stage
from robot_library.errors import ApplicationException, ScreenNotReached, SignInFailed, TargetNotFound
from robot_library.interfaces import Credential
from robot_library.model.bot import App
from robot_library.model.screen import ScreenMap
from tests.drivers.conftest import Open, screens
from tests.drivers.test_own_site import FRAMED, RECORD, RECORD_SCREEN, other
from tests.drivers.ward import PASSWORD, Ward

__all__ = ["other"]
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

TELL = "fetch('/tell', {method: 'POST', body: BODY})"
EVE = "<output aria-label=Name>Eve</output><table><tr><td class=name>Eve</td></tr></table>"
OPENS: dict[str, Any] = {
    **RECORD_SCREEN,
    "reach": [{"goto": "/p/list"}, {"new_tab": "open"}],
    "targets": {
        **RECORD_SCREEN["targets"], "open": {"find": [{"role": "button", "name": "Open"}], "use": "navigate"},
    },
}  # fmt: skip


def list_page(does: str, more: str = "") -> str:
    return (
        f"<h1>List</h1><button>Open</button>{more}"
        f"<script>document.querySelector('button').onclick = () => {{ {does} }}</script>"
    )


async def test_a_frame_that_another_site_has_emptied_and_written_is_its_own(
    ward: Ward, other: Ward, enter: Open
) -> None:
    """about:blank inside our page: who has led there may write it, through a window that it has opened."""
    other.page("eve", "<script>open('/p/writer')</script>")
    other.page("writer", "<script>opener.location = 'about:blank'; setInterval(() => { "
                         f"opener.document.body.innerHTML = `{EVE}` }}, 200)</script>")  # fmt: skip
    ward.page("form", f"<h1>Form</h1><iframe src='{other.url}/p/eve'></iframe>")
    view = await (await enter(screens("2 s", form=FRAMED))).open("form", {})
    frame = view.window.page.frames[1]
    await frame.get_by_label("Name").wait_for(timeout=5000)
    assert frame.url == "about:blank"
    with pytest.raises(ScreenNotReached, match="a frame of another site"):
        await view.read(["name"])
    with pytest.raises(ScreenNotReached):
        await view.read_table("people")


async def test_a_window_that_another_sites_frame_opens_and_writes_is_its_own(
    ward: Ward, other: Ward, enter: Open
) -> None:
    """It even says that it were ours."""
    says = "Object.defineProperty(w, 'origin', {value: 'OURS'}); w.document.body.innerHTML = `<h1>Record</h1>EVE`;"
    other.page("eve", f"<script>addEventListener('message', () => {{ const w = open('about:blank'); "
                      f"{says.replace('OURS', ward.url).replace('EVE', EVE)} }})</script>")  # fmt: skip
    ward.page("list", list_page("frames[0].postMessage('now', '*')", f"<iframe src='{other.url}/p/eve'></iframe>"))
    session = await enter(screens("2 s", record=OPENS))
    with pytest.raises(ScreenNotReached, match=r"another site is shown \(http://127"):
        await session.open("record", {})


@pytest.mark.parametrize("how", ["later", "blob", "pushed", "late frame"])
async def test_what_pages_of_the_app_do_goes_on(ward: Ward, enter: Open, how: str) -> None:
    ward.page("record", RECORD)
    opens = {
        "later": "const w = open('about:blank'); setTimeout(() => { w.location = '/p/record' }, 300)",
        "blob": "open(URL.createObjectURL(new Blob([document.querySelector('template').innerHTML], "
                "{type: 'text/html'})))",
        "pushed": "history.pushState({}, '', '/p/list/7?x#y'); document.body.innerHTML = "
                  "document.querySelector('template').innerHTML",
        "late frame": "document.body.innerHTML = '<h1>Record</h1><iframe></iframe>'; setTimeout(() => { "
                      "frames[0].location = '/p/record' }, 300)",
    }[how]  # fmt: skip
    ward.page("list", list_page(opens, f"<template>{RECORD.partition('<script>')[0]}</template>"))
    press = {"new_tab": "open"} if how in ("later", "blob") else {"click": "open"}
    record = {**OPENS, "reach": [{"goto": "/p/list"}, press]}
    if how == "late frame":
        name = {"find": [{"label": "Name"}], "frame": {"css": "iframe"}}
        record = {**record, "targets": {**OPENS["targets"], "name": name}}
    session = await enter(screens("4 s", record=record))
    assert await (await session.open("record", {})).read(["name"]) == {"name": "Ana"}


async def test_a_file_is_given_to_no_chooser_of_another_site(ward: Ward, other: Ward, enter: Open) -> None:
    asks = "setInterval(() => document.querySelector('input').click(), 100)"
    covered = "new MutationObserver(() => setTimeout(() => { ASKS }, 1000)).observe(document, "
    asks = covered.replace("ASKS", asks) + "{attributes: true, subtree: true})"
    takes = "document.querySelector('input').onchange = e => " + TELL.replace("BODY", "e.target.files[0]")
    other.page("eve", f"<p>Advice</p><input type=file><script>{takes}; {asks}</script>")
    ward.page("form", f"<h1>Form</h1><button>Attach</button><iframe src='{other.url}/p/eve'></iframe>")
    attach = {"find": [{"role": "button", "name": "Attach"}], "use": "write"}
    form = {**FRAMED, "targets": {"attach": attach}, "tables": {}}
    view = await (await enter(screens("4 s", form=form))).open("form", {})
    await view.window.page.frames[1].get_by_text("Advice").wait_for()
    await view.picture()  # whatever is asked of a frame lets it ask for files in turn
    with pytest.raises(ScreenNotReached, match="another site"):
        await view.upload("attach", "report.pdf", b"Ana has it")
    await asyncio.sleep(0.3)
    assert other.told == []


SAVES = {
    "own": ("<a href='/file'>Film</a>", True),
    "blob": ("<a download=film.bin>Film</a><script>document.querySelector('a').href ="
             "URL.createObjectURL(new Blob(['x']))</script>", True),
    "data": ("<a download=film.bin href='data:application/octet-stream,x'>Film</a>", True),
    "theirs": ("<a href='THEIRS/file'>Film</a>", False),
    "theirs by a redirection": ("<a href='/go?to=THEIRS/file'>Film</a>", False),
    "data beside a frame of theirs": ("<a download=film.bin href='data:application/octet-stream,x'>Film</a>"
                                      "<iframe src='THEIRS/p/record'></iframe>", False),
}  # fmt: skip


@pytest.mark.parametrize("whose", SAVES)
async def test_a_file_of_another_site_is_not_taken(ward: Ward, other: Ward, enter: Open, whose: str) -> None:
    link, ours = SAVES[whose]
    ward.page("form", "<h1>Form</h1>" + link.replace("THEIRS", other.url))
    film = {"find": [{"role": "link", "name": "Film"}], "use": "navigate"}
    view = await (await enter(screens("2 s", form={**FRAMED, "targets": {"film": film}, "tables": {}}))).open(
        "form", {}
    )
    if ours:
        assert (await view.download("film"))[0] == "film.bin"
        return
    with pytest.raises(ScreenNotReached, match="a file of another site"):
        await view.download("film")


async def test_a_picture_tells_no_word_of_a_patient_to_another_site(ward: Ward, other: Ward, enter: Open) -> None:
    """Covering asks the page for its words; scripts of a page hear what is handed to it."""
    hears = "const real = Set; self.Set = function (all) { " + TELL.replace("BODY", "JSON.stringify([...all || []])")
    other.page("eve", f"<p>Advice</p><script>{hears}; return new real(all) }}</script>")
    ward.page("record", RECORD + f"<iframe src='{other.url}/p/eve'></iframe>")
    session = await enter(screens(record={**RECORD_SCREEN, "reach": [{"goto": "/p/record"}]}))
    view = await session.open("record", {})
    assert await view.read(["name"]) == {"name": "Ana"}
    await view.window.page.frames[1].get_by_text("Advice").wait_for()
    await view.picture()
    await asyncio.sleep(0.3)
    assert [words for words in other.told if "ana" in words.lower()] == []
    assert other.told, "the frame was covered as well"


@pytest.mark.parametrize("where", ["frame", "page"])
async def test_no_key_is_told_to_another_site_by_looking_for_it(
    ward: Ward, other: Ward, enter: Open, where: str
) -> None:
    """A locator holds the key of a record, and whoever's page it is tried on hears it."""
    hears = "const real = Document.prototype.querySelectorAll; Document.prototype.querySelectorAll = function (css) { "
    tells = TELL.replace("BODY", "'asked ' + css") + "; return real.call(this, css) }"
    other.page("eve", f"<h1>Form</h1><output id=nAna77>Eve</output><script>{hears}{tells}</script>")
    eve = f"{other.url}/p/eve"
    ward.page("form", "<h1>Form</h1>" + (f"<iframe src='{eve}'></iframe>" if where == "frame" else ""))
    frame = {"frame": {"css": "iframe"}} if where == "frame" else {}
    form = {**FRAMED, "targets": {"name": {"find": [{"css": "#n{order}"}], **frame}}, "tables": {}}
    view = await (await enter(screens("1500 ms", form=form))).open("form", {"order": "Ana77"})
    if where == "page":
        await view.window.page.goto(eve)
    else:
        await view.window.page.frames[1].get_by_text("Eve").wait_for()
    with pytest.raises(ScreenNotReached, match="another site"):
        await view.read(["name"])
    with contextlib.suppress(ScreenNotReached):  # the page itself is another's
        await take(view)
    await view.window.page.frames[-1].evaluate("document.querySelectorAll('#told')")
    await asyncio.sleep(0.3)
    assert [told for told in other.told if "Ana77" in told] == []
    assert "asked #told" in other.told, "it would be heard"


@pytest.mark.parametrize("whose", ["another site's", "another record's", "the same, made anew"])
async def test_a_final_press_does_not_wait_for_another_button(
    ward: Ward, other: Ward, enter: Open, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    """After the last look the button takes no press for a moment, and then another page has one that does."""
    ward.page("record", RECORD.replace("Ana", "__KEY__"))
    other.page("record", RECORD.replace("Ana", "__KEY__"))
    record = {**RECORD_SCREEN, "reach": [{"goto": "/p/record?key={name}"}], "identity": {"shows": {"name": "name"}}}
    view = await (await enter(screens("10 s" if whose == "the same, made anew" else "4 s", record=record))).open(
        "record", {"name": "Ana"}
    )
    real, looks = Stage.press, 0

    async def then_busy(self: Stage, *given: Any, **more: Any) -> Any:
        nonlocal looks
        seen, looks = await real(self, *given, **more), looks + 1
        there = {"another site's": f"{other.url}/p/record?key=Ana", "another record's": "/p/record?key=Eve"}
        await self.window.page.evaluate(
            "([there, first]) => { if (!first) return; document.querySelector('button').disabled = true; "
            "setTimeout(() => { location.href = there }, 400) }",
            [there.get(whose, "/p/record?key=Ana"), looks == 1],
        )  # fmt: skip
        return seen

    monkeypatch.setattr(Stage, "press", then_busy)
    if whose == "the same, made anew":
        await view.press_commit("save")
        assert ward.told == ["pressed"]
        return
    with pytest.raises(ApplicationException) as caught:
        await view.press_commit("save")
    assert type(caught.value) in (ScreenNotReached, TargetNotFound)
    assert (ward.told, other.told) == ([], [])


@pytest.mark.parametrize("whose", ["another record's", "the same, made anew"])
async def test_a_field_that_becomes_another_records_is_not_typed_into(
    ward: Ward, enter: Open, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    """The page goes while the typing waits for its field to take input; the other record has the same field."""
    ward.page("record", RECORD.replace("Ana", "__KEY__"))
    record = {**RECORD_SCREEN, "reach": [{"goto": "/p/record?key={name}"}], "identity": {"shows": {"name": "name"}}}
    view = await (await enter(screens("10 s" if whose == "the same, made anew" else "4 s", record=record))).open(
        "record", {"name": "Ana"}
    )
    real, typed = type_text.own_thing, 0

    async def then_busy(*given: Any) -> Any:
        nonlocal typed
        thing, typed = await real(*given), typed + 1
        if typed == 1:
            await view.window.page.evaluate(
                "(there) => { document.querySelector('textarea').disabled = true; "
                "setTimeout(() => { location.href = there }, 400) }",
                "/p/record?key=Eve" if whose == "another record's" else "/p/record?key=Ana",
            )
        return thing

    monkeypatch.setattr(type_text, "own_thing", then_busy)
    if whose == "the same, made anew":
        assert await view.fill("report", "Ana has it") == "Ana has it"
        await asyncio.sleep(0.5)
        assert ward.told == ["Ana has it"]
        return
    with pytest.raises(ScreenNotReached, match="another record"):
        await view.fill("report", "Ana has it")
    assert ward.told == []


async def test_a_file_is_not_given_to_another_record(ward: Ward, enter: Open) -> None:
    """The button takes no press for a moment, and then another record is shown whose button does."""
    takes = "document.querySelector('input').onchange = e => " + TELL.replace("BODY", "e.target.files[0]")
    asks = "<button onclick=\"document.querySelector('input').click()\">Attach</button><input type=file hidden>"
    ward.page("record", f"<h1>Record</h1><output aria-label=Name>__KEY__</output>{asks}<script>{takes}</script>")
    attach = {"find": [{"role": "button", "name": "Attach"}], "use": "write"}
    record = {**RECORD_SCREEN, "reach": [{"goto": "/p/record?key={name}"}], "identity": {"shows": {"name": "name"}},
              "targets": {"name": RECORD_SCREEN["targets"]["name"], "attach": attach}}  # fmt: skip
    session = await enter(screens("3 s", record=record))
    view = await session.open("record", {"name": "Ana"})
    await view.window.page.evaluate("setTimeout(() => document.querySelector('button').disabled = true, 0)")
    reaches = "setTimeout(() => { location.href = '/p/record?key=Eve' }, 800)"
    await view.window.page.evaluate(f"() => {{ {reaches} }}")
    with pytest.raises(ApplicationException):
        await view.upload("attach", "report.pdf", b"Ana has it")
    assert ward.told == []
    again = await session.open("record", {"name": "Ana"})
    await again.upload("attach", "report.pdf", b"Ana has it")
    await asyncio.sleep(0.5)
    assert ward.told == ["Ana has it"]


FULL: dict[str, Any] = {"role": "heading", "name": "No licence left"}
TAKE: dict[str, Any] = {"seen_by": {"role": "heading", "name": "In use"}, "take_over": {"role": "button", "name": "Go"}}


@pytest.mark.parametrize("shown", ["<h1>No licence left</h1>", "<h1>In use</h1><button>Go</button>",
                                   "<p role=alert>Wrong user or password</p>", "<h1>Ward home</h1>"])  # fmt: skip
async def test_what_another_site_says_of_a_sign_in_is_not_believed(
    ward: Ward, other: Ward, enter: Open, shown: str
) -> None:
    tells = TELL.replace("BODY", "'pressed'")
    other.page("eve", f"{shown}<script>document.onclick = () => {tells}</script>")
    ward.page("home", f"<script>location.href = '{other.url}/p/eve'</script>")
    plain = screens()
    assert plain.sign_in is not None
    data = plain.model_dump(exclude_none=True)
    data["sign_in"] |= {"full": FULL, "elsewhere": TAKE}
    with pytest.raises(SignInFailed, match=r"led to http://127") as caught:
        await enter(ScreenMap.model_validate(data))
    assert type(caught.value) is SignInFailed
    assert other.told == []


async def test_a_question_of_another_sites_page_is_not_answered_with_yes(ward: Ward, other: Ward, enter: Open) -> None:
    other.page("eve", "<script>if (confirm('Save for good?')) " + TELL.replace("BODY", "'yes'") + "</script>")
    ward.page("record", RECORD.replace("fetch(", f"location.href = '{other.url}/p/eve'; ("))
    save = {**RECORD_SCREEN["targets"]["save"], "confirm": "Save for good?"}
    record = {**RECORD_SCREEN, "reach": [{"goto": "/p/record"}], "targets": {"save": save}, "tables": {}}
    view = await (await enter(screens("2 s", record=record))).open("record", {})
    with pytest.raises(ScreenNotReached, match="native confirm"):
        await view.press_commit("save")
    assert other.told == []


async def test_a_frame_that_goes_elsewhere_in_the_middle_of_a_look(
    ward: Ward, other: Ward, enter: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.page("record", RECORD.replace("Ana", "Eve"))
    ward.page("record", RECORD)
    ward.page("form", "<h1>Form</h1><iframe src='/p/record'></iframe>")
    view = await (await enter(screens("2 s", form=FRAMED))).open("form", {})
    real, looked = Stage.own, 0

    async def then_gone(self: Stage, frames: Any) -> bool:
        nonlocal looked
        home = await real(self, frames)
        if home and any(frames) and not looked:
            looked += 1
            await self.window.page.frames[1].goto(f"{other.url}/p/record")
        return home

    monkeypatch.setattr(Stage, "own", then_gone)
    with pytest.raises(ScreenNotReached, match="a frame of another site"):
        await view.read(["name"])
    assert looked == 1


async def test_a_canary_finds_nothing_in_a_frame_of_another_site(ward: Ward, other: Ward, enter: Open) -> None:
    ward.page("form", f"<h1>Form</h1><iframe src='{other.url}/p/record'></iframe>")
    view = await (await enter(screens("1500 ms", form=FRAMED))).open("form", {})
    assert {one.target: one.found for one in await view.look_over()} == {"name": "missing", "people": "missing"}


async def test_a_snapshot_holds_nothing_of_another_sites_frame(ward: Ward, other: Ward, enter: Open) -> None:
    ward.page("record", RECORD)
    ward.page("form", f"<h1>Form</h1><iframe src='{other.url}/p/record'></iframe>")
    view = await (await enter(screens(form=FRAMED))).open("form", {})
    await view.window.page.frames[1].get_by_label("Name").wait_for()
    assert "Ana" not in repr((await take(view)).tree)
    await view.window.page.frames[1].goto(f"{ward.url}/p/record")
    assert "Ana" in repr((await take(view)).tree)


async def test_a_sign_in_of_another_site_is_no_sign_that_the_session_has_ended(
    ward: Ward, other: Ward, enter: Open
) -> None:
    ward.page("list", f"<script>location.href = '{other.url}/sign-in'</script>")
    session = await enter(screens("1500 ms", record=RECORD_SCREEN))
    with pytest.raises(ScreenNotReached, match="another site is shown"):
        await session.open("record", {})
    assert ward.sign_ins == ["bot"]


async def test_another_site_that_asks_for_a_name_has_not_refused_the_credential(
    ward: Ward, other: Ward, driver: BrowserDriver
) -> None:
    vault = {"seen_by": [{"role": "heading", "name": "Vault"}], "reach": [{"goto": f"/go?to={other.url}/basic"}]}
    basic = {"system": "ward", "patience": "2 s", "sign_in": {"http_basic": True}, "screens": {"vault": vault}}
    own = {**vault, "reach": [{"goto": "/basic"}]}
    map_ = ScreenMap.model_validate({**basic, "screens": {"vault": vault, "own": own}})
    session = await driver.session("ehr", App(map="ward", url=ward.url), map_, Credential("bot", PASSWORD))
    with pytest.raises(ScreenNotReached, match="another site is shown"):
        await session.open("vault", {})
    await session.open("own", {})
    await session.close()
