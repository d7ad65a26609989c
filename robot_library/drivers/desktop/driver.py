"""The desktop driver: starts programs, keeps signed-in ones for the next item, ends them all."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from robot_library.abilities import AtScreenSaid
from robot_library.drivers.desktop.display import Display
from robot_library.drivers.desktop.locked import WHY, is_locked
from robot_library.drivers.desktop.remote import Away, away, why_nothing
from robot_library.drivers.desktop.session import DesktopSession
from robot_library.drivers.desktop.station import Station
from robot_library.drivers.desktop.watch import Watch, watch_over
from robot_library.drivers.patience import Patience
from robot_library.errors import SetupError, SystemDown
from robot_library.interfaces import Credential
from robot_library.model.at_screen import AtScreen
from robot_library.model.bot import App, Program
from robot_library.model.screen import ScreenMap

_ASK_S = 12.0


class Programs:
    """The running programs of one app and credential."""

    def __init__(
        self, program: Program, pictures: Sequence[Path], watching: Callable[[Display], Watch | None], known: Away = ()
    ) -> None:
        self._program, self._pictures, self._watching, self._known = program, pictures, watching, known
        self._spare: list[Station] = []
        self._all: list[Station] = []
        self.signing_in = asyncio.Lock()
        self.refused = False

    async def take(self) -> Station:
        """A program that nobody works in: one laid down before, else a new one."""
        while self._spare:
            station = self._spare.pop()
            if station.alive:
                return station
            await self.end(station)
        station = Station(self._program, self._pictures, self._watching, self._known)
        await station.start()
        self._all.append(station)
        return station

    @property
    def at_work(self) -> list[Station]:
        """Those that somebody works in."""
        return [station for station in self._all if station not in self._spare]

    def lay_down(self, station: Station) -> None:
        """Keep a program for the next who needs one."""
        self._spare.append(station)

    async def end(self, station: Station) -> None:
        """End one."""
        if station in self._all:
            self._all.remove(station)
        await station.close()

    async def close(self) -> None:
        """End all of them."""
        self._spare.clear()
        for station in [*self._all]:
            await self.end(station)


class DesktopDriver:
    """A Driver. `pictures`: a map's name → where its pictures are; `rules`: what holds on a person's own screen."""

    def __init__(self, pictures: Callable[[str], Sequence[Path]], rules: AtScreen | None = None) -> None:
        self._pictures, self._rules = pictures, rules or AtScreen()
        self._watches: dict[str, Watch | None] = {}
        self._one_at_a_time = threading.Lock()
        self._said: Callable[[AtScreenSaid], None] = lambda said: None
        self._programs: dict[tuple[str, str, str], Programs] = {}

    async def session(
        self, role: str, app: App, screen_map: ScreenMap, credential: Credential | None
    ) -> DesktopSession:
        """A session of the app, its program started and signed in.

        Raises SetupError without a program or a display, SystemDown on a person's display that is locked, SignInFailed
        when the credential is refused.
        """
        if app.program is None:
            raise SetupError(f"The app of '{role}' names no program.", cure="Give it 'program: {run: […]}'.")
        if app.program.display == "own" and await asyncio.to_thread(is_locked):
            raise SystemDown("This machine's screen is locked.", why=WHY, cure="Unlock it; see docs/service.md.")
        key = _key(app, credential)
        if key not in self._programs:
            self._programs[key] = Programs(app.program, self._pictures(app.map), self._watch, away(screen_map))
        session = DesktopSession(role, screen_map, self._programs[key], credential)
        try:
            await session.first_sign_in()
        except BaseException:
            await session.close()
            raise
        return session

    @property
    def at_work(self) -> list[Station]:
        """The programs that a session works in at this moment, those for a fresh look among them."""
        return [station for programs in self._programs.values() for station in programs.at_work]

    async def leave(self, app: App, screen_map: ScreenMap, credential: Credential | None) -> None:
        """End the app's programs, and with them its sign-in; that a credential was refused stays known."""
        if app.program is not None and (programs := self._programs.get(_key(app, credential))) is not None:
            await programs.close()

    async def ask(self, app: App, screen_map: ScreenMap, path: str | None = None) -> str:
        """Whether another machine's screen is to be had; see interfaces.Asks. A viewer of its own is started for a
        moment and nothing is done in it. Of a person's display only whether it is locked; of programs of this machine
        nothing."""
        program = app.program
        if program is not None and program.display == "own":
            return WHY if await asyncio.to_thread(is_locked) else ""
        if program is None or not program.remote:
            return ""
        station = Station(program, self._pictures(app.map), away=away(screen_map))
        try:
            await station.start()
            return await _shown(station, Patience(_ASK_S))
        except SystemDown as down:
            return down.why
        finally:
            await station.close()

    async def close(self) -> None:
        """End every program."""
        programs, self._programs = list(self._programs.values()), {}
        for one in programs:
            await one.close()
        watches, self._watches = list(self._watches.values()), {}
        for watch in watches:
            if watch is not None:
                await asyncio.to_thread(watch.close)

    def hear(self, said: Callable[[AtScreenSaid], None]) -> None:
        """See HearsAtScreen."""
        self._said = said

    def _watch(self, display: Display) -> Watch | None:
        """The one watch over a person's display; nobody sits before a private one."""
        if display.private:
            return None
        with self._one_at_a_time:
            if display.name not in self._watches:
                self._watches[display.name] = watch_over(display, self._rules, lambda said: self._said(said))
            return self._watches[display.name]


async def _shown(station: Station, patience: Patience) -> str:
    """Empty as soon as a picture is shown, else why not when patience is over."""
    while code := await station.look(why_nothing):
        if patience.over:
            return code
        await patience.pause()
    await station.look(lambda look: look.written)
    return ""


def _key(app: App, credential: Credential | None) -> tuple[str, str, str]:
    run = "\0".join(app.program.run) if app.program is not None else ""
    if credential is None:
        return run, "", ""
    return run, credential.user, hashlib.sha256(credential.password.encode()).hexdigest()
