"""The browser driver: starts the machine's browser once, gives sessions, starts it anew when it has died."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from robot_library.abilities import AtScreenSaid
from robot_library.drivers.browser.ask import answered
from robot_library.drivers.browser.at_screen import BrowserWatch
from robot_library.drivers.browser.find_browser import FoundBrowser, find_browser
from robot_library.drivers.browser.locate import address
from robot_library.drivers.browser.own_site import OwnSite, origin_of
from robot_library.drivers.browser.session import BrowserSession
from robot_library.drivers.browser.silent import silence
from robot_library.drivers.browser.site import Site
from robot_library.drivers.browser.switches import switches
from robot_library.drivers.browser.tidy import Late, Passing, tidy
from robot_library.errors import ApplicationException, SetupError
from robot_library.interfaces import Credential
from robot_library.model.at_screen import AtScreen
from robot_library.model.bot import App
from robot_library.model.handed_on import handed_on
from robot_library.model.screen import ScreenMap

_NO_SANDBOX = "Its sandbox may not run here: in a container that is a sandbox itself, set WETREAD_NO_SANDBOX=1."
_BY_HAND = "Start it by hand to see why, or name another with WETREAD_BROWSER."
_ATTACH_MS = 30_000
VIEWPORT = {"width": 1440, "height": 900}
ASKED_ONCE = {"Connection": "close"}
"""Where something is pressed for good, each request has a connection of its own: Chromium sends a request again by
itself, a POST too, when a connection that it has used before breaks before the answer. HTTP/2 ignores this."""


class BrowserDriver:
    """A Driver. `browser`: path of the executable where the probe should not choose; `headed`: show the windows
    (default: WETREAD_HEADED=1); `downloads`: a folder for files on their way into memory, emptied at every start,
    because a killed bot leaves there what it was fetching (default: the system's temporary folder); `at_screen`: what
    holds where a person sits before the windows. All calls belong to one event loop."""

    def __init__(
        self, browser: str | None = None, *, headed: bool | None = None, downloads: Path | None = None,
        at_screen: AtScreen | None = None,
    ) -> None:  # fmt: skip
        self._rules = at_screen or AtScreen()
        self._watch: BrowserWatch | None = None
        self._said: Callable[[AtScreenSaid], None] = lambda said: None
        self._configured, self._downloads = browser, downloads
        self._headed = os.environ.get("WETREAD_HEADED") == "1" if headed is None else headed
        self._starting = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._sites: dict[tuple[str, str, str], Site] = {}
        self._refused: set[tuple[str, str, str]] = set()
        self.found: FoundBrowser | None = None

    async def session(
        self, role: str, app: App, screen_map: ScreenMap, credential: Credential | None
    ) -> BrowserSession:
        """A session of the app, signed in. One browser context per address and credential, reused while it lives.

        Raises SetupError without a browser or address, SignInFailed when the credential is refused.
        """
        if not app.url.startswith(("http://", "https://")):
            raise SetupError(
                f"The address of '{role}' is no http address.", cure="Set 'url', or the variable that it names."
            )
        site = await self._site(app.url.rstrip("/"), screen_map, credential)
        session = BrowserSession(role, screen_map, site, credential, OwnSite.of(app))
        try:
            await session.first_sign_in()
        except BaseException:
            await session.close()
            raise
        return session

    async def leave(self, app: App, screen_map: ScreenMap, credential: Credential | None) -> None:
        """Sign out by the map's address, if it has one, and forget the site with its cookies."""
        base, user = app.url.rstrip("/"), credential.user if credential else ""
        for key in [key for key in self._sites if key[:2] == (base, user)]:
            site = self._sites.pop(key)
            if site.refused:
                self._refused.add(key)
            with contextlib.suppress(ApplicationException, Late, Passing):
                await site.leave(screen_map.sign_in.sign_out if screen_map.sign_in else None)

    async def ask(self, app: App, screen_map: ScreenMap, path: str | None = None) -> str:
        """Whether the system answers; see interfaces.Asks. In a context of its own, so that no cookie or credential
        goes with the question; scripts run only where the map knows a page that says out of service."""
        start = screen_map.sign_in.start if screen_map.sign_in else "/"
        addresses = [address(app.url, path or start, {}), *([app.dicomweb] if app.dicomweb else [])]
        async with self._starting:
            browser = await self._started()
        scripts = screen_map.maintenance is not None
        context = await tidy(browser.new_context(java_script_enabled=scripts), "asking a system")
        try:
            page = await tidy(context.new_page(), "asking a system")
            codes = [await answered(page, one, screen_map.maintenance) for one in addresses]
        finally:
            await tidy(context.close(), "asking a system")
        return next((code for code in codes if code), "")

    async def close(self) -> None:
        """End the browser and everything in it."""
        browser, playwright = self._browser, self._playwright
        self._browser = self._playwright = None
        self._sites.clear()
        if browser is not None and browser.is_connected():
            await tidy(browser.close(), "closing the browser")
        if playwright is not None:
            await playwright.stop()
        watch, self._watch = self._watch, None
        if watch is not None:
            await asyncio.to_thread(watch.close)

    def hear(self, said: Callable[[AtScreenSaid], None]) -> None:
        """See interfaces.HearsAtScreen."""
        self._said = said

    async def _site(self, base: str, screen_map: ScreenMap, credential: Credential | None) -> Site:
        key = (base, credential.user if credential else "", _digest(credential))
        async with self._starting:
            browser = await self._started()
            site = self._sites.get(key)
            if site is None:
                site = await self._new_site(browser, base, screen_map, credential)
                site.refused = key in self._refused
                self._sites[key] = site
        return site

    async def _new_site(
        self, browser: Browser, base: str, screen_map: ScreenMap, credential: Credential | None
    ) -> Site:
        basic = screen_map.sign_in is not None and screen_map.sign_in.http_basic
        if basic and credential is None:
            raise SetupError(f"{screen_map.system} asks to sign in, but its app names no credential.")
        http = (
            {"username": credential.user, "password": credential.password, "origin": origin_of(base)}
            if basic and credential is not None
            else None
        )
        context = await tidy(
            browser.new_context(
                accept_downloads=True,
                http_credentials=http,  # type: ignore[arg-type]
                viewport=VIEWPORT,  # type: ignore[arg-type]
                extra_http_headers=ASKED_ONCE if _commits(screen_map) else None,
            ),
            "opening a browser context",
        )
        return Site(base, context, seen=self._headed, watch=self._watch, downloads=self._downloads)

    async def _started(self) -> Browser:
        if self._browser is not None and self._browser.is_connected():
            return self._browser
        self._refused |= {key for key, site in self._sites.items() if site.refused}
        self._sites.clear()
        if self._playwright is None:
            silence()
            self._playwright = await async_playwright().start()
        given = self._rules.browser if self._headed else None
        self._browser = await (self._attached(self._playwright, given) if given else self._launched(self._playwright))
        if self._headed and self._watch is None:
            self._watch = await asyncio.to_thread(BrowserWatch, self._rules, lambda said: self._said(said))
        return self._browser

    async def _launched(self, playwright: Playwright) -> Browser:
        """A browser of our own."""
        own = playwright.chromium.executable_path
        self.found = find_browser(self._configured, playwrights_own=own, headed=self._headed)
        try:
            return await playwright.chromium.launch(
                executable_path=self.found.path,
                headless=not self._headed,
                chromium_sandbox=sandboxed(),
                args=switches(),
                env={**handed_on()},
                downloads_path=_emptied(self._downloads),
            )
        except PlaywrightError as error:
            jailed = sandboxed() and "sandbox" in str(error).lower()
            problem = SetupError(
                f"The browser (found by {self.found.how}) did not start.", cure=_NO_SANDBOX if jailed else _BY_HAND
            )
        raise problem

    async def _attached(self, playwright: Playwright, address: str) -> Browser:
        """The browser that runs there. To close it ends our own windows in it, and nothing else; `no_defaults`: nor are
        the looks, the focus or the downloads of its other pages changed."""
        folder = _emptied(self._downloads)
        try:
            return await playwright.chromium.connect_over_cdp(
                address, timeout=_ATTACH_MS, artifacts_dir=folder, no_defaults=True
            )
        except PlaywrightError:
            problem = SetupError(
                f"No browser answers at {address}, which site.yaml names (`at_screen`, `browser`).",
                cure="Start it with --remote-debugging-port and its own profile (--user-data-dir), or leave it out.",
            )
        raise problem


def _emptied(folder: Path | None) -> Path | None:
    """The folder, with nothing in it, for this user alone."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def sandboxed() -> bool:
    """The browser's own sandbox is on, except for root (where it cannot be) and by WETREAD_NO_SANDBOX=1."""
    if os.environ.get("WETREAD_NO_SANDBOX") == "1":
        return False
    return not (hasattr(os, "geteuid") and os.geteuid() == 0)


def _commits(screen_map: ScreenMap) -> bool:
    return any(t.use == "commit" for screen in screen_map.screens.values() for t in screen.targets.values())


def _digest(credential: Credential | None) -> str:
    return hashlib.sha256(credential.password.encode()).hexdigest() if credential else ""
