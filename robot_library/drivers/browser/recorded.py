"""A browser driver for recorded screens: the real browser, the real map, no system behind them.

Screens come from what was recorded; nothing is asked of any network. Typing goes into the recorded page; a final press
is tried without the click and noted, and what it was to prove is what the record, opened anew, then shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from playwright.async_api import Frame, Route

from robot_library.drivers.browser.driver import BrowserDriver
from robot_library.drivers.browser.own_site import OwnSite, origin_of
from robot_library.drivers.browser.session import BrowserSession
from robot_library.drivers.browser.site import Site
from robot_library.drivers.browser.stage import Stage
from robot_library.drivers.browser.tidy import tidy
from robot_library.drivers.browser.view import BrowserView
from robot_library.errors import ScreenNotReached
from robot_library.interfaces import Credential, View
from robot_library.model.bot import App
from robot_library.model.screen import ScreenMap

BASE = "http://127.0.0.1:1"
"""Where nobody listens; the browser never asks it either."""
Pages = Callable[[str, str, Mapping[str, str]], str | None]
"""The page of (system, screen, keys)."""
Key = tuple[str, str, tuple[tuple[str, str], ...]]


class RecordedDriver(BrowserDriver):
    """A Driver over recorded screens. `expect` says what the next press is to prove."""

    def __init__(self, pages: Pages, *, headed: bool | None = None) -> None:
        super().__init__(headed=headed)
        self.pages = pages
        self.expected: dict[str, str] = {}
        self.saved: dict[Key, dict[str, str]] = {}
        """What records show after what was pressed."""
        self.files: dict[Key, list[str]] = {}
        """Names of files that were given to records."""

    async def session(
        self, role: str, app: App, screen_map: ScreenMap, credential: Credential | None
    ) -> BrowserSession:
        """A session of a system that was recorded; nobody signs in."""
        quiet = screen_map.model_copy(
            update={"sign_in": None, "interruptions": (), "maintenance": None, "version": None}
        )
        site = await self._site(f"{BASE}/{role}", quiet, None)
        await site.context.unroute_all()
        await site.context.route("**/*", _nothing)
        return RecordedSession(role, quiet, site, self)


async def _nothing(route: Route) -> None:
    await route.abort()


class Recorded(OwnSite):
    """Every page is our own: written by ourselves, without an address, and no other ever comes."""

    async def shown_in(self, frame: Frame) -> bool:
        """See OwnSite."""
        return True


class RecordedSession(BrowserSession):
    """A session whose screens are recorded ones."""

    def __init__(self, role: str, screen_map: ScreenMap, site: Site, driver: RecordedDriver) -> None:
        super().__init__(role, screen_map, site, None, Recorded(origin_of(site.base)))
        self.driver = driver

    async def open(self, screen: str, where: Mapping[str, str], *, fresh: bool = False) -> BrowserView:
        """The recorded page of a screen. ScreenNotReached if there is none for these keys."""
        self.screen(screen)
        window = await (self._new_window() if fresh else self._main_window())
        view = RecordedView(self, window, screen, where, fresh=fresh)
        await view.arrive()
        if not fresh:
            self.view = view
        return view

    async def follow(self, view: View, link: str, screen: str) -> BrowserView:
        """The screen behind a link, as it was recorded; the link must be there."""
        there = cast(RecordedView, view)
        await there.stage.press(there.stage.finder(link, ("navigate",)), trial=True)
        return await self.open(screen, view.where, fresh=True)


class RecordedView(BrowserView):
    """A view of a recorded page."""

    @property
    def _recorded(self) -> RecordedSession:
        return cast(RecordedSession, self._session)

    @property
    def _key_of(self) -> Key:
        return self._session.map.system, self.screen, tuple(sorted(self.where.items()))

    async def arrive(self) -> None:
        """Show the recorded page."""
        page = self._recorded.driver.pages(self._session.map.system, self.screen, self.where)
        if page is None:
            raise ScreenNotReached(
                f"Screen '{self.screen}' of {self._session.map.system} was not recorded for these keys.",
                cure="Record it: wetread screens snapshot.",
            )
        await self._windows[0].page.set_content(page, wait_until="load")
        self._stage = Stage(self._session, self._windows[0], self.screen, self.where)
        await self.settle_in()

    async def read(self, targets: Sequence[str]) -> dict[str, str]:
        """As on the recorded page; what was pressed since shows what it was to prove."""
        values = await super().read(targets)
        saved = self._recorded.driver.saved.get(self._key_of, {})
        return {name: saved.get(name, value) for name, value in values.items()}

    async def read_table(self, table: str) -> list[dict[str, str]]:
        """As recorded; or, where files were given to the record, those."""
        files = self._recorded.driver.files.get(self._key_of)
        if files:
            return [dict.fromkeys(self._stage.screen.tables[table].columns, name) for name in files]
        return await super().read_table(table)

    async def upload(self, target: str, filename: str, data: bytes) -> None:
        """The target must be there; the file is noted."""
        await self._stage.when([self._stage.finder(target, ("write", "commit"))])
        self._recorded.driver.files.setdefault(self._key_of, []).append(filename)

    async def click(self, target: str) -> None:
        """The target must be there and take a press; none is made."""
        await self._stage.press(self._stage.finder(target, ("navigate",)), trial=True)

    async def press_commit(self, target: str) -> None:
        """Everything but the press; what it was to prove counts as done from now on."""
        finder = self._stage.finder(target, ("commit",))
        if self.dirty:  # many buttons wake up when something is typed; the script that does it was not recorded
            (sight,) = await self._stage.when([finder])
            await tidy(sight.found.evaluate("(e) => e.removeAttribute('disabled')"), "a recorded page")
        await self._stage.press(finder, trial=True, key=self._key())
        driver = self._recorded.driver
        driver.saved.setdefault(self._key_of, {}).update(driver.expected)
        driver.expected = {}
        self._windows[-1].unsaved = False
