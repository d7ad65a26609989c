"""A real server over a filled home, and a real browser in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from robot_library.drivers.browser.find_browser import find_browser
from robot_library.drivers.browser.switches import switches
from robot_library.people.rights import LinkRole as Role
from robot_library.safeguards.keys import SiteKey
from tests.dashboard.fill import Filling
from tests.dashboard.stand import Stand, outside

expect.set_options(timeout=60_000)  # five seconds are short on a busy machine

KEY = SiteKey(bytes(range(32)))
MANY = 5000
Visit = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(find_browser().path), args=["--no-sandbox", *switches()]
        )
        yield browser
        browser.close()


def standing(folder: Path, items: int) -> Stand:
    """A filled home, not served yet."""
    filling = Filling(folder, KEY)
    outside(lambda: filling.fill(items))
    filling.store.close()
    return Stand(folder, KEY)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Five thousand items, to look at and to change."""
    with standing(tmp_path_factory.mktemp("home"), MANY) as stand:
        yield stand


@pytest.fixture
def visit(browser: Browser, stand: Stand) -> Iterator[Visit]:
    """Come in through a fresh link; whatever a page's script complains of fails the test."""
    contexts, complaints = [], []

    def enter(path: str = "/", *, role: Role = "operator", width: int = 1280, scheme: str = "light") -> Page:
        size, calm = {"width": width, "height": 860}, {"color_scheme": scheme, "reduced_motion": "reduce"}
        context = browser.new_context(viewport=size, **calm)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(stand.link(role))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector("#overview")
        if path != "/":
            page.goto(stand.url + path)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert not complaints
