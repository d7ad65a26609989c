"""One server over a home with questions, and one browser for all of this room."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from robot_library.safeguards.keys import SiteKey
from tests.review.seeing import seen
from tests.review.stand import Stand

expect.set_options(timeout=60_000)  # five seconds are short on a busy machine

KEY = SiteKey(bytes(range(32)))
Visit = Callable[..., Page]
Ask = Callable[..., str]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with seen() as browser:
        yield browser


@pytest.fixture(scope="package")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with Stand(tmp_path_factory.mktemp("home"), KEY) as stand:
        yield stand


_place = itertools.count(1)


@pytest.fixture
def ask(stand: Stand) -> Ask:
    """A fresh question of a patient of its own; its item."""
    return lambda **more: stand.fill(1, first=next(_place), **more)[0]


@pytest.fixture
def finished(stand: Stand) -> Callable[[], str]:
    """An item that has typed its draft, of a patient of its own."""
    return lambda: stand.finished(next(_place))


@pytest.fixture
def visit(browser: Browser, stand: Stand) -> Iterator[Visit]:
    """Come in through a fresh address; whatever a page's script complains of fails the test."""
    contexts, complaints = [], []

    def enter(path: str = "/review", *, role: str = "reviewer", who: str = "Dr. Chen", width: int = 1280) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 860}, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(stand.link(role, who))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector("#main")
        page.goto(stand.url + path)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert not complaints


def take(page: Page, item: str) -> None:
    """Be at an item whose film is drawn."""
    page.goto(page.url.split("/review")[0] + f"/review/{item}")
    page.wait_for_selector("#hold", state="attached")
    if page.locator("#hold[data-mine]").count() == 0:
        page.locator("[data-act=take]").click()
    page.wait_for_selector(f"#review[data-drawn='{item}'] [name=token]:not([value=''])", state="attached")
