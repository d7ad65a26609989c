"""One signed-in application: its map, its site, its tabs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from playwright.async_api import Page

from robot_library.abilities import Sight
from robot_library.drivers.browser.calls import Calls
from robot_library.drivers.browser.outline import outline
from robot_library.drivers.browser.own_site import OwnSite
from robot_library.drivers.browser.picture import picture
from robot_library.drivers.browser.sign_in import SigningIn
from robot_library.drivers.browser.site import Site
from robot_library.drivers.browser.stage import Stage
from robot_library.drivers.browser.tidy import tidy
from robot_library.drivers.browser.version import shown_version
from robot_library.drivers.browser.view import BrowserView
from robot_library.drivers.browser.window import Window
from robot_library.drivers.shown import Drift, looked
from robot_library.errors import AuthoringError, DriverLost, SignInRefused
from robot_library.interfaces import Credential, View
from robot_library.model.run import Called, Looked
from robot_library.model.screen import Screen, ScreenMap

_SHORTEST_KNOWN = 2
_DOUBTS = 3
_MOST_KNOWN = 4000
_VERSION_HOLDS = 600.0
"""Seconds for which a version is taken as read."""


class BrowserSession:
    """A ScreenSession in a browser. Several sessions of one site share its sign-in; each has tabs of its own."""

    def __init__(
        self, role: str, screen_map: ScreenMap, site: Site, credential: Credential | None, own: OwnSite
    ) -> None:
        self.role, self.map, self.credential, self._own = role, screen_map, credential, own
        self._view: View | None = None
        self.drifts: list[Drift] = []
        self._told = 0
        """Targets that were found by a later locator than their first."""
        self.known: dict[str, None] = {}
        """Patient data seen in this session, latest last, to be covered in pictures. Never printed."""
        self.plain: set[str] = set()
        """Values of targets that the map declares to be nobody's (`phi: false`)."""
        self._site = site
        self._windows: list[Window] = []
        self._main: Window | None = None
        self._lent: Window | None = None
        self._looked: dict[tuple[str, str], int] = {}
        self._calls = Calls(screen_map)

    # ---- what the plug-in surface asks for ---------------------------------------------------------------

    @property
    def view(self) -> View | None:
        """See ScreenSession. Without one the bot is not at work in this window."""
        return self._view

    @view.setter
    def view(self, view: View | None) -> None:
        self._view = view
        if view is None:
            self._at_work(False)

    def _at_work(self, yes: bool) -> None:
        if (watch := self._site.watch) is not None:
            watch.begin(self) if yes else watch.rest(self)

    def check(self) -> None:
        """HandsOff if a person has pressed or typed in the bot's windows."""
        if self._site.watch is not None and self._lent is None:
            self._site.watch.check()

    def screen(self, name: str) -> Screen:
        """A screen of the map; AuthoringError if there is none."""
        screen = self.map.screens.get(name)
        if screen is None:
            raise AuthoringError(f"The map of {self.map.system} has no screen '{name}'.")
        return screen

    async def open(self, screen: str, where: Mapping[str, str], *, fresh: bool = False) -> BrowserView:
        """Reach a screen; see ScreenSession.open. Text typed but not saved in the current view is given up."""
        self.screen(screen)
        self.remember(where.values())
        if fresh:
            view = BrowserView(self, await self._new_window(), screen, where, fresh=True)
            try:
                await view.arrive()
            except BaseException:
                await view.close()
                raise
            return view
        self._at_work(True)
        view = BrowserView(self, await self._main_window(), screen, where)
        await view.arrive()
        self.view = view
        return view

    async def follow(self, view: View, link: str, screen: str) -> BrowserView:
        """Press `link` and return the screen it leads to; closing that view comes back to `view`.

        Where `view` holds text that is not saved, the way goes through a tab of its own, so that nothing is lost.
        """
        self.screen(screen)
        if not isinstance(view, BrowserView):
            raise AuthoringError(f"A view of another driver was given to the session of {self.map.system}.")
        if view.dirty:
            aside = await self.open(view.screen, view.where, fresh=True)
            return await aside.follow(link, screen, owner=True)
        return await view.follow(link, screen)

    # ---- a person in our window (interfaces.Lends) ---------------------------------------------------------

    async def lend(self, *, writes: bool) -> bool:
        """See Lends: only a browser that shows its windows can be lent."""
        if not self._site.seen:
            return False
        window = self.view.window if isinstance(self.view, BrowserView) else await self._main_window()
        await window.to_front()
        window.lent, window.unsaved = True, window.unsaved or writes
        self._lent = window
        self._at_work(False)
        return True

    async def stand(self, screen: str, where: Mapping[str, str]) -> BrowserView:
        """See Lends."""
        self.screen(screen)
        self.remember(where.values())
        window = self._lent or await self._main_window()
        view = BrowserView(self, window, screen, where)
        await view.settle_in()
        self.view = view
        return view

    async def holds(self) -> dict[str, str]:
        """See Lends."""
        return await self.view.written() if isinstance(self.view, BrowserView) else {}

    def had_back(self, *, saved: bool) -> None:
        """See Lends."""
        window, self._lent = self._lent, None
        if window is not None:
            self._at_work(True)
            window.lent, window.dialog = False, None
            window.unsaved = window.unsaved and not saved

    async def close(self) -> None:
        """Give the tabs back and forget what was read; the site stays signed in for the next session."""
        self.known.clear()
        self.plain.clear()
        self._looked.clear()
        self._main, self.view = None, None
        windows, self._windows = self._windows, []
        for window in windows:
            await self._site.give_back(window)

    # ---- what the views ask for --------------------------------------------------------------------------

    @property
    def base(self) -> str:
        """The site's base address."""
        return self._site.base

    @property
    def downloads(self) -> Path | None:
        """Where files grow that a page gives; None: nobody knows."""
        return self._site.downloads

    @property
    def http_basic(self) -> bool:
        """The site signs in by HTTP Basic."""
        return self.map.sign_in is not None and self.map.sign_in.http_basic

    @property
    def dirty(self) -> bool:
        """Something is typed and not saved: losing the sign-in now means that the part starts anew."""
        return isinstance(self.view, BrowserView) and self.view.dirty

    async def sign_in(self, window: Window) -> None:
        """Sign in through this window. DriverLost while something is typed and not saved."""
        spec = self.map.sign_in
        if spec is None or spec.http_basic:
            return
        if self.dirty:
            raise DriverLost("The session ended while something was typed and not saved.", cure="The part starts anew.")
        if self._site.refused and not self._guarded:
            raise SignInRefused(
                f"{self.map.system} has refused this credential before; it is not tried again.",
                cure="Check it in the vault, then start the bot anew.",
            )
        async with self._site.signing_in:
            await SigningIn(self, window, spec).run()
            self._site.signed_in, self._site.version = True, None
            self._site.doubts = 0

    @property
    def _guarded(self) -> bool:
        """Somebody else remembers what became of this credential, across processes."""
        return self.credential is not None and self.credential.door is not None

    async def version(self) -> str:
        """See TellsVersion. Read anew after every sign-in, and now and then: an application is exchanged at night."""
        spec, now = self.map.version, time.monotonic()
        if spec is None:
            return ""
        known = self._site.version
        if known is not None and now - known[1] < _VERSION_HOLDS:
            return known[0]
        window = await self._new_window()
        try:
            found = await shown_version(self, window, spec)
        finally:
            await self.drop(window)
        self._site.version = (found, now) if found else None
        return found

    async def refused_by_basic(self) -> None:
        """HTTP Basic was answered with 401."""
        if self.credential is not None and self.credential.door is not None:
            await self.credential.door.after("refused")
        else:
            self.refuse()

    def refuse(self) -> None:
        """Never try this credential on this site again while the driver lives (accounts get locked)."""
        self._site.refused = True

    def doubt(self) -> None:
        """A sign-in led nowhere: a few times is bad luck, more would lock the account."""
        self._site.doubts += 1
        self._site.refused = self._site.refused or self._site.doubts >= _DOUBTS

    async def first_sign_in(self) -> None:
        """Sign in unless the site is signed in already."""
        if self.map.sign_in is not None and not self.http_basic and not self._site.signed_in:
            await self.sign_in(await self._main_window())

    def drifted(self, drift: Drift) -> None:
        """Note a drift once."""
        if drift not in self.drifts:
            self.drifts.append(drift)

    def found(self, screen: str, name: str, number: int) -> None:
        """Note which of a target's locators has found it, from 0."""
        self._looked[screen, name] = number

    def traced(self) -> tuple[list[Looked], list[Called]]:
        """See Traces."""
        found, self._looked = self._looked, {}
        return looked(self.role, self.map, found), self._calls.take(self.known)

    async def sight(self) -> Sight:
        """See Traces."""
        window = self._windows[-1] if self._windows else None
        if window is None or window.page.is_closed():
            return Sight()
        view = self.view
        stage = view.stage if isinstance(view, BrowserView) and view.window is window else None
        stage = stage or Stage(self, window, next(iter(self.map.screens)), {}, on_screen=False)
        return Sight(await picture(stage, target=None, mask=True), await outline(stage))

    def drift(self) -> list[str]:
        """What was noted since this was last asked."""
        told, self._told = self._told, len(self.drifts)
        return [
            f"{self.role}.{one.screen}.{one.target} was found by its locator number {one.used + 1}: mend the map"
            for one in self.drifts[told:]
        ]

    def remember(self, values: Iterable[str]) -> None:
        """Note patient data, to be covered in pictures."""
        for value in values:
            if len(value) >= _SHORTEST_KNOWN:
                self.known.pop(value, None)
                self.known[value] = None
        while len(self.known) > _MOST_KNOWN:
            del self.known[next(iter(self.known))]

    def adopt(self, page: Page) -> Window:
        """Take a tab that the application opened."""
        window = Window(page, self._own, self.map.background)
        window.calls = self._calls
        self._windows.append(window)
        return window

    async def drop(self, window: Window) -> None:
        """Done with a tab of this session: kept empty for the next fresh view, or closed."""
        if window is self._main:
            self._main = None
        if window in self._windows:
            self._windows.remove(window)
        main = self._main
        if main is None or main.page.is_closed():
            return await self._site.give_back(window)
        await asyncio.gather(self._site.give_back(window), main.to_front())
        return None

    async def _new_window(self) -> Window:
        window = self._site.take()
        if window is not None:
            window.own = self._own
            await window.to_front()
        else:
            window = Window(await tidy(self._site.context.new_page(), self.role), self._own, self.map.background)
        window.calls = self._calls
        self._windows.append(window)
        return window

    async def _main_window(self) -> Window:
        """The main tab, alone; a new one where text was left unsaved or the tab is gone."""
        for window in [w for w in self._windows if w is not self._main]:
            await self.drop(window)
        if self._main is not None and (self._main.unsaved or self._main.page.is_closed()):
            lost, self._main, self.view = self._main, None, None
            await self.drop(lost)
        if self._main is None:
            self._main = await self._new_window()
        return self._main
