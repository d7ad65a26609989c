"""Downloads, uploads, new tabs, links there and back, pictures."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from robot_library.drivers.browser import BrowserDriver, files
from robot_library.errors import ScreenNotReached
from robot_library.interfaces import Credential
from robot_library.model.bot import App
from tests.drivers.conftest import Open, screens
from tests.drivers.ward import PASSWORD, Ward

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]


def screen(address: str, heading: str, /, **targets: object) -> dict[str, object]:
    return {
        "seen_by": [{"role": "heading", "name": heading}],
        "reach": [{"goto": f"/p/{address}"}],
        "targets": targets,
    }


def link(name: str) -> dict[str, object]:
    return {"find": [{"role": "link", "name": name}], "use": "navigate"}


async def test_a_download_comes_whole_and_leaves_nothing(ward: Ward, enter: Open) -> None:
    ward.page("form", "<h1>Form</h1><a href=/file>Get</a><a href=/p/home>Page</a>")
    session = await enter(screens("1500 ms", form=screen("form", "Form", get=link("Get"), page=link("Page"))))
    view = await session.open("form", {})
    assert await view.download("get") == ("film.bin", b"\x00DICM" * 1000)
    with pytest.raises(ScreenNotReached, match="brought no file"):
        await view.download("page")


@pytest.mark.parametrize("stands", ["still", "not"])
async def test_a_download_without_an_end_is_broken_off(
    ward: Ward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stands: str
) -> None:
    monkeypatch.setattr(files, "STALLED_S", 3.0 if stands == "still" else 3600.0)
    monkeypatch.setattr(files, "LARGEST", 10**9 if stands == "still" else 3_000_000)
    ward.page("form", f"<h1>Form</h1><a href='/endless?stands={stands}'>Get</a><a href=/file>Other</a>")
    driver = BrowserDriver(downloads=tmp_path / "downloads")
    try:
        form = screen("form", "Form", get=link("Get"), other=link("Other"))
        app = App(map="ward", url=ward.url)
        session = await driver.session("ehr", app, screens(form=form), Credential("bot", PASSWORD))
        view = await session.open("form", {})
        async with asyncio.timeout(120):
            with pytest.raises(ScreenNotReached, match="stood still or is too large"):
                await view.download("get")
        assert await view.download("other") == ("film.bin", b"\x00DICM" * 1000)
        assert files._growing(tmp_path / "downloads") == {}
    finally:
        await driver.close()


@pytest.mark.parametrize("kind", ["hidden box", "button"])
async def test_an_upload_is_answered_before_it_returns(ward: Ward, enter: Open, kind: str) -> None:
    send = "const d=new FormData();d.append('file',this.files[0]);fetch('/upload',{method:'POST',body:d})"
    ward.page(
        "form",
        f"<h1>Form</h1><input type=file style='display:none' onchange=\"{send}\">"
        "<button onclick=\"document.querySelector('input').click()\">Attach</button>",
    )
    find = {"css": "input[type=file]", "visible": False} if kind == "hidden box" else {"role": "button"}
    session = await enter(screens(form=screen("form", "Form", file={"find": [find], "use": "commit"})))
    await (await session.open("form", {})).upload("file", "overlay.png", b"\x89PNG1")
    assert ward.uploads == [("overlay.png", b"\x89PNG1")]


async def test_a_way_may_lead_into_a_new_tab_and_closes_it(ward: Ward, enter: Open) -> None:
    ward.page("form", "<h1>Form</h1><a href=/p/viewer target=_blank>Viewer</a>")
    ward.page("viewer", "<h1>Viewer</h1><output>I:1</output>")
    viewer = {
        "seen_by": [{"role": "heading", "name": "Viewer"}],
        "reach": [{"screen": "form"}, {"new_tab": "viewer"}],
        "targets": {"slice": {"find": [{"role": "status"}]}},
    }
    session = await enter(screens(form=screen("form", "Form", viewer=link("Viewer")), viewer=viewer))
    view = await session.open("viewer", {}, fresh=True)
    assert await view.read(["slice"]) == {"slice": "I:1"}
    await view.close()
    await session.open("form", {})
    assert len(session._windows) == 1


@pytest.mark.parametrize("tab", ["same tab", "new tab", "box"])
async def test_a_link_is_followed_and_come_back_from(ward: Ward, enter: Open, tab: str) -> None:
    patient = "<h1>Patient</h1><label>MRN: <input value=0012></label>"
    blank = "target=_blank" if tab == "new tab" else ""
    anchor = f"<a href=/p/patient {blank}>Record</a>"
    if tab == "box":
        anchor = (
            "<a href=# onclick='b.hidden=false;f.hidden=true'>Record</a>"
            f"<div id=b hidden>{patient}<a href=# onclick='b.hidden=true;f.hidden=false'>Close</a></div>"
        )
    ward.page("form", f"<h1 id=f>Form</h1><label>Order: <input value=7></label>{anchor}")
    ward.page("patient", patient)
    mrn = {"find": [{"label": "MRN:"}], "use": "identity"}
    record = screen("patient", "Patient", mrn=mrn, close=link("Close"))
    if tab == "box":
        record["leave"] = "close"
    order = {"find": [{"label": "Order:"}], "use": "identity"}
    session = await enter(screens(form=screen("form", "Form", order=order, record=link("Record")), patient=record))
    view = await session.open("form", {})
    other = await session.follow(view, "record", "patient")
    assert await other.read(["mrn"]) == {"mrn": "0012"}
    await other.close()
    assert await view.read(["order"]) == {"order": "7"}
    assert session.view is view


async def test_following_a_link_keeps_what_was_typed(ward: Ward, enter: Open) -> None:
    ward.page("form", "<h1>Form</h1><textarea></textarea><a href=/p/patient>Record</a>")
    ward.page("patient", "<h1>Patient</h1><label>MRN: <input value=0012></label>")
    box = {"find": [{"css": "textarea"}], "use": "write", "may_be_empty": True}
    mrn = {"find": [{"label": "MRN:"}], "use": "identity"}
    session = await enter(
        screens(
            form=screen("form", "Form", box=box, record=link("Record")), patient=screen("patient", "Patient", mrn=mrn)
        )
    )
    view = await session.open("form", {})
    await view.fill("box", "typed")
    other = await session.follow(view, "record", "patient")
    assert await other.read(["mrn"]) == {"mrn": "0012"}
    await other.close()
    assert await view.read(["box"]) == {"box": "typed"}


def _ink(png: bytes, box: Any) -> int:
    """How many shades of grey a region of a picture holds."""
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    x, y, w, h = (round(box[k]) for k in ("x", "y", "width", "height"))
    return len(np.unique(picture[y + 2 : y + h - 2, x + 2 : x + w - 2]))


PHI = """<meta http-equiv=Content-Security-Policy content="style-src-elem 'none'"><h1>Form</h1>
<label for=a>Patient:</label><input id=a value='ROSSI, Ada'>
<p id=free>Seen by mother of Ada Rossi</p><label id=l>Ada</label><div id=host></div><button id=b>Save</button>
<select id=s><option>ROSSI</option></select><canvas id=c width=80 height=40></canvas>
<div id=over style='width:20px;white-space:nowrap'>
<span style='position:relative;left:300px' class=hard id=far>ROSSI</span></div>
<svg width=100 height=30 id=g><text y=20>ROSSI</text></svg><iframe id=i srcdoc='<p>ROSSI, Ada 2019</p>'></iframe>
<p id=pseudo></p>
<script>host.attachShadow({mode:'open'}).innerHTML='<p>ROSSI</p>';
c.getContext('2d').fillText('ROSSI',5,20);
const own = new CSSStyleSheet();
own.replaceSync("#pseudo::after{content:'ROSSI Ada'} .hard,#over .hard{color:#000 !important}");
document.adoptedStyleSheets=[own]</script>"""


async def test_nothing_of_a_patient_survives_in_a_covered_picture(ward: Ward, enter: Open) -> None:
    ward.page("form", PHI)
    name = {"find": [{"label": "Patient:"}], "use": "identity"}
    save = {"find": [{"role": "button", "name": "Save"}], "use": "commit"}
    session = await enter(screens(form=screen("form", "Form", name=name, save=save)))
    view = await session.open("form", {})
    await view.read(["name"])
    page = view._windows[-1].page
    places = {
        key: await page.locator(f"#{key}").bounding_box()
        for key in ("a", "free", "l", "host", "s", "c", "far", "g", "i", "pseudo", "b")
    }
    raw, covered = await view.picture(mask=False), await view.picture()
    kept = {key for key, box in places.items() if box is not None and _ink(covered, box) > 3}
    seen = {key for key, box in places.items() if box is not None and _ink(raw, box) > 3}
    assert seen == set(places)
    assert kept == {"b", "i"} or kept == {"b"}
    assert await page.locator("[data-wetread-plain],[data-wetread-cover]").count() == 0
    assert await page.evaluate("document.adoptedStyleSheets.length") == 1
    assert _ink(await view.picture(mask=False), places["a"]) > 3


async def test_a_picture_of_a_page_that_leaves_is_thrown_away(ward: Ward, enter: Open) -> None:
    """The page reloads whenever it has been covered, so no shot is ever of a page that stayed covered."""
    ward.page("form", "<h1>Form</h1><p>ROSSI</p>")
    session = await enter(screens("3 s", form=screen("form", "Form")))
    view = await session.open("form", {})
    watch = "new MutationObserver(() => location.reload()).observe(document, {attributes: true, subtree: true})"
    await view._windows[-1].page.add_init_script(f"addEventListener('DOMContentLoaded', () => {{ {watch} }})")
    await session.open("form", {})
    with pytest.raises(ScreenNotReached, match="does not hold still"):
        await view.picture()
