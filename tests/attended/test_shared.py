"""One workstation, several people: a film dropped by hand, a screen that nobody sits at, and whoever comes next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserType, Page

from robot_library.drivers.browser.find_browser import find_browser
from robot_library.drivers.browser.switches import switches
from robot_library.drivers.desktop.display import lacking, private_display
from robot_library.model.person import Identity
from tests.attended.test_clerk import state
from tests.conftest import lacking as not_here
from tests.imaging.dicoms import film
from tests.review.stand import DROPPED, Stand

PIXELS = np.full((64, 64), 700, np.uint16)
DROP = """([name, bytes]) => {
    const held = new DataTransfer();
    held.items.add(new File([new Uint8Array(bytes)], name));
    return held;
}"""


def dicom(accession: str, **more: Any) -> bytes:
    """A film of somebody, sent for one order."""
    return film(
        PIXELS, PatientID="00991", PatientName="Wrong^Person", AccessionNumber=accession, Modality="DX",
        **{"StudyInstanceUID": "1.2.826.77", **more},
    )  # fmt: skip


@pytest.fixture(params=["headless", "headed"])
def seat(request: pytest.FixtureRequest, browser: Browser, stand: Stand) -> Iterator[Page]:
    """A browser at a shared workstation: without windows, or with them on a display."""
    if request.param == "headless":
        yield from _page(browser)
        return
    if missing := lacking():
        not_here(f"no private display: {', '.join(missing)} (tests/hospital/system.sh)")
    display = private_display()
    kind: BrowserType = browser.browser_type
    path, env = str(find_browser(headed=True).path), {**display.env, "HOME": str(display.folder)}
    shown = kind.launch(headless=False, executable_path=path, args=["--no-sandbox", *switches()], env=dict(env))
    try:
        yield from _page(shown)
    finally:
        shown.close()
        display.close()


def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def enter(page: Page, stand: Stand, role: str, who: str) -> None:
    """Come in as somebody of a shared machine: what guards the screen is the page itself."""
    page.goto(stand.link(role, who))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("#main")


def drop(page: Page, name: str, data: bytes) -> str:
    """Let a file fall on the form; what the page says of it once it is taken in, or not."""
    held = page.evaluate_handle(DROP, [name, list(data)])
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": held})
    return answered(page)


def answered(page: Page) -> str:
    """What the page says of what was dropped."""
    said = page.locator("[data-drop-said]").filter(has_text=re.compile(r"Films taken in|That is no DICOM film"))
    said.wait_for()
    text = said.inner_text()
    said.evaluate("said => { said.textContent = ''; }")
    return text


def test_a_film_proves_nothing_and_an_empty_chair_shows_nothing(seat: Page, stand: Stand, tmp_path: Path) -> None:
    page, order = seat, f"REQ9{abs(hash(seat)) % 10**6:06d}"
    enter(page, stand, "clerk", "ana")
    page.clock.install()
    page.goto(f"{stand.url}/start/{DROPPED}")
    assert drop(page, "letter.dcm", b"Dear colleague").startswith("That is no DICOM film")
    assert drop(page, "film.dcm", dicom(order)).startswith("Films taken in: 1")
    assert page.locator("#in-order").input_value() == order
    other = tmp_path / "other.dcm"
    other.write_bytes(dicom("REQ111111", StudyInstanceUID="1.2.826.78"))
    page.locator("[data-drop] input[type=file]").set_input_files([other])
    assert "another study" in answered(page)
    assert page.locator("#in-order").input_value() == order, "a film of another study fills nothing in"
    page.locator("button.main.big").click()
    page.wait_for_selector("#watch")
    item = page.url.rsplit("/", 1)[1]
    view = stand.ask(lambda desk: desk.items.get(item))
    assert view.item.payload == {"order": order}, "what the header says of the patient goes no further"
    assert stand.ask(lambda desk: desk.whose(item)) is None
    assert not any(isinstance(one, Identity) for one in view.item.payload.values())
    assert state(stand, item)[0] == "new"
    page.clock.fast_forward("19:00")
    assert order in page.content(), "somebody sits here still"
    page.mouse.move(50, 50)
    page.clock.fast_forward("19:00")
    assert order in page.content()
    page.clock.fast_forward("21:00")
    page.get_by_label("Password").wait_for()
    assert order not in page.content()
    page.go_back()
    page.wait_for_load_state()
    page.get_by_label("Password").wait_for()
    assert order not in page.content(), "the browser's memory shows nothing of it"
    enter(page, stand, "author", "ben")
    page.goto(f"{stand.url}/orders/{item}")
    page.wait_for_selector("#watch")
    assert order not in page.content(), "whoever comes next sees what is theirs to see"
