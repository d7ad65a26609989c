"""A page shows its buttons before its own scripts have run: pressed then, they do nothing, or something else."""

from __future__ import annotations

import time

import pytest

from tests.drivers.conftest import Open, screens
from tests.drivers.ward import Ward

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

LATE = "<script src=/late.js defer></script>"
HEADING = {"role": "heading", "name": "Record"}


async def test_a_sign_in_waits_for_the_forms_own_script(ward: Ward, enter: Open) -> None:
    """Sent by the browser alone it would lead back to itself, with the user's name in the address."""
    ward.sign_in_page = (
        f"{LATE}<h1>Ward sign-in</h1><form method=post><label>User <input name=user></label>"
        "<label>Word <input name=word type=password></label><button>Enter</button></form>"
    )
    ward.script = (
        "document.forms[0].addEventListener('submit', async event => { event.preventDefault();"
        "await fetch('/enter', {method: 'POST', body: new FormData(event.target)}); location.href = '/p/home' })"
    )
    await enter(screens("4 s"))
    assert ward.sign_ins == ["bot"]


async def test_a_button_on_the_way_is_pressed_when_it_does_something(ward: Ward, enter: Open) -> None:
    ward.page("list", LATE + "<h1>List</h1><button>Open</button>")
    ward.page("record", "<h1>Record</h1>")
    ward.script = "document.querySelector('button').onclick = () => { location.href = '/p/record' }"
    of_list = {
        "seen_by": [{"role": "heading", "name": "List"}],
        "reach": [{"goto": "/p/list"}],
        "targets": {"open": {"find": [{"role": "button", "name": "Open"}], "use": "navigate"}},
    }
    record = {"seen_by": [HEADING], "reach": [{"screen": "list"}, {"click": "list.open"}]}
    view = await (await enter(screens("4 s", list=of_list, record=record))).open("record", {})
    assert await view.read([]) == {}


async def test_a_page_whose_script_never_comes_is_taken_as_it_is(ward: Ward, enter: Open) -> None:
    ward.page("record", "<script src=/endless?stands=still defer></script><h1>Record</h1>")
    record = {"seen_by": [HEADING], "reach": [{"goto": "/p/record"}]}
    session, began = await enter(screens("2 s", record=record)), time.monotonic()
    await session.open("record", {})
    assert time.monotonic() - began >= 1  # half of its patience


async def test_a_tab_that_is_written_and_never_ended_is_not_waited_for(ward: Ward, enter: Open) -> None:
    words = "<h1>Record</h1><output aria-label=Name>Ana</output>"
    opens = f"const w = window.open('about:blank'); w.document.write(`{words}`)"
    ward.page("list", f'<h1>List</h1><button onclick="{opens}">Open</button>'.replace("aria-label=Name", "id=name"))
    record = {
        "seen_by": [HEADING],
        "reach": [{"goto": "/p/list"}, {"new_tab": "open"}],
        "targets": {
            "name": {"find": [{"css": "#name"}], "use": "read"},
            "open": {"find": [{"role": "button", "name": "Open"}], "use": "navigate"},
        },
    }
    session, began = await enter(screens("20 s", record=record)), time.monotonic()
    assert await (await session.open("record", {})).read(["name"]) == {"name": "Ana"}
    assert time.monotonic() - began < 10
