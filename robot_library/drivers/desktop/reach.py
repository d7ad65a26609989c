"""The way to a screen: the moves of its map, from wherever the program stands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.field import put_text
from robot_library.drivers.desktop.nodes import has
from robot_library.drivers.desktop.stage import Finder, Stage
from robot_library.drivers.desktop.station import Station
from robot_library.drivers.desktop.thing import Thing
from robot_library.drivers.shown import Where, substitute
from robot_library.errors import AuthoringError, ScreenNotReached
from robot_library.model.screen import Move

if TYPE_CHECKING:
    from robot_library.drivers.desktop.session import DesktopSession

_DEEP = 8
_CLICK_S = 0.5
"""A viewer has handed on a click by then."""


class Way:
    """Walks to one screen for one key."""

    def __init__(self, session: DesktopSession, station: Station, goal: str, where: Where) -> None:
        self._session, self._station, self._goal, self._where = session, station, goal, where
        self._current: str | None = None

    async def walk(self) -> None:
        """Make every move. Raises SignedOut, ScreenNotReached, or what another answer means."""
        await self._to(self._goal, 0)

    async def _to(self, screen: str, depth: int) -> None:
        if depth > _DEEP:
            raise AuthoringError(f"The way to screen '{screen}' goes in a circle.")
        for move in self._session.screen(screen).reach:
            await self._make(move, screen, depth)

    async def _make(self, move: Move, screen: str, depth: int) -> None:
        if move.screen is not None:
            await self._to(move.screen, depth + 1)
            await self._stage(move.screen, on_screen=True).when([])
            self._current = move.screen
        elif move.hotkey is not None:
            keys = move.hotkey.split("+")
            await self._station.do(lambda desk: _chord(desk, keys))
        elif move.type is not None:
            for target, text in move.type.items():
                await self._type(self._finder(target, screen), substitute(text, self._where))
        elif move.press is not None:
            for target, key in move.press.items():
                await self._key(self._finder(target, screen), key)
        elif move.wait_for is not None:
            stage, finder = self._finder(move.wait_for, screen)
            await stage.when([finder])
        elif (name := move.click or move.double_click) is not None:
            stage, finder = self._finder(name, screen)
            await stage.press(finder, double=move.double_click is not None)
        else:
            raise AuthoringError("A desktop program has no addresses and no tabs: 'goto' and 'new_tab' lead nowhere.")

    async def _type(self, found: tuple[Stage, Finder], text: str) -> None:
        stage, finder = found
        (thing,) = await stage.when([finder], lambda things: not things[0].disabled and not things[0].read_only)
        await self._station.do(lambda desk: put_text(desk, thing, text, self._station.go_on))

    async def _key(self, found: tuple[Stage, Finder], key: str) -> None:
        stage, finder = found
        (thing,) = await stage.when([finder])
        await self._station.do(lambda desk: _key_in(desk, thing, key))

    def _finder(self, name: str, screen: str) -> tuple[Stage, Finder]:
        own, dot, target = name.partition(".")
        if dot:
            stage = self._stage(own, on_screen=True)
            return stage, stage.finder(target, ("navigate", "search"))
        here = self._current or screen
        stage = self._stage(here, on_screen=self._current is not None)
        return stage, stage.finder(name, ("navigate", "search"))

    def _stage(self, name: str, *, on_screen: bool) -> Stage:
        """Other answers than the goal count once every move is made: no address clears those to earlier questions."""
        return Stage(
            self._session, self._station, name, self._where, on_screen=on_screen,
            instead=self._session.screen(name).instead if on_screen and name != self._goal else (),
        )  # fmt: skip


def _chord(desk: Desk, keys: list[str]) -> None:
    """Press keys together in our front window; never in another's."""
    if not desk.windows.focused():
        raise ScreenNotReached("No window has the keys.")
    _after_clicks(desk)
    desk.hand.hotkey(*keys)


def _key_in(desk: Desk, thing: Thing, key: str) -> None:
    desk.windows.activate(thing.window)
    if thing.node is not None and not has(desk.accessibility.states(thing.node), "focused"):
        desk.accessibility.focus(thing.node)  # not again: many a field selects all its text then
    if desk.windows.focused() != thing.window:
        raise ScreenNotReached("Another window has taken the keys; nothing was pressed.")
    _after_clicks(desk)
    desk.hand.hotkey(*key.lower().split("+"))


def _after_clicks(desk: Desk) -> None:
    """A viewer may hand on keys sooner than a click before them; see RemoteField."""
    if desk.remote:
        time.sleep(max(0.0, desk.hand.clicked + _CLICK_S - time.monotonic()))
