"""One signed-in desktop program: its map, the program the bot works in, and a second one for looking anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from robot_library.abilities import Sight
from robot_library.drivers.desktop.doubt import check_identifier
from robot_library.drivers.desktop.outline import outlined
from robot_library.drivers.desktop.sign_in import SigningIn
from robot_library.drivers.desktop.stage import Finder
from robot_library.drivers.desktop.station import Station
from robot_library.drivers.desktop.thing import Thing
from robot_library.drivers.desktop.view import DesktopView
from robot_library.drivers.shown import Drift, looked, said_by_map
from robot_library.errors import AuthoringError, DriverLost, ItemError, SignInRefused
from robot_library.interfaces import Credential, SignInEnd, View
from robot_library.model.run import Called, Looked
from robot_library.model.screen import Screen, ScreenMap

if TYPE_CHECKING:
    from robot_library.drivers.desktop.driver import Programs


class DesktopSession:
    """A ScreenSession over desktop programs. A fresh view has a program of its own: an independent look."""

    def __init__(self, role: str, screen_map: ScreenMap, programs: Programs, credential: Credential | None) -> None:
        self.role, self.map, self.credential = role, screen_map, credential
        self._view: View | None = None
        self._programs = programs
        self._main: Station | None = None
        self._drifts: list[Drift] = []
        self._told = 0
        self._looked: dict[tuple[str, str], int] = {}
        self._scores: dict[tuple[str, str], float | None] = {}

    @property
    def view(self) -> View | None:
        """See ScreenSession. Without one the bot is not at work: a person's mouse is their own."""
        return self._view

    @view.setter
    def view(self, view: View | None) -> None:
        self._view = view
        if view is None and self._main is not None:
            self._main.rest(self)

    def screen(self, name: str) -> Screen:
        """A screen of the map; AuthoringError if there is none."""
        screen = self.map.screens.get(name)
        if screen is None:
            raise AuthoringError(f"The map of {self.map.system} has no screen '{name}'.")
        return screen

    async def first_sign_in(self) -> None:
        """Start the program and sign in."""
        await self._main_station()
        self.view = None

    async def open(self, screen: str, where: Mapping[str, str], *, fresh: bool = False) -> DesktopView:
        """Reach a screen; see ScreenSession.open. Text typed but not saved in the current view is given up."""
        self.screen(screen)
        if not fresh:
            view = DesktopView(self, await self._main_station(), screen, where)
            await view.arrive()
            self.view = view
            return view
        station = await self._programs.take()
        try:
            await self._ready(station)
            view = DesktopView(self, station, screen, where, fresh=True)
            await view.arrive()
        except BaseException:
            await self._programs.end(station)
            raise
        return view

    async def follow(self, view: View, link: str, screen: str) -> DesktopView:
        """Press `link` and return the screen it leads to; where `view` holds unsaved text, in another program."""
        self.screen(screen)
        if not isinstance(view, DesktopView):
            raise AuthoringError(f"A view of another driver was given to the session of {self.map.system}.")
        if view.dirty:
            aside = await self.open(view.screen, view.where, fresh=True)
            return await aside.follow(link, screen, owner=True)
        return await view.follow(link, screen)

    # ---- a person in our window (interfaces.Lends) ---------------------------------------------------------

    async def lend(self, *, writes: bool) -> bool:
        """See Lends: only a program on the person's own display can be lent."""
        station = await self._main_station()
        if station.program.display != "own":
            return False
        station.unsaved = station.unsaved or writes
        await station.lend()
        station.rest(self)
        return True

    async def stand(self, screen: str, where: Mapping[str, str]) -> DesktopView:
        """See Lends."""
        self.screen(screen)
        if self._main is None:
            raise DriverLost("The program has been ended.", cure="The part starts anew.")
        await self._main.begin(self)
        view = DesktopView(self, self._main, screen, where)
        await view.settle_in()
        self.view = view
        return view

    async def holds(self) -> dict[str, str]:
        """See Lends."""
        return await self.view.written() if isinstance(self.view, DesktopView) else {}

    def had_back(self, *, saved: bool) -> None:
        """See Lends."""
        if self._main is not None:
            self._main.unsaved = self._main.unsaved and not saved

    async def close(self) -> None:
        """Give the program back, signed in, for the next session; ended where text was left unsaved."""
        self.view = None
        main, self._main = self._main, None
        if main is not None:
            main.rest(self)
            await self._lay_down(main)

    def drift(self) -> list[str]:
        """What was noted since this was last asked."""
        told, self._told = self._told, len(self._drifts)
        return [
            f"{self.role}.{one.screen}.{one.target} was found by its locator number {one.used + 1}: mend the map"
            for one in self._drifts[told:]
        ]

    # ---- how it got on (abilities.Traces) ------------------------------------------------------------------

    def found(self, screen: str, name: str, number: int, score: float | None) -> None:
        """Note which of a target's locators has found it, from 0, and how well."""
        self._looked[screen, name], self._scores[screen, name] = number, score

    def traced(self) -> tuple[list[Looked], list[Called]]:
        """See Traces. What a program asks its server is not seen."""
        found, self._looked = self._looked, {}
        return looked(self.role, self.map, found, self._scores), []

    async def sight(self) -> Sight:
        """See Traces. Without a view the bot is not at work, and a person's display is not looked at."""
        view = self.view
        if self._main is None or not isinstance(view, DesktopView):
            return Sight()
        outline = await self._main.look(lambda look: outlined(look, said_by_map(self.map)))
        return Sight(await view.picture(), outline)

    # ---- what the views ask for --------------------------------------------------------------------------

    def drifted(self, drift: Drift) -> None:
        """Note a drift once."""
        if drift not in self._drifts:
            self._drifts.append(drift)

    def check_reading(self, finder: Finder, thing: Thing) -> None:
        """An identifier that was read from pixels counts only where nothing in it can be another letter."""
        if thing.node is None:
            check_identifier(finder.target, finder.place, finder.value(thing) or "")

    async def give_back(self, station: Station, view: DesktopView) -> None:
        """A fresh view is done with its program."""
        try:
            await view.leave_behind()
        except (ItemError, AuthoringError):
            await self._programs.end(station)
        else:
            await self._lay_down(station)

    def ended(self, end: SignInEnd) -> None:
        """What became of a credential that nobody else guards: refused once, it is not tried again."""
        if end in ("refused", "expired", "second_factor", "led_nowhere"):
            self._programs.refused = True

    async def sign_in(self, station: Station) -> None:
        """Sign in at this program. DriverLost while something is typed and not saved."""
        if self.map.sign_in is None:
            return
        if station.unsaved:
            raise DriverLost("The session ended while something was typed and not saved.", cure="The part starts anew.")
        if self._programs.refused and (self.credential is None or self.credential.door is None):
            raise SignInRefused(
                f"{self.map.system} has refused this credential before; it is not tried again.",
                cure="Check it in the vault, then start the bot anew.",
            )
        async with self._programs.signing_in:
            await SigningIn(self, station, self.map.sign_in).run()
        station.signed_in = True

    async def _ready(self, station: Station) -> None:
        if not station.signed_in:
            await self.sign_in(station)

    async def _main_station(self) -> Station:
        """The main program; a new one where text was left unsaved, something went wrong in it, or it is gone."""
        if self._main is not None and not self._main.fit:
            lost, self._main, self.view = self._main, None, None
            await self._programs.end(lost)
        if self._main is None:
            self._main = await self._programs.take()
        try:
            await self._main.begin(self)
            await self._ready(self._main)
        except BaseException:
            lost, self._main = self._main, None
            await self._programs.end(lost)
            raise
        return self._main

    async def _lay_down(self, station: Station) -> None:
        if station.fit:
            self._programs.lay_down(station)
        else:
            await self._programs.end(station)
