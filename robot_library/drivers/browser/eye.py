"""What a window shows, in the words of its map: is this screen here, is something in its way, is it another screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from playwright.async_api import Locator as Found

from robot_library.drivers.browser.locate import any_of, locate
from robot_library.drivers.browser.own_site import elsewhere, own_thing
from robot_library.drivers.browser.recognise import known
from robot_library.drivers.browser.tidy import glance, tidy
from robot_library.drivers.browser.window import Window
from robot_library.drivers.patience import Patience
from robot_library.drivers.shown import MEANS, Where
from robot_library.errors import ScreenNotReached, SystemDown
from robot_library.model.screen import Instead, Locator, Screen, ScreenMap

_DISMISS_MS = 2000
_WATCH_S = 0.25
OUT_OF_SERVICE = "says out of service"


class Eye:
    """Looks at one window through one map. `signing_in`: the sign-in is where we want to be, not in the way."""

    def __init__(
        self,
        window: Window,
        screens: ScreenMap,
        where: Where,
        instead: Sequence[Instead] = (),
        *,
        signing_in: bool = False,
    ) -> None:
        self._window, self._map, self._where, self._instead = window, screens, where, instead
        self._sign_in = tuple(s.on for s in screens.sign_in.steps) if screens.sign_in else ()
        self._kept_out = tuple(known(screens.sign_in)) if screens.sign_in else ()
        self._obstacle = any_of(
            [self._at(i.seen_by) for i in screens.interruptions]
            + [self._at(screens.screens[name].seen_by[0]) for name in self._sign_in if not signing_in]
            + [self._at(spec) for spec in self._kept_out if not signing_in]
            + [self._at(one.seen_by) for one in instead]
            + ([self._at(screens.maintenance)] if screens.maintenance else [])
        )

    def _at(self, spec: Locator) -> Found:
        return locate(self._window.page, self._window.page, spec, self._where)

    async def shows(self, spec: Locator | None) -> bool:
        """At least one such thing is there."""
        return spec is not None and await glance(self._at(spec).count(), 0, "a look") > 0

    async def here(self, screen: Screen) -> bool:
        """Everything that the screen is recognised by is visible."""
        return await self.missing(screen) is None

    async def well(self, screen: Screen | None) -> bool:
        """The screen is here (if one is named) and nothing is in the way: one question to the page for all of it."""
        page = self._window.page.locator("html")
        for spec in screen.seen_by if screen is not None else ():
            page = page.filter(has=self._at(spec))
        if self._obstacle is not None:
            page = page.filter(has_not=self._obstacle)
        return await glance(page.count(), 0, "a look") == 1

    async def missing(self, screen: Screen) -> Locator | None:
        """The first thing that the screen is recognised by and that is not visible; None: the screen is here."""
        seen = await asyncio.gather(*(self.shows(spec) for spec in screen.seen_by))
        return next((spec for spec, there in zip(screen.seen_by, seen, strict=True) if not there), None)

    async def watch(self, spec: Locator, patience: Patience) -> None:
        """Wait inside the page, for a moment, until this thing or something in the way is there."""
        await self.watch_for(self._at(spec), patience)

    async def watch_for(self, found: Found, patience: Patience) -> None:
        """The same for a Playwright locator."""
        if self._obstacle is not None:
            found = found.or_(self._obstacle)
        call = found.first.wait_for(state="attached", timeout=patience.milliseconds(_WATCH_S))
        await glance(call, None, "a look")

    async def obstructed(self) -> bool:
        """Something may be in the way: an interruption, a sign-in, another answer than the screen."""
        return self._obstacle is not None and await glance(self._obstacle.count(), 0, "a look") > 0

    async def signed_out(self) -> bool:
        """A screen of the app's own sign-in is visible, or what it shows to those whom it keeps out."""
        screens = (self.here(self._map.screens[name]) for name in self._sign_in)
        seen = await asyncio.gather(*screens, *(self.shows(spec) for spec in self._kept_out))
        return any(seen) and await self._window.at_home()

    async def in_service(self) -> None:
        """Raise SystemDown where the system says that it is out of service."""
        if await self.shows(self._map.maintenance):
            raise SystemDown(f"{self._map.system} says that it is out of service.", why=OUT_OF_SERVICE)

    async def clear(self) -> None:
        """Dismiss every interruption that is visible on a page of the app's."""
        if not await self._window.at_home():
            return
        for interruption in self._map.interruptions:
            if not await self.shows(interruption.seen_by):
                continue
            try:
                button = await own_thing(self._at(interruption.click), self._window, _DISMISS_MS, "a pop-up")
                await tidy(button.click(timeout=_DISMISS_MS, no_wait_after=True), "a pop-up")
            except ScreenNotReached:  # it has gone, or another site's page has come
                continue

    async def instead(self) -> None:
        """Raise what it means if one of the known other answers has come up in place of the screen."""
        if not await self._window.at_home():
            return
        for one in self._instead:
            if await self.shows(one.seen_by) and await self._window.at_home():
                raise MEANS[one.means](one.reason)

    async def not_reached(self, screen: str, spent: float) -> ScreenNotReached | SystemDown:
        """The error for a screen that did not come: which known ones are there instead. Names only, no page text."""
        if self._window.failed:
            return SystemDown(f"{self._map.system} does not answer; screen '{screen}' did not come.")
        if theirs := await self._window.astray():
            instead = f"a page of another site is shown ({theirs})"
            return elsewhere(f"Screen '{screen}' of {self._map.system} did not come within {spent:.0f} s; {instead}")
        names = [n for n in self._map.screens if n != screen]
        shown = await asyncio.gather(*(self._try_here(self._map.screens[n]) for n in names))
        there = [n for n, is_here in zip(names, shown, strict=True) if is_here]
        instead = f"'{there[0]}' is shown instead" if there else "no screen of the map is shown"
        status = self._window.status
        answer = f" (HTTP {status})" if status is not None and status >= 400 else ""
        place = self._map.screens[screen].place
        return ScreenNotReached(
            f"Screen '{screen}' of {self._map.system} did not come within {spent:.0f} s; {instead}{answer}.",
            cure="Compare its 'seen_by' and 'reach' with the page.",
            place=f"{place.file}:{place.line}" if place is not None else "",
        )

    async def _try_here(self, screen: Screen) -> bool:
        try:
            return await self.here(screen)
        except ScreenNotReached:  # its locators need a key that this view was not given
            return False
