"""Typing and pressing: never over what is there, never twice, never on the wrong page."""

from __future__ import annotations

import pytest

from robot_library.errors import (
    AuthoringError,
    DriverLost,
    OrderHeld,
    SawTooLongAgo,
    ScreenNotReached,
    StudyNotFound,
    TargetAmbiguous,
    TargetNotFound,
)
from tests.drivers.conftest import Open, screens
from tests.drivers.ward import Ward

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

BOX = {"find": [{"css": "textarea[name=comment]"}], "use": "write", "may_be_empty": True}
SAVE = {"find": [{"role": "button", "name": "Save"}], "use": "commit"}
POST = "fetch('/save',{method:'POST',body:document.querySelector('[name=comment]').value})"


def form(**targets: object) -> dict[str, object]:
    return {
        "seen_by": [{"role": "heading", "name": "Result"}],
        "reach": [{"goto": "/p/result"}],
        "targets": {"comment": BOX, "save": SAVE, **targets},
    }


def page(
    box: str = "<textarea name=comment></textarea>", button: str = f'<button onclick="{POST}">Save</button>'
) -> str:
    return f"<h1>Result</h1>{box}{button}"


TEXT = "FINDINGS\n  Lungs “clear”, 5 < 6 & 7.\n\nAI draft, not verified\tend"


async def test_text_arrives_exactly_and_is_saved_once(ward: Ward, enter: Open) -> None:
    ward.page("result", page())
    session = await enter(screens(result=form()))
    view = await session.open("result", {})
    assert await view.fill("comment", TEXT.replace("\n", "\r\n")) == TEXT
    assert view.dirty
    await view.press_commit("save")
    assert not view.dirty
    assert ward.saved == [TEXT]


async def test_nothing_is_typed_over_what_came_late(ward: Ward, enter: Open) -> None:
    ward.page(
        "result",
        page("<textarea name=comment disabled></textarea>")
        + "<script>const c=document.querySelector('textarea');"
        + "setTimeout(()=>{c.value='Dr Okafor: effusion';c.disabled=false},200)</script>",
    )
    session = await enter(screens(result=form()))
    view = await session.open("result", {})
    with pytest.raises(OrderHeld, match="holds text already") as caught:
        await view.fill("comment", TEXT)
    assert "Okafor" not in str(caught.value)
    assert not view.dirty
    assert (await view.read(["comment"]))["comment"] == "Dr Okafor: effusion"


async def test_the_same_text_is_not_typed_again(ward: Ward, enter: Open) -> None:
    ward.page("result", page("<textarea name=comment>done</textarea>"))
    session = await enter(screens(result=form()))
    assert await (await session.open("result", {})).fill("comment", "done") == "done"


async def test_a_page_that_changes_what_is_typed_is_told_as_it_is(ward: Ward, enter: Open) -> None:
    ward.page("result", page("<textarea name=comment onchange='value=value.toUpperCase()'></textarea>"))
    session = await enter(screens(result=form()))
    assert await (await session.open("result", {})).fill("comment", "ok") == "OK"


async def test_editors_selects_and_completion(ward: Ward, enter: Open) -> None:
    ward.page(
        "result",
        page("<div contenteditable aria-label=Note style='white-space:pre-wrap'></div>")
        + "<label for=k>Kind</label><select id=k><option></option><option>Final</option>"
        + "<option>Preliminary</option></select>"
        + '<label>By <input role=combobox aria-autocomplete=list oninput="setTimeout(()=>l.hidden=false,100)"></label>'
        + "<ul id=l role=listbox hidden>"
        + "<li role=option onclick=\"document.querySelector('[role=combobox]').value='Bot, A'"
        + ';l.hidden=true">Bot, A</li><li role=option>Bot, Al</li></ul>',
    )
    write = {"use": "write", "may_be_empty": True}
    session = await enter(
        screens(
            result=form(
                note={"find": [{"label": "Note"}], **write},
                kind={"find": [{"label": "Kind"}], **write},
                by={"find": [{"label": "By"}], **write},
            )
        )
    )
    view = await session.open("result", {})
    assert await view.fill("note", "two\nlines") == "two\nlines"
    assert await view.fill("kind", "Preliminary") == "Preliminary"
    assert await view.fill("by", "Bot, A") == "Bot, A"


