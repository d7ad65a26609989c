"""What a page does in the middle of typing, and between the typing and the save."""

from __future__ import annotations

import pytest

from robot_library.errors import (
    ApplicationException,
    OrderHeld,
    ScreenNotReached,
    TargetAmbiguous,
    TargetNotFound,
    TypingNotProven,
)
from tests.drivers.conftest import Open, screens
from tests.drivers.test_writing import form, page
from tests.drivers.ward import Ward

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

WRITE = {"use": "write", "may_be_empty": True}
TELL = "fetch('/tell', {method: 'POST', body: value})"
OTHERS = f'<label>Message <textarea id=m oninput="{TELL}">Dear Ana</textarea></label>'


async def test_a_draft_that_comes_with_the_focus_is_not_typed_over(ward: Ward, enter: Open) -> None:
    ward.page("result", page("<textarea name=comment onfocus=\"this.value = this.value || 'By Dr Mora'\"></textarea>"))
    view = await (await enter(screens(result=form()))).open("result", {})
    with pytest.raises(OrderHeld):
        await view.fill("comment", "Clear.")
    assert (await view.read(["comment"]))["comment"] == "By Dr Mora"


async def test_a_page_that_moves_the_focus_gets_the_text_nowhere_else(ward: Ward, enter: Open) -> None:
    ward.page("result", page('<textarea name=comment onfocus="m.focus()"></textarea>') + OTHERS)
    view = await (await enter(screens(result=form()))).open("result", {})
    with pytest.raises(TargetNotFound, match="took no input"):
        await view.fill("comment", "Clear.")
    assert ward.told == []


async def test_a_box_that_has_come_up_over_the_form_is_not_typed_into(ward: Ward, enter: Open) -> None:
    ward.page("result", page() + f"<dialog id=d>{OTHERS}</dialog><script>d.showModal()</script>")
    view = await (await enter(screens(result=form()))).open("result", {})
    with pytest.raises(TargetNotFound, match="took no input"):
        await view.fill("comment", "Clear.")
    assert ward.told == []


@pytest.mark.parametrize("move", ["type", "press"])
async def test_nor_is_a_box_over_a_search(ward: Ward, enter: Open, move: str) -> None:
    """What is typed on the way is a patient's number, and Enter presses whatever has the keys."""
    delete = "<button onclick=\"fetch('/tell', {method: 'POST', body: 'pressed'})\">Delete</button>"
    box = OTHERS if move == "type" else delete
    ward.page(
        "find", f"<h1>Find</h1><label>Order <input></label><dialog id=d>{box}</dialog><script>d.showModal()</script>"
    )
    found = {
        "seen_by": [{"role": "heading", "name": "Order"}],
        "reach": [{"goto": "/p/find"}, {move: {"order": "{order}" if move == "type" else "Enter"}}],
        "targets": {"order": {"find": [{"label": "Order"}], "use": "search"}},
    }
    with pytest.raises(ApplicationException) as stopped:
        await (await enter(screens("1 s", found=found))).open("found", {"order": "A-17"})
    assert ward.told == []
    assert isinstance(stopped.value, TargetNotFound)


async def test_what_the_server_makes_of_a_text_is_waited_for(ward: Ward, enter: Open) -> None:
    ward.page(
        "result",
        page(
            "<textarea name=comment onchange=\"fetch('/save', {method: 'POST', body: ''})"
            '.then(() => new Promise(r => setTimeout(r, 20))).then(() => { value = value.slice(0, 3) })"></textarea>'
        ),
    )
    view = await (await enter(screens(result=form()))).open("result", {})
    assert await view.fill("comment", "Clear.") == "Cle"


async def test_a_field_that_another_one_has_changed_is_not_saved(ward: Ward, enter: Open) -> None:
    ward.page(
        "result",
        page()
        + "<label for=k>Kind</label>"
        + "<select id=k onchange=\"document.querySelector('[name=comment]').value = 'Normal.'\">"
        + "<option></option><option>Final</option></select>",
    )
    session = await enter(screens(result=form(kind={"find": [{"label": "Kind"}], **WRITE})))
    view = await session.open("result", {})
    assert await view.fill("comment", "A shadow on the left.") == "A shadow on the left."
    assert await view.fill("kind", "Final") == "Final"
    with pytest.raises(TypingNotProven, match=r"'result\.comment'"):
        await view.press_commit("save")
    assert ward.saved == []


