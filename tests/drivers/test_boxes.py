"""Boxes over a page, file boxes that come and go, pages that ask before they are left, words of another system."""

from __future__ import annotations

from typing import Any

import pytest

from robot_library.errors import OrderChanged
from robot_library.safeguards.guard import ScreenGuard
from tests.drivers.conftest import Open, screens
from tests.drivers.ward import Ward

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]


def target(use: str, /, **find: Any) -> dict[str, Any]:
    return {"find": [find], "use": use}


async def test_a_box_over_a_form_is_closed_not_gone_back_from(ward: Ward, enter: Open) -> None:
    ward.page(
        "form",
        '<h1>Form</h1><button onclick="box.showModal()">Open</button>'
        '<dialog id=box><h2>Patient</h2><output>P7</output><button onclick="box.close()">Close</button></dialog>',
    )
    box = {
        "seen_by": [{"role": "heading", "name": "Patient"}],
        "leave": "close",
        "targets": {
            "number": target("identity", role="status"),
            "close": target("navigate", role="button", name="Close"),
        },
    }
    form = {
        "seen_by": [{"role": "heading", "name": "Form"}],
        "reach": [{"goto": "/p/form"}],
        "targets": {"link": target("navigate", role="button", name="Open")},
    }
    session = await enter(screens(form=form, box=box))
    view = await session.open("form", {})
    patient = await session.follow(view, "link", "box")
    assert await patient.read(["number"]) == {"number": "P7"}
    await patient.close()
    assert await session.follow(view, "link", "box")  # the form is there and the box is shut: it opens again


async def test_a_file_box_that_must_be_opened_first_and_closed_after(ward: Ward, enter: Open) -> None:
    ward.page(
        "form",
        "<h1>Form</h1>"
        "<button onclick=\"menu.innerHTML='<input type=file style=display:none>'\">Attach</button>"
        "<div id=menu></div><div id=list></div><script>let file;"
        "menu.addEventListener('change',e=>{file=e.target.files[0];setTimeout(()=>{"
        "list.innerHTML='<dialog open><i>'+file.name+'</i><button id=keep>Close</button></dialog>';"
        "keep.onclick=()=>{const d=new FormData();d.append('file',file);"
        "fetch('/upload',{method:'POST',body:d})}},300)})"
        "</script>",
    )
    form = {
        "seen_by": [{"role": "heading", "name": "Form"}],
        "reach": [{"goto": "/p/form"}],
        "targets": {
            "attach": target("navigate", role="button", name="Attach"),
            "keep": target("commit", role="button", name="Close"),
            "file": {
                **target("commit", css="input[type=file]", visible=False), "opened_by": "attach", "closed_by": "keep",
            },
        },
    }  # fmt: skip
    session = await enter(screens(form=form))
    await (await session.open("form", {})).upload("file", "a.png", b"1")
    assert ward.uploads == [("a.png", b"1")]


async def test_a_page_that_asks_before_it_is_left_is_left(ward: Ward, enter: Open) -> None:
    ward.page("form", "<h1>Form</h1><button>Touch</button><script>onbeforeunload=e=>e.preventDefault()</script>")
    form = {
        "seen_by": [{"role": "heading", "name": "Form"}],
        "reach": [{"goto": "/p/form"}],
        "targets": {"touch": target("navigate", role="button")},
    }
    session = await enter(screens(form=form))
    view = await session.open("form", {})
    await view.click("touch")  # browsers ask only where somebody has touched the page
    assert (await session.open("home", {})).screen == "home"


WORDS: dict[str, Any] = {
    "seen_by": [{"role": "heading", "name": "Result"}],
    "reach": [{"goto": "/p/result"}],
    "state": [
        {"target": "status", "is": ["None"], "reason": "Reported"},
        {"target": "order", "on": "order", "is_not": ["Cancelled"], "reason": "The order is cancelled"},
    ],
    "targets": {"status": {**target("state", role="status"), "words": {"keiner": "None"}}},
}


@pytest.mark.parametrize("shown", ["Requested", "Cancelled"])
async def test_a_state_that_stands_on_another_screen_in_another_language(ward: Ward, enter: Open, shown: str) -> None:
    ward.page("result", "<h1>Result</h1><output>keiner</output>")
    ward.page("order", f"<h1>Order</h1><output>{shown}</output>")
    order = {
        "seen_by": [{"role": "heading", "name": "Order"}],
        "reach": [{"goto": "/p/order"}],
        "targets": {"order": target("state", role="status")},
    }
    session = await enter(screens(result=WORDS, order=order))
    view = await session.open("result", {})
    assert await view.read(["status"]) == {"status": "None"}
    if shown == "Requested":
        assert len(await ScreenGuard().check_state(session, view)) == 1
        return
    with pytest.raises(OrderChanged, match="The order is cancelled"):
        await ScreenGuard().check_state(session, view)