async def test_a_text_whose_entry_could_not_be_chosen_is_not_taken_for_chosen(ward: Ward, enter: Open) -> None:
    """The list is made anew all the time: the field shows the text, and stands for nothing."""
    ward.page(
        "result",
        page() + "<label>By <input role=combobox aria-autocomplete=list></label><ul id=l role=listbox></ul>"
        "<script>setInterval(() => { l.innerHTML = '<li role=option>Bot, A</li>' }, 10)</script>",
    )
    by = {"find": [{"label": "By"}], "use": "write", "may_be_empty": True}
    session = await enter(screens(result=form(by=by)))
    with pytest.raises(TargetNotFound, match="took no input"):
        await (await session.open("result", {})).fill("by", "Bot, A")


async def test_a_commit_target_is_not_clicked_and_a_read_target_not_typed_into(ward: Ward, enter: Open) -> None:
    ward.page("result", page())
    session = await enter(screens(result=form(head={"find": [{"role": "heading"}]})))
    view = await session.open("result", {})
    with pytest.raises(AuthoringError, match="for 'commit', not for navigate"):
        await view.click("save")
    with pytest.raises(AuthoringError, match="for 'read', not for write"):
        await view.fill("head", "x")


async def test_two_save_buttons_are_none(ward: Ward, enter: Open) -> None:
    ward.page("result", page(button=f'<button onclick="{POST}">Save</button>' * 2))
    session = await enter(screens(result=form()))
    with pytest.raises(TargetAmbiguous):
        await (await session.open("result", {})).press_commit("save")
    assert ward.saved == []


async def test_a_button_that_stays_disabled_is_not_pressed(ward: Ward, enter: Open) -> None:
    ward.page("result", page(button="<button disabled>Save</button>"))
    session = await enter(screens("1500 ms", result=form()))
    with pytest.raises(TargetNotFound):
        await (await session.open("result", {})).press_commit("save")


async def test_pop_ups_that_cover_are_dismissed(ward: Ward, enter: Open) -> None:
    cover = (
        "<script>addEventListener('input',()=>document.body.insertAdjacentHTML('beforeend',`<div role=dialog "
        "aria-label=Tour style='position:fixed;inset:0;background:#fff'>"
        "<button onclick='this.parentNode.remove()'>Skip all</button></div>`))</script>"
    )
    ward.page("result", page() + cover)
    tour = {"seen_by": {"role": "dialog", "name": "Tour"}, "click": {"role": "button", "name": "Skip all"}}
    session = await enter(screens(result=form(), interruptions=[tour]))
    view = await session.open("result", {})
    await view.fill("comment", "x")
    await view.press_commit("save")
    assert ward.saved == ["x"]


async def test_native_dialogs_are_dismissed_and_stop_unless_the_map_expects_them(ward: Ward, enter: Open) -> None:
    ward.page("result", page(button=f"<button onclick=\"if(confirm('Save this draft?')){POST}\">Save</button>"))
    session = await enter(screens(result=form()))
    view = await session.open("result", {})
    await view.fill("comment", "x")
    with pytest.raises(ScreenNotReached, match="native confirm dialog, which was dismissed"):
        await view.press_commit("save")
    assert ward.saved == []
    told = await enter(screens(result=form(save={**SAVE, "confirm": "Save this draft?"})))
    view = await told.open("result", {})
    await view.fill("comment", "y")
    await view.press_commit("save")
    assert ward.saved == ["y"]


async def test_another_answer_than_the_screen_has_its_own_name(ward: Ward, enter: Open) -> None:
    ward.page("result", "<h1>Search</h1><p>No studies match.</p>")
    none = {"seen_by": {"text": "No studies match."}, "means": "study_not_found", "reason": "No study has this number."}
    session = await enter(screens(result={**form(), "instead": [none]}))
    with pytest.raises(StudyNotFound, match="No study has this number"):
        await session.open("result", {})


async def test_a_session_lost_while_reading_is_found_again(ward: Ward, enter: Open) -> None:
    ward.page("result", page("<textarea name=comment>kept</textarea>"))
    session = await enter(screens(result=form()))
    view = await session.open("result", {})
    ward.sessions.clear()
    await view._windows[-1].page.reload()
    assert await view.read(["comment"]) == {"comment": "kept"}
    ward.drop_after = 0
    await session.open("result", {})
    assert ward.sign_ins == ["bot"] * 3


