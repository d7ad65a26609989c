"""The browser of the rooms where people read pages: without windows, or with them on a display (WETREAD_HEADED=1)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from robot_library.drivers.browser.find_browser import find_browser
from robot_library.drivers.browser.switches import switches


@contextmanager
def seen() -> Iterator[Browser]:
    """One browser for a whole room."""
    headed = os.environ.get("WETREAD_HEADED") == "1"
    with sync_playwright() as playwright:
        path = str(find_browser(headed=headed).path)
        browser = playwright.chromium.launch(
            executable_path=path, headless=not headed, args=["--no-sandbox", *switches()]
        )
        yield browser
        browser.close()
