"""The sign-in page and the dashboard of each role, in a real browser: usable by everybody, and nothing offered that is
then refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import pyotp
import pytest
from playwright.sync_api import Browser, Error, Page, expect

from robot_library.people.passwords import new_seed
from robot_library.people.rights import ROLES
from tests.dashboard.conftest import standing
from tests.dashboard.fill import BOTS
from tests.dashboard.stand import Stand
from tests.dashboard.test_pages import findings
from tests.web.fitting import misfits

PASSWORD = "grey heron under the bridge"
CARE = ("clerk", "reviewer", "author", "operator")
OFFERED = {
    "Stop the line": ROLES, "This was wrong": CARE, "Download the bundle": CARE, "Incidents": CARE,
    "Show order numbers": ("clerk", "reviewer", "operator"), "Ask for": ("reviewer", "author", "operator", "admin"),
    **dict.fromkeys(("Cancel", "Keep note", "Close it", f"Disable {BOTS[0]}", "Take up", "Go on again"), ("operator",)),
}  # fmt: skip
"""What is offered, and to whom."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("home"), 300) as stand:
        for role in ROLES:
            stand.book.choose(stand.book.add(f"{role}.one", [role]), PASSWORD)
        stand.dashboard.live._beat = 1.0
        yield stand


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
    page, complaints = context.new_page(), list[str]()
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    yield page
    context.close()
    assert not complaints


def whole(page: Page) -> None:
    """In both colours, wide and narrow."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 860})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert findings(page) == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert misfits(page) == []
    page.set_viewport_size({"width": 1280, "height": 860})
    page.emulate_media(color_scheme="light")


def sign_in(page: Page, site: Stand, name: str, password: str = PASSWORD) -> None:
    """By keys alone."""
    page.goto(site.url)
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_coming_in_with_a_password_and_a_code(page: Page, site: Stand) -> None:
    seed = new_seed()
    site.book.choose(site.book.add("two.factors", ["operator"]), PASSWORD)
    site.book.protect("two.factors", seed)
    sign_in(page, site, "two.factors", "a guess of mine")
    expect(page.get_by_role("alert")).to_contain_text("not right")
    whole(page)
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code of your authenticator")).to_be_focused()
    whole(page)
    page.keyboard.type(pyotp.TOTP(seed).now())
    page.keyboard.press("Enter")
    page.wait_for_selector("#overview")
    expect(page.locator(".side-foot")).to_contain_text("two.factors · operator")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading")).to_have_text("Sign in")
    with suppress(Error):  # the browser may ask whether a form is to be sent once more (ERR_CACHE_MISS)
        page.go_back()
    expect(page.locator("#overview")).to_have_count(0)


@pytest.mark.parametrize("cut", [False, True], ids=["while the page listens", "while its line is cut"])
def test_whoever_is_sent_away_sees_the_sign_in_page_by_itself(page: Page, site: Stand, cut: bool) -> None:
    if site.book.find("gone.soon") is None:
        site.book.choose(site.book.add("gone.soon", ["author"]), PASSWORD)
    sign_in(page, site, "gone.soon")
    page.wait_for_selector("#overview")
    page.wait_for_function("() => performance.getEntriesByType('resource').some(one => one.name.includes('/frame'))")
    live = site.dashboard.live
    if cut:
        with page.expect_event("requestfinished", lambda one: "events" in one.url):
            live.close()
    site.book.disable("gone.soon")
    live._closed = False
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()  # nobody has touched the page
    expect(page.locator("#overview")).to_have_count(0)
    site.book.let_in_again("gone.soon")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_offered_what_it_may_and_nothing_else(page: Page, site: Stand, role: str) -> None:
    item = site.ask(lambda: site.desk.board.page(bot=BOTS[0], states=("new",), limit=1)).items[0].id
    if not site.ask(lambda: site.desk.incidents.of(item)):
        site.ask(lambda: site.desk.incidents.report(item, "ann", "left and right confused"))
        site.ask(lambda: site.desk.bots.enable(BOTS[0], "ann"))
        site.ask(lambda: site.desk.switches.stop("system:orthanc", "ann", "films of the wrong side"))
    incident = site.ask(lambda: site.desk.incidents.of(item))[0].id
    sign_in(page, site, f"{role}.one")
    page.wait_for_selector("#overview")
    offered = set[str]()
    for path in ("/", f"/items/{item}", f"/incidents/{incident}", "/bots", f"/bots/{BOTS[0]}/permission",
                 f"/reconciliation/{BOTS[0]}", "/office"):  # fmt: skip
        page.goto(site.url + path)
        for link in page.locator("nav a, main a, header a, #stops a").all():
            assert link.get_attribute("href"), path
        shown = page.locator("a:visible, button:visible").all_inner_texts()
        offered |= {name for name in OFFERED for text in shown if re.sub(r"\s+", " ", text).startswith(name)}
        if not path.startswith("/incidents"):
            assert misfits(page) == [], path
    assert offered == {name for name, roles in OFFERED.items() if role in roles}


def test_nothing_is_offered_that_is_then_refused(page: Page, site: Stand) -> None:
    """Every link of every page that an admin, who may least, sees."""
    sign_in(page, site, "admin.one")
    page.wait_for_selector("#overview")
    seen, left = set[str](), ["/"]
    while left:
        path = left.pop()
        page.goto(site.url + path)
        expect(page.locator("h1").first).not_to_have_text("Not allowed")
        for link in page.locator("a[href^='/']").all():
            href = str(link.get_attribute("href")).partition("?")[0]
            kind = re.sub(r"^/(items|bots|reconciliation)/[^/]+", r"/\1/*", href)
            if kind not in seen and not href.startswith("/static"):
                seen.add(kind)
                left.append(str(link.get_attribute("href")))
    assert {"/queue", "/items/*", "/bots", "/stop", "/office", "/drift", "/keys"} <= seen
