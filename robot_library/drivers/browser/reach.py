"""The way to a screen: the moves of its map, from wherever the window stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from robot_library.drivers.browser.keys import take_keys
from robot_library.drivers.browser.locate import address
from robot_library.drivers.browser.own_site import own_thing, put
from robot_library.drivers.browser.stage import Stage
from robot_library.drivers.browser.tidy import Late, Passing, tidy
from robot_library.drivers.browser.window import Window
from robot_library.drivers.shown import Where, substitute
from robot_library.errors import AuthoringError, ScreenNotReached, SignInRefused
from robot_library.model.screen import Move

if TYPE_CHECKING:
    from robot_library.drivers.browser.find import Finder
    from robot_library.drivers.browser.session import BrowserSession

_DEEP = 8


class Way:
    """Walks to one screen for one key. `windows` grows when a move opens a tab; the last one is the current."""

    def __init__(self, session: BrowserSession, window: Window, goal: str, where: Where) -> None:
        self._session, self._goal, self._where = session, goal, where
        self.windows = [window]
        self._current: str | None = None

    @property
    def window(self) -> Window:
        """Where the way has led."""
        return self.windows[-1]

    async def walk(self) -> None:
        """Make every move. Raises SignedOut, ScreenNotReached, or what another answer means."""
        await self._to(self._goal, 0)

    async def _to(self, screen: str, depth: int) -> None:
        if depth > _DEEP:
            raise AuthoringError(f"The way to screen '{screen}' goes in a circle.")
        for move in self._session.screen(screen).reach:
            await self._make(move, screen, depth)

    async def _make(self, move: Move, screen: str, depth: int) -> None:
        if move.goto is not None:
            await self._goto(move.goto)
        elif move.screen is not None:
            await self._to(move.screen, depth + 1)
            await self._stage(move.screen, on_screen=True).when([])
            self._current = move.screen
        elif move.type is not None:
            for name, text in move.type.items():
                await self._type(self._finder(name, screen), substitute(text, self._where))
        elif move.press is not None:
            for name, key in move.press.items():
                await self._key(self._finder(name, screen), key)
        elif move.wait_for is not None:
            stage, finder = self._finder(move.wait_for, screen)
            await stage.when([finder])
        else:
            await self._click(move, screen)

    async def _goto(self, path: str) -> None:
        stage = self._stage(self._goal, on_screen=False)
        url = address(self._session.base, path, self._where)
        await self.window.goto(url, stage.patience(), f"the way to '{self._goal}'")
        self._current = None
        if self.window.status == 401 and self._session.http_basic and await self.window.at_home():
            await self._session.refused_by_basic()
            raise SignInRefused("The site refused the credential (HTTP 401).", cure="Check it in the vault.")

    async def _click(self, move: Move, screen: str) -> None:
        name = move.click or move.double_click or move.new_tab or ""
        stage, finder = self._finder(name, screen)
        seen = len(self.window.popups)
        await stage.press(finder, double=move.double_click is not None)
        if move.new_tab is not None:
            self.windows.append(await opened(self._session, self.window, seen, stage))
            self._current = None

    async def _type(self, found: tuple[Stage, Finder], text: str) -> None:
        stage, finder = found
        patience = stage.patience()
        (sight,) = await stage.when([finder], patience=patience)
        try:
            await put(self.window, sight.found, text, patience, finder.place)
        except (Late, Passing):
            raise finder.missing(patience, "could not be typed into") from None

    async def _key(self, found: tuple[Stage, Finder], key: str) -> None:
        stage, finder = found
        patience = stage.patience()
        (sight,) = await stage.when([finder], patience=patience)
        try:
            field = await own_thing(sight.found, self.window, patience.milliseconds(), finder.place)
            await take_keys(field, patience, finder.place)
            await tidy(field.press(key, timeout=patience.milliseconds(), no_wait_after=True), finder.place)
        except (Late, Passing):
            raise finder.missing(patience, "took no key") from None

    def _finder(self, name: str, screen: str) -> tuple[Stage, Finder]:
        own, dot, target = name.partition(".")
        if dot:
            stage = self._stage(own, on_screen=True)
            return stage, stage.finder(target, ("navigate", "search"))
        here = self._current or screen
        stage = self._stage(here, on_screen=self._current is not None)
        return stage, stage.finder(name, ("navigate", "search"))

    def _stage(self, name: str, *, on_screen: bool) -> Stage:
        known = (*self._session.screen(name).instead, *self._session.screen(self._goal).instead)
        return Stage(self._session, self.window, name, self._where, on_screen=on_screen, instead=known)


async def opened(session: BrowserSession, window: Window, seen: int, stage: Stage) -> Window:
    """The tab that a press has opened (the first after `seen` earlier ones)."""
    patience = stage.patience()
    while len(window.popups) <= seen:
        window.check(stage.name)
        if patience.over:
            raise ScreenNotReached(
                f"No new tab came from '{stage.name}' within {patience.spent:.0f} s.",
                cure="If the thing opens in the same tab, use 'click' in the map.",
            )
        await patience.pause()
    return session.adopt(window.popups[seen])
