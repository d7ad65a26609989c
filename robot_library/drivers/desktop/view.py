"""One program that shows one screen: reading, typing, pressing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from robot_library.drivers.desktop.field import exactly, let_go, put_text
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.outline import outlined
from robot_library.drivers.desktop.picture import bare_picture, window_picture
from robot_library.drivers.desktop.press import press
from robot_library.drivers.desktop.reach import Way
from robot_library.drivers.desktop.stage import Finder, Key, SignedOut, Stage, same_text
from robot_library.drivers.desktop.station import Station
from robot_library.drivers.desktop.table import read_rows
from robot_library.drivers.desktop.thing import Thing
from robot_library.drivers.shown import newlines, said_by_map
from robot_library.errors import (
    AuthoringError,
    BusinessException,
    DriverLost,
    OrderHeld,
    ScreenNotReached,
    SignInFailed,
    TypingNotProven,
)
from robot_library.interfaces import Found, TargetSeen
from robot_library.model.screen import Screen

if TYPE_CHECKING:
    from robot_library.drivers.desktop.session import DesktopSession

T = TypeVar("T")
_REVIVALS = 2


class DesktopView:
    """A View of a desktop program; see interfaces.View. `fresh`: in a program of its own."""

    def __init__(
        self, session: DesktopSession, station: Station, screen: str, where: Mapping[str, str], *, fresh: bool = False
    ) -> None:
        self.screen, self.where = screen, dict(where)
        self._session, self._station, self._fresh = session, station, fresh
        self._behind: tuple[DesktopView, bool] | None = None
        """The view whose link led here, and whether closing this closes that too."""
        self._typed: dict[str, str] = {}
        """`write` target → what was typed into it and not saved."""
        self._away: DesktopView | None = None
        self._stage = Stage(session, station, screen, self.where)

    @property
    def dirty(self) -> bool:
        """Something is typed here and not saved."""
        return self._station.unsaved

    async def written(self) -> dict[str, str]:
        """What each `write` target holds now; what is not there is left out."""
        await self._stage.when([])
        names = [name for name, target in self._stage.screen.targets.items() if target.use == "write"]
        where = self.where

        def texts(look: Look) -> dict[str, str]:
            found = {name: look.find(self._stage.screen.targets[name].find[0], where) for name in names}
            return {name: newlines(things[0].text) for name, things in found.items() if len(things) == 1}

        return await self._station.look(texts)

    # ---- reaching ----------------------------------------------------------------------------------------

    async def arrive(self) -> None:
        """Walk the map's way to the screen, signing in where that is asked for."""
        for _ in range(_REVIVALS + 1):
            try:
                await Way(self._session, self._station, self.screen, self.where).walk()
                return await self.settle_in()
            except SignedOut:
                await self._session.sign_in(self._station)
            except BusinessException:  # an answer that the map knows
                raise
            except BaseException:
                self._station.astray = True
                raise
        raise SignInFailed(f"{self._session.map.system} asks to sign in again and again.", cure="Sign in by hand once.")

    async def settle_in(self) -> None:
        """The screen is there and shows the key it was opened by."""
        key = self._key()
        try:
            await self._stage.when(key.finders, key.shown if key.finders else None, still=True)
        except SignedOut:
            raise
        except Exception:
            key.complain()
            raise

    def _key(self) -> Key:
        identity = self._stage.screen.identity
        shows = identity.shows if identity is not None else {}
        return Key(self._stage, {t: self.where[k] for t, k in shows.items() if k in self.where})

    async def _alive(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it; where the sign-in has come up, sign in, come back and do it anew, unless something was typed."""
        for _ in range(_REVIVALS):
            try:
                await self._come_back()
                return await work()
            except SignedOut:
                if self.dirty or self._behind is not None:
                    raise DriverLost("The session ended.", cure="The part starts anew.") from None
            await self._session.sign_in(self._station)
            await self.arrive()
        return await work()

    # ---- reading -----------------------------------------------------------------------------------------

    async def read(self, targets: Sequence[str]) -> dict[str, str]:
        """Text of each target once all have filled and hold still."""
        return await self._alive(lambda: self._read(targets))

    async def _read(self, targets: Sequence[str]) -> dict[str, str]:
        finders = [self._stage.finder(name) for name in targets]

        def filled(things: list[Thing]) -> bool:
            values = [finder.value(thing) for finder, thing in zip(finders, things, strict=True)]
            return all(v or (v == "" and f.target.may_be_empty) for f, v in zip(finders, values, strict=True))

        things = await self._stage.when(finders, filled, still=True)
        things = [await self._exact(finder, thing) for finder, thing in zip(finders, things, strict=True)]
        for finder, thing in zip(finders, things, strict=True):
            self._session.check_reading(finder, thing)
        return {finder.name: finder.value(thing) or "" for finder, thing in zip(finders, things, strict=True)}

    async def _exact(self, finder: Finder, thing: Thing) -> Thing:
        """What a `write` target holds is told letter for letter, also where it was read from a remote picture."""
        if finder.target.use != "write":
            return thing
        return await self._station.do(lambda desk: exactly(desk, thing))

    async def read_table(self, table: str) -> list[dict[str, str]]:
        """All rows, read twice alike."""
        return await self._alive(lambda: self._read_table(table))

    async def _read_table(self, name: str) -> list[dict[str, str]]:
        table = self._stage.screen.tables.get(name)
        if table is None:
            raise AuthoringError(f"Screen '{self.screen}' of {self._session.map.system} has no table '{name}'.")
        patience, last = self._stage.patience(), None
        while True:
            await self._stage.when([], patience=patience)
            rows = await self._station.look(lambda look: read_rows(look, look.told, table, name, self.where))
            if rows is not None and rows == last and (rows or table.empty is None or await self._empty(name)):
                return rows
            if patience.over:
                raise ScreenNotReached(
                    f"Grid '{self.screen}.{name}' was not read twice alike within {patience.spent:.0f} s.",
                    cure="Compare 'rows' and 'empty' of the map with the window.",
                )
            last = rows
            await patience.pause()

    async def _empty(self, name: str) -> bool:
        said = self._stage.screen.tables[name].empty
        return await self._station.look(lambda look: look.shows(said, self.where))

    async def look_over(self) -> list[TargetSeen]:
        """Which locator of each target finds it now; see interfaces.View."""
        await self._alive(lambda: self._stage.when([]))
        targets, where = self._stage.screen.targets, self.where
        seen = await self._station.look(lambda look: [_seen(look, self._stage.screen, name, where) for name in targets])
        for name in self._stage.screen.tables:
            try:
                rows = await self._read_table(name)
                seen.append(TargetSeen(name, "first", 1, table=True, rows=tuple(rows[:1])))
            except ScreenNotReached:
                seen.append(TargetSeen(name, "missing", table=True))
        return seen

    # ---- typing and pressing -----------------------------------------------------------------------------

    async def fill(self, target: str, text: str) -> str:
        """Type into a `write` target; OrderHeld if it holds another text. Returns what the target shows afterwards."""
        finder = self._stage.finder(target, ("write",))
        try:
            await self._come_back()
            shown = self._typed[target] = await self._fill(finder, newlines(text))
            return shown
        except SignedOut:
            raise _lost_at("typing") from None
        except BaseException:
            self._station.astray = True
            raise

    async def _fill(self, finder: Finder, text: str) -> str:
        key = self._key()

        def open_to_input(things: list[Thing]) -> bool:
            return not things[0].disabled and not things[0].read_only and key.shown(things[1:])

        thing, *_ = await self._stage.when([finder, *key.finders], open_to_input, still=True)
        try:
            thing = await self._exact(finder, thing)
        except ScreenNotReached:
            raise OrderHeld(
                f"'{finder.screen}.{finder.name}' holds something that cannot be read; nothing was typed over it.",
                place=finder.place,
            ) from None
        if thing.text.strip() and not same_text(thing.text, text):
            raise OrderHeld(
                f"'{finder.screen}.{finder.name}' holds text already; nothing was typed over it.", place=finder.place
            )
        if same_text(thing.text, text):
            return newlines(thing.text)
        self._station.unsaved = True
        shown = await self._station.do(lambda desk: put_text(desk, thing, text, self._station.go_on, empty=True))
        if thing.node is None:
            return shown
        await self._station.look(lambda look: let_go(look, thing))
        (after,) = await self._stage.when([finder], still=True)
        return newlines(after.text)

    async def click(self, target: str) -> None:
        """Press a `navigate` target."""
        finder = self._stage.finder(target, ("navigate",))
        await self._alive(lambda: self._stage.press(finder))

    async def press_commit(self, target: str) -> None:
        """Press a `commit` target, once, and wait until the program has come to rest on a known screen.

        TargetNotFound, TargetAmbiguous, TypingNotProven (what was typed has been changed since) and ScreenNotReached
        before the press mean that nothing was pressed; DriverLost means that nobody knows.
        """
        finder, key = self._stage.finder(target, ("commit",)), self._key()
        try:
            await self._come_back()
            await self._still_typed()
            thing, *_ = await self._stage.when(
                [finder, *key.finders], lambda things: not things[0].disabled and key.shown(things[1:]), still=False
            )
            await self._station.do(lambda desk: press(desk, thing))
            await self._answered()
        except SignedOut:
            raise _lost_at("the press") from None
        self._station.unsaved, self._typed = False, {}

    async def _still_typed(self) -> None:
        """Each field still shows what was typed into it. TypingNotProven where one does not: another field or the
        program has changed it since. Of fields that are mere pixels nobody can say so at a look."""
        finders = [self._stage.finder(name, ("write",)) for name in self._typed]
        told = [one for one in finders if one.target.find[0].area is None and not self._station.program.remote]
        things = await self._stage.when(told, still=True) if told else []
        for finder, thing in zip(told, things, strict=True):
            if not same_text(thing.text, self._typed[finder.name]):
                raise TypingNotProven(
                    f"'{self.screen}.{finder.name}' no longer shows what was typed there; nothing was pressed.",
                    cure="Which other field, or which template of the program, changes it? Type it last.",
                )

    async def _answered(self) -> None:
        """Another answer than this screen is raised; else the window has come to rest."""
        patience = self._stage.patience()
        await self._station.do(
            lambda desk: desk.capture.still(None, patience.left, self._station.go_on, max(0.4, 2 * desk.pace.quiet))
        )
        stage = Stage(self._session, self._station, self.screen, self.where, on_screen=False)
        await stage.when([], patience=patience)

    # ---- files and pictures ------------------------------------------------------------------------------

    async def upload(self, target: str, filename: str, data: bytes) -> None:
        """Files go through a program's own dialogs, which maps of desktops cannot name: refused."""
        raise AuthoringError(f"'{self.screen}.{target}': a desktop program takes no file from a bot.")

    async def download(self, target: str) -> tuple[str, bytes]:
        """See `upload`."""
        raise AuthoringError(f"'{self.screen}.{target}': a desktop program gives no file to a bot.")

    async def picture(self, *, target: str | None = None, mask: bool = True) -> bytes:
        """PNG of the front window, or of one target; covered unless `mask` is False."""
        thing: Thing | None = None
        if target is not None:
            finder = self._stage.finder(target)
            (thing,) = await self._alive(lambda: self._stage.when([finder]))
        if not mask:
            return await self._station.look(lambda look: bare_picture(look.desk, thing, look.windows))
        plain = [self._stage.finder(name) for name, t in self._stage.screen.targets.items() if not t.phi]

        def shot(look: Look) -> bytes:
            found = [each for f in plain for each in look.find(f.target.find[0], self.where)]
            return window_picture(look.desk, look.windows, [each.box for each in found])

        return await self._station.look(shot)

    async def outline(self) -> str:
        """See abilities.Outlines; of a remote window only where a step fails, because all of it must be read."""
        if self._station.program.remote:
            return ""
        harmless = said_by_map(self._session.map)
        return await self._station.look(lambda look: outlined(look, harmless))

    # ---- going on ----------------------------------------------------------------------------------------

    async def follow(self, link: str, screen: str, *, owner: bool = False) -> DesktopView:
        """Press a link and wait for the screen behind it. `owner`: closing it closes this."""
        await self._alive(lambda: self._stage.press(self._stage.finder(link, ("navigate",))))
        view = DesktopView(self._session, self._station, screen, self.where)
        view._behind = (self, owner)
        await view.settle_in()
        return view

    async def close(self) -> None:
        """Give the program of a fresh view back. After a link, the view before it comes back at its next use."""
        if self._behind is not None:
            origin, owner = self._behind
            origin._away = self
            if owner:
                await origin.close()
            return
        if self._fresh:
            await self._session.give_back(self._station, self)
        if self._session.view is self:
            self._session.view = None

    async def leave_behind(self) -> None:
        """Close the box that a link of this view has opened, so that the program can be used for something else."""
        await self._come_back()

    async def _come_back(self) -> None:
        if self._away is None:
            return
        there, self._away = self._away, None
        leave = there._stage.screen.leave
        if leave is None:
            raise AuthoringError(f"Screen '{there.screen}' needs a 'leave': a program has no way back of its own.")
        await there._stage.press(there._stage.finder(leave, ("navigate",)))
        await self._stage.when([])


def _seen(look: Look, screen: Screen, name: str, where: Mapping[str, str]) -> TargetSeen:
    for number, way in enumerate(screen.targets[name].find, start=1):
        found = look.find(way, where)
        if len(found) > 1:
            return TargetSeen(name, "ambiguous", number)
        if found:
            later: Found = "healed" if screen.heals(name) else "moved"
            return TargetSeen(name, "first" if number == 1 else later, number)
    return TargetSeen(name, "missing")


def _lost_at(what: str) -> DriverLost:
    return DriverLost(f"The session ended before or during {what}.", cure="The part starts anew.")
