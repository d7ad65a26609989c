"""The browser driver: Playwright on the machine's own Chrome, Edge or Chromium."""

from __future__ import annotations

from robot_library.drivers.browser.silent import silence

silence()

from robot_library.drivers.browser.driver import BrowserDriver  # noqa: E402 - Playwright looks at DEBUG as it is imported
from robot_library.drivers.browser.find_browser import FoundBrowser, find_browser  # noqa: E402

__all__ = ["BrowserDriver", "FoundBrowser", "find_browser"]
