"""One tab that shows one screen: reading, typing, pressing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from robot_library.drivers.browser.commit import press_once
from robot_library.drivers.browser.files import download, upload
from robot_library.drivers.browser.find import Finder, Sight
from robot_library.drivers.browser.lent import held_now
from robot_library.drivers.browser.look_over import look_over
from robot_library.drivers.browser.outline import outline
from robot_library.drivers.browser.picture import picture
from robot_library.drivers.browser.reach import Way
from robot_library.drivers.browser.stage import Key, Rest, SignedOut, Stage
from robot_library.drivers.browser.table import Moved, TableReader
from robot_library.drivers.browser.tidy import glance
from robot_library.drivers.browser.type_text import type_text
from robot_library.drivers.browser.window import Window
from robot_library.errors import DriverLost, ScreenNotReached, SignInFailed
from robot_library.interfaces import TargetSeen

if TYPE_CHECKING:
    from robot_library.drivers.browser.session import BrowserSession

T = TypeVar("T")
_REVIVALS = 2
_READINGS = 3


class BrowserView:
    """A View in a browser; see interfaces.View.

    `dirty` is set by the first typing and cleared by a commit: meanwhile a lost sign-in raises DriverLost, because
    what was typed is gone. Otherwise the view signs in again, comes back to its screen, and goes on.
    """

    def __init__(
        self, session: BrowserSession, window: Window, screen: str, where: Mapping[str, str], *, fresh: bool = False
    ) -> None:
        self.screen, self.where = screen, dict(where)
        self._session, self._fresh = session, fresh
        self._windows = [window]
        self._behind: tuple[BrowserView, bool] | None = None
        """The view whose link led here, and whether closing this closes that too."""
        self._away: BrowserView | None = None
        """The view behind a link in this tab, while the tab still shows it."""
        self._stage = Stage(session, window, screen, self.where)
        self._typed: dict[str, str] = {}
        """`write` target → what was typed into it and not saved."""

    @property
    def stage(self) -> Stage:
        """The screen as it is looked at now."""
        return self._stage

    @property
    def dirty(self) -> bool:
        """Something is typed here and not saved."""
        return self._windows[-1].unsaved

    @property
    def window(self) -> Window:
        """The tab that shows it."""
        return self._windows[-1]

    async def written(self) -> dict[str, str]:
        """What each `write` target holds now, seen twice alike; what is not there is left out."""
        return await held_now(self._stage)

    # ---- reaching -----------------------------------------------------------------------------------------

    async def arrive(self) -> None:
        """Walk the map's way to the screen, signing in where that is asked for."""
        self._typed = {}
        for extra in self._windows[1:]:
            await self._session.drop(extra)
        for attempt in range(_REVIVALS + 1):
            way = Way(self._session, self._windows[0], self.screen, self.where)
            try:
                await way.walk()
                self._windows = way.windows
                self._stage = Stage(self._session, way.window, self.screen, self.where)
                return await self.settle_in()
            except SignedOut:
                if attempt == _REVIVALS:
                    break
            for extra in way.windows[1:]:
                await self._session.drop(extra)
            await self._session.sign_in(self._windows[0])
        raise SignInFailed(f"{self._session.map.system} asks to sign in again and again.", cure="Sign in by hand once.")

    async def settle_in(self) -> None:
        """The screen is there and shows the key it was opened by."""
        key = self._key()

        async def ours(sights: list[Sight]) -> bool:
            return key.shown(sights)

        try:
            await self._stage.when(key.finders, ours if key.finders else None, still=True)
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
                self._session_lost("The session ended")
            if self._behind is not None:
                raise DriverLost("The session ended on the way through a link.", cure="The part starts anew.")
            await self._session.sign_in(self._windows[-1])
            await self.arrive()
        try:
            return await work()
        except SignedOut:
            raise DriverLost("The session ends again and again.", cure="The part starts anew.") from None

    def _session_lost(self, what: str) -> None:
        if self.dirty or self._session.dirty:
            raise DriverLost(f"{what} while something was typed and not saved.", cure="The part starts anew.")

    # ---- reading ------------------------------------------------------------------------------------------

    async def read(self, targets: Sequence[str]) -> dict[str, str]:
        """Text of each target once all have filled and hold still."""
        return await self._alive(lambda: self._read(targets))

    async def _read(self, targets: Sequence[str]) -> dict[str, str]:
        finders = [self._stage.finder(name) for name in targets]
        rest = Rest(self._stage)

        async def filled(sights: list[Sight]) -> bool:
            return await self._filled(finders, sights, rest)

        sights = await self._stage.when(finders, filled, still=True)
        values = {f.name: f.value(s) or "" for f, s in zip(finders, sights, strict=True)}
        self._session.remember(values[f.name] for f in finders if f.target.phi)
        self._session.plain.update(values[f.name] for f in finders if not f.target.phi)
        return values

    async def read_table(self, table: str) -> list[dict[str, str]]:
        """All rows of all pages, checked against the count where the grid shows one; never empty by haste."""
        for _ in range(_READINGS):
            try:
                return await self._alive(lambda: self._read_table(table))
            except Moved:
                self._session_lost("The grid moved")
                await self.arrive()
        raise ScreenNotReached(
            f"Grid '{self.screen}.{table}' changed at each of {_READINGS} readings, or its count is never right.",
            cure="Compare 'count' and 'next_page' of the map with the page.",
        )

    async def look_over(self) -> list[TargetSeen]:
        """Which locator of each target finds it now; see interfaces.View."""
        seen = await self._alive(lambda: look_over(self._stage))
        self._session.remember(value for one in seen for row in one.rows for value in row.values())
        return seen

    async def _read_table(self, table: str) -> list[dict[str, str]]:
        rows = await TableReader(self._stage, table).read()
        columns = self._stage.screen.tables[table].columns
        self._session.remember(row[name] for row in rows for name, c in columns.items() if c.phi)
        self._session.plain.update(row[name] for row in rows for name, c in columns.items() if not c.phi)
        return rows

    async def _filled(self, finders: Sequence[Finder], sights: Sequence[Sight], rest: Rest) -> bool:
        """No value is still on its way.

        An empty field is an answer only where the map says so, and then only if the page was at rest before and after
        this look.
        """
        values = [f.value(s) for f, s in zip(finders, sights, strict=True)]
        empty = [(f, s) for f, s, v in zip(finders, sights, values, strict=True) if not v]
        if None in values or any(not f.target.may_be_empty for f, _ in empty):
            return False
        if any(f.target.use == "write" and s.disabled and not s.read_only for f, s in empty):
            return False
        return not empty or await rest.around()

    # ---- typing and pressing ------------------------------------------------------------------------------

    async def fill(self, target: str, text: str) -> str:
        """Type into a `write` target; OrderHeld if it holds another text. Returns what the target shows afterwards.

        Never comes back by itself from a lost sign-in: what was checked before the typing would no longer be known.
        """
        finder = self._stage.finder(target, ("write",))
        try:
            await self._come_back()
            shown = self._typed[target] = await type_text(self._stage, finder, text, self._key())
        except SignedOut:
            raise _lost_at("typing") from None
        return shown

    async def click(self, target: str) -> None:
        """Press a `navigate` target."""
        finder = self._stage.finder(target, ("navigate",))
        await self._alive(lambda: self._stage.press(finder))

    async def press_commit(self, target: str) -> None:
        """Press a `commit` target, once, and wait until the page has its answer.

        TargetNotFound, TargetAmbiguous, TypingNotProven (what was typed has been changed since) and SawTooLongAgo mean
        that nothing was pressed, DriverLost that nobody knows.
        """
        finder = self._stage.finder(target, ("commit",))
        try:
            await self._come_back()
            await press_once(self._stage, finder, self._key(), self._typed)
        except SignedOut:
            raise _lost_at("the press") from None
        self._windows[-1].unsaved, self._typed = False, {}

    # ---- files and pictures -------------------------------------------------------------------------------

    async def upload(self, target: str, filename: str, data: bytes) -> None:
        """Give a file to a `write` or `commit` target and wait for the page's answer. DriverLost: nobody knows."""
        finder = self._stage.finder(target, ("write", "commit"))
        try:
            await self._come_back()
            await self.settle_in()
            await upload(self._stage, finder, filename, data, self._key())
        except SignedOut:
            raise _lost_at("the upload") from None
        if finder.target.use == "write":
            self._windows[-1].unsaved = True

    async def download(self, target: str) -> tuple[str, bytes]:
        """Press a `navigate` target and take the file it brings: suggested name and bytes."""
        finder = self._stage.finder(target, ("navigate",))
        return await self._alive(lambda: download(self._stage, finder, self._session.downloads))

    async def picture(self, *, target: str | None = None, mask: bool = True) -> bytes:
        """PNG of what the window shows, whatever screen it is; covered unless `mask` is False."""
        if target is None:
            return await picture(self._stage, target=None, mask=mask)
        return await self._alive(lambda: picture(self._stage, target=target, mask=mask))

    async def outline(self) -> str:
        """See abilities.Outlines."""
        return await outline(self._stage)

    # ---- going on -----------------------------------------------------------------------------------------

    async def follow(self, link: str, screen: str, *, owner: bool = False) -> BrowserView:
        """Press a link and wait for the screen behind it, in this tab or a new one. `owner`: closing it closes this."""
        return await self._alive(lambda: self._follow(link, screen, owner))

    async def _follow(self, link: str, screen: str, owner: bool) -> BrowserView:
        window = self._windows[-1]
        seen = len(window.popups)
        await self._stage.press(self._stage.finder(link, ("navigate",)))
        patience = self._stage.patience()
        goal = Stage(self._session, window, screen, self.where)
        while not await goal.eye.here(goal.screen):
            window.check(self.screen)
            if len(window.popups) > seen:
                window = self._session.adopt(window.popups[seen])
                break
            if await goal.eye.obstructed():
                if await goal.eye.signed_out():
                    raise SignedOut
                await goal.eye.clear()
            if patience.over:
                raise await goal.eye.not_reached(screen, patience.spent)
            await patience.pause()
        view = BrowserView(self._session, window, screen, self.where, fresh=window is not self._windows[-1])
        view._behind = (self, owner)
        await view.settle_in()
        return view

    async def close(self) -> None:
        """Close what this view opened. After a link in the same tab, the view before it comes back at its next use."""
        if self._behind is not None:
            return await self._step_back(*self._behind)
        first = 0 if self._fresh or self.dirty else 1
        for window in self._windows[first:]:
            await self._session.drop(window)
        if self._session.view is self:
            self._session.view = None
        return None

    async def _step_back(self, origin: BrowserView, owner: bool) -> None:
        if self._fresh:
            await self._session.drop(self._windows[-1])
        elif not owner:
            origin._away = self
        if owner:
            await origin.close()

    async def _come_back(self) -> None:
        """Return from the screen behind a link in this tab: by its own way of leaving, else one page back."""
        if self._away is None:
            return
        there, self._away = self._away, None
        patience = self._stage.patience()
        leave = there._stage.screen.leave
        if leave is not None:
            await there._stage.press(there._stage.finder(leave, ("navigate",)))
        else:
            back = self._windows[-1].page.go_back(wait_until="commit", timeout=patience.milliseconds())
            await glance(back, None, self.screen)
        await self._stage.when([], patience=patience)


def _lost_at(what: str) -> DriverLost:
    return DriverLost(f"The session ended before or during {what}.", cure="The part starts anew.")
