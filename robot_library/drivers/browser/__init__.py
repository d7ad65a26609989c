"""The browser driver: Playwright on the machine's own Chrome, Edge or Chromium."""

from __future__ import annotations

from robot_library.drivers.browser.driver import BrowserDriver
from robot_library.drivers.browser.find_browser import FoundBrowser, find_browser

__all__ = ["BrowserDriver", "FoundBrowser", "find_browser"]
