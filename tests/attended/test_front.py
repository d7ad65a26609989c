"""The number of an order, read from the window that a person brings to the front: a real display, a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from robot_library.drivers.desktop.display import Display
from robot_library.drivers.desktop.front import Front
from robot_library.errors import ScreenNotReached
from tests.attended.conftest import KEY
from tests.attended.test_clerk import findings
from tests.desktop.conftest import PYTHON, display  # noqa: F401
from tests.review.stand import Stand

WINDOW = str(Path(__file__).parent / "order_window.py")
BUTTON, FIELD = "Take it from my open screen", "Order number"


@pytest.fixture(scope="module")
def own_machine(tmp_path_factory: pytest.TempPathFactory, display: Display) -> Iterator[Stand]:  # noqa: F811
    """The app on the machine whose screen the display is."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("EHR", "PACS", "DICOMWEB"):
            patch.setenv(f"WETREAD_{name}_URL", "http://127.0.0.1:9")
        with Stand(tmp_path_factory.mktemp("home"), KEY, front=Front(display).texts) as stand:
            yield stand


@pytest.fixture
def form(browser: Browser, own_machine: Stand) -> Iterator[Callable[[str], Page]]:
    """The bot's form, for somebody who came in with these roles."""
    contexts = []

    def enter(roles: str = "clerk local") -> Page:
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.goto(own_machine.link(roles, "ana"))
        if "local" not in roles:
            page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector("#main")
        page.goto(own_machine.url + "/start/chest-xray-preread")
        return page

    yield enter
    for context in contexts:
        context.close()


@pytest.fixture
def shows(display: Display) -> Iterator[Callable[..., None]]:  # noqa: F811
    """Somebody opens a window of another program."""
    running = []
    yield lambda *words: running.append(display.start([PYTHON, WINDOW, *words]))
    for process in running:
        display.end(process)


@pytest.mark.parametrize(
    ("how", "text", "said"),
    [
        ("told", "Brandt, Thi Mai 1999-01-02|Order: REQ900005 (urgent)", "Read from that window"),
        ("drawn", "Order: REQ900005", "compare every character"),
    ],
)
def test_the_number_in_the_window_that_comes_to_the_front_is_filled_in(
    form: Callable[..., Page], shows: Callable[..., None], how: str, text: str, said: str
) -> None:
    page = form()
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_text("Now go to the window")).to_be_visible()
    shows("Record", how, text)
    expect(page.get_by_text(said)).to_be_visible()
    assert page.get_by_label(FIELD).input_value() == "REQ900005"
    assert "Brandt" not in page.content()


def test_of_several_numbers_the_person_chooses(form: Callable[..., Page], shows: Callable[..., None]) -> None:
    page = form()
    page.get_by_role("button", name=BUTTON).click()
    shows("REQ900007 and REQ900008", "told", "REQ900007|another")
    expect(page.get_by_text("More than one fits")).to_be_visible()
    assert page.get_by_label(FIELD).input_value() == ""
    assert page.locator("[data-several] button").all_inner_texts() == ["REQ900007", "REQ900008"]
    assert not findings(page)
    page.get_by_role("button", name="REQ900008").press("Enter")
    assert page.get_by_label(FIELD).input_value() == "REQ900008"
    assert page.locator("[data-several] button").count() == 0


def test_only_who_sits_before_this_machine_may_have_its_windows_read(form: Callable[..., Page]) -> None:
    page = form("clerk")
    assert page.get_by_role("button", name=BUTTON).count() == 0
    status = page.evaluate(
        """async () => (await fetch("/start/chest-xray-preread/front", {method: "POST", headers:
        {"X-CSRF": JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF"]}})).status"""
    )
    assert status == 409


def test_no_window_is_read_that_did_not_come_to_the_front(display: Display) -> None:  # noqa: F811
    with pytest.raises(ScreenNotReached):
        next(Front(display).texts(0.1))