async def test_a_session_lost_over_typed_text_starts_the_part_anew(ward: Ward, enter: Open) -> None:
    ward.page("result", page(button=f"<button onclick=\"{POST}.then(a=>a.ok||(location='/sign-in'))\">Save</button>"))
    session = await enter(screens(result=form()))
    view = await session.open("result", {})
    await view.fill("comment", "x")
    ward.sessions.clear()
    with pytest.raises(DriverLost, match="typed and not saved"):
        await session.open("result", {}, fresh=True)
    await view._windows[-1].page.goto(ward.url + "/sign-in")
    with pytest.raises(DriverLost):
        await view.press_commit("save")
    assert ward.saved == []
    assert ward.sign_ins == ["bot"]


async def test_a_dead_tab_is_driver_lost_and_the_next_session_works(ward: Ward, enter: Open) -> None:
    ward.page("result", page())
    session = await enter(screens(result=form()))
    view = await session.open("result", {})
    await view._windows[-1].page.close()
    with pytest.raises(DriverLost):
        await view.read(["comment"])
    again = await enter(screens(result=form()))
    assert await (await again.open("result", {})).read(["comment"]) == {"comment": ""}


async def test_unsaved_text_does_not_hold_the_next_opening(ward: Ward, enter: Open) -> None:
    ward.page("result", page() + "<script>addEventListener('beforeunload',e=>e.preventDefault())</script>")
    session = await enter(screens(result=form()))
    view = await session.open("result", {})
    await view.fill("comment", "x")
    view = await session.open("result", {})
    assert await view.read(["comment"]) == {"comment": ""}


async def test_playwrights_own_words_never_come_through(ward: Ward, enter: Open) -> None:
    ward.page("result", page("<textarea name=comment readonly></textarea>"))
    session = await enter(screens("1500 ms", result=form()))
    view = await session.open("result", {})
    with pytest.raises(TargetNotFound) as caught:
        await view.fill("comment", "SECRETNAME has pneumonia")
    seen: BaseException | None = caught.value
    while seen is not None:
        assert "SECRETNAME" not in str(seen)
        assert "Call log" not in str(seen)
        seen = seen.__context__


async def test_a_closed_view_leaves_no_typed_text_behind(ward: Ward, enter: Open) -> None:
    ward.page("result", page() + "<script>addEventListener('beforeunload',e=>e.preventDefault())</script>")
    session = await enter(screens(result=form()))
    view = await session.open("result", {})
    await view.fill("comment", "x")
    await view.close()
    assert session.view is None
    assert not session.dirty
    ward.sessions.clear()
    assert await (await session.open("result", {})).read(["comment"]) == {"comment": ""}


async def test_a_page_that_holds_on_is_left_all_the_same(ward: Ward, enter: Open) -> None:
    ward.page(
        "result",
        page()
        + "<button onclick='n=1'>More</button><script>addEventListener('beforeunload',e=>e.preventDefault())</script>",
    )
    more = {"find": [{"role": "button", "name": "More"}], "use": "navigate"}
    session = await enter(screens(result=form(more=more)))
    view = await session.open("result", {})
    await view.click("more")
    await session.open("home", {})


async def test_a_button_that_takes_no_press_for_long_is_left_to_whoever_looks_again(
    ward: Ward, enter: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was judged before is seconds old then: a person may have signed. The next press is made at once."""
    monkeypatch.setattr(SawTooLongAgo, "AFTER", 0.5)
    late = "<script>const b=document.querySelector('button');addEventListener('input',()=>{b.disabled=true;"
    late += "setTimeout(()=>{b.disabled=false},3000)},{once:true})</script>"
    ward.page("result", page() + late)
    view = await (await enter(screens("30 s", result=form()))).open("result", {})
    await view.fill("comment", "Text")
    with pytest.raises(SawTooLongAgo):
        await view.press_commit("save")
    assert ward.saved == []
    monkeypatch.undo()  # on a busy machine one press may take half a second
    await view.press_commit("save")
    assert ward.saved == ["Text"]
