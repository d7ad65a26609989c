"""One site and one credential: the browser context that all its sessions share, and whether it is signed in."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import BrowserContext

from robot_library.drivers.browser.at_screen import BrowserWatch
from robot_library.drivers.browser.locate import address
from robot_library.drivers.browser.tidy import Late, Passing, tidy
from robot_library.drivers.browser.window import Window
from robot_library.errors import ApplicationException

_KEEP = 3
_SIGN_OUT_MS = 5000


class Site:
    """Cookies and storage of one (address, credential). Clean tabs are kept for the next session."""

    def __init__(
        self, base: str, context: BrowserContext, *, seen: bool = False, watch: BrowserWatch | None = None,
        downloads: Path | None = None,
    ) -> None:  # fmt: skip
        self.base, self.context, self.seen, self.watch, self.downloads = base, context, seen, watch, downloads
        """`seen`: its windows are on a screen, where a person may work in them; `watch` sees them do it."""
        self.signed_in = False
        self.refused = False
        self.doubts = 0
        """Sign-ins in a row that neither succeeded nor were refused."""
        self.signing_in = asyncio.Lock()
        self.version: tuple[str, float] | None = None
        """Of the application, and when it was read."""
        self._idle: list[Window] = []

    async def leave(self, sign_out: str | None) -> None:
        """End the session at this address, and close everything."""
        try:
            if sign_out is not None and self.signed_in:
                page = await tidy(self.context.new_page(), "signing out")
                there = address(self.base, sign_out, {})
                await tidy(page.goto(there, wait_until="commit", timeout=_SIGN_OUT_MS), "signing out")
        finally:
            self.signed_in = False
            await tidy(self.context.close(), "closing a site")

    def take(self) -> Window | None:
        """A kept tab, or None."""
        while self._idle:
            window = self._idle.pop()
            if not window.page.is_closed():
                return window
        return None

    async def give_back(self, window: Window) -> None:
        """Keep a tab, emptied, or close it."""
        try:
            if len(self._idle) >= _KEEP or window.unsaved or window.popups or window.page.is_closed():
                return await window.close()
            await tidy(window.page.goto("about:blank", wait_until="commit", timeout=2000), "emptying a tab")
        except (ApplicationException, Late, Passing):
            return None
        window.reset()
        if window not in self._idle:
            self._idle.append(window)
        return None
