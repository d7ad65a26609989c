"""What the browser is started with."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from robot_library.drivers.browser import switches as subject
from robot_library.drivers.browser.find_browser import find_browser
from tests.drivers.conftest import started


def test_playwrights_own_list_is_found_and_kept() -> None:
    """Without it Playwright's routing and downloads behave otherwise; a new Playwright may keep it elsewhere."""
    assert {"HttpsUpgrades", "PaintHolding", "DestroyProfileOnBrowserClose"} <= set(subject.playwrights_features())
    (switch,) = [each for each in subject.switches() if each.startswith("--disable-features=")]
    assert switch.removeprefix("--disable-features=").split(",") == [*subject.playwrights_features(), *subject.UNSEEN]


def test_a_list_that_is_not_found_is_not_overruled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(subject, "_BUNDLE", tmp_path / "none.js")
    subject.playwrights_features.cache_clear()
    try:
        assert subject.switches() == list(subject.QUIET)
    finally:
        subject.playwrights_features.cache_clear()


@pytest.mark.browser
def test_a_window_has_one_renderer() -> None:
    """One more for each window is what the suggestions of the address bar would cost."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(find_browser(headed=True).path), args=["--no-sandbox", *subject.switches()]
        )
        for _ in range(3):
            browser.new_context().new_page().set_content("<p>one</p>")
        renderers = [p for p in started() if "--type=renderer" in " ".join(p.cmdline())]
        browser.close()
    assert len(renderers) <= 4, "three windows, and one kept in hand"