async def test_a_draft_that_goes_along_into_another_record_is_not_saved_there(ward: Ward, enter: Open) -> None:
    """A page turns to another record in its place, and has kept what stood in the form, while that is looked at."""
    ward.page("result", page("<p>Order <b id=o>A-17</b></p><textarea name=comment></textarea>"))
    order = {"find": [{"css": "#o"}], "use": "identity"}
    session = await enter(screens(result={**form(order=order), "identity": {"shows": {"order": "order"}}}))
    view = await session.open("result", {"order": "A-17"})
    assert await view.fill("comment", "Clear.") == "Clear."
    await view.window.page.evaluate(
        "const c = document.querySelector('[name=comment]'); c.value = '';"
        "setTimeout(() => { o.textContent = 'A-18'; c.value = 'Clear.' }, 600)"
    )
    with pytest.raises(ScreenNotReached, match="another record"):
        await view.press_commit("save")
    assert ward.saved == []


@pytest.mark.parametrize("chosen", ["", " selected"])
async def test_of_two_options_of_one_text_none_is_chosen(ward: Ward, enter: Open, chosen: str) -> None:
    kinds = f"<option></option><option value=1{chosen}>Dr Mora</option><option value=2>Dr Mora</option>"
    ward.page("result", page() + f"<label for=b>By</label><select id=b>{kinds}</select>")
    session = await enter(screens(result=form(by={"find": [{"label": "By"}], **WRITE})))
    view = await session.open("result", {})
    with pytest.raises(TargetAmbiguous):
        await view.fill("by", "Dr Mora")


async def test_a_box_that_is_neither_ticked_nor_not_says_so(ward: Ward, enter: Open) -> None:
    ward.page(
        "result",
        page() + "<label>Cancelled <input type=checkbox id=c></label><script>c.indeterminate = true</script>",
    )
    session = await enter(screens(result=form(cancelled={"find": [{"label": "Cancelled"}], "use": "state"})))
    assert await (await session.open("result", {})).read(["cancelled"]) == {"cancelled": "mixed"}


async def test_fields_in_frames_and_shadow_roots_have_the_keys_too(ward: Ward, enter: Open) -> None:
    inside = "<iframe title=%s srcdoc='%s'></iframe>"
    ward.page(
        "result",
        page()
        + inside % ("Plain", "<label>Note <textarea></textarea></label>")
        + inside % ("Rich", "<body contenteditable style=white-space:pre-wrap></body>")
        + "<div id=host></div><script>host.attachShadow({mode: 'open'}).innerHTML = '<input aria-label=Sign>'</script>",
    )

    def field(find: dict[str, str], frame: str | None = None) -> dict[str, object]:
        return {"find": [find], "frame": {"title": frame} if frame else None, **WRITE}

    more = {
        "note": field({"label": "Note"}, "Plain"), "text": field({"css": "body"}, "Rich"),
        "sign": field({"label": "Sign"}),
    }  # fmt: skip
    view = await (await enter(screens(result=form(**more)))).open("result", {})
    for target in more:
        assert await view.fill(target, "Clear, 5 < 6") == "Clear, 5 < 6"
    await view.press_commit("save")
    assert len(ward.saved) == 1


async def test_a_field_that_takes_so_many_letters_shows_that_it_took_no_more(ward: Ward, enter: Open) -> None:
    """And a form that keeps drafts by itself keeps none of what was cut."""
    ward.page("result", page(f'<textarea name=comment maxlength=9 onchange="{TELL}"></textarea>'))
    view = await (await enter(screens(result=form()))).open("result", {})
    assert await view.fill("comment", "No bleeding.") == "No bleedi"
    assert await view.read(["comment"]) == {"comment": ""}
    assert ward.told[-1] == ""


async def test_what_somebody_else_has_put_there_meanwhile_is_left(ward: Ward, enter: Open) -> None:
    ward.page("result", page("<textarea name=comment onchange=\"this.value = 'By Dr Mora'\"></textarea>"))
    view = await (await enter(screens(result=form()))).open("result", {})
    assert await view.fill("comment", "No bleeding.") == "By Dr Mora"
    assert await view.read(["comment"]) == {"comment": "By Dr Mora"}
