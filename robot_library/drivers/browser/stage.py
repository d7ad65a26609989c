"""One screen in one window, waited for: the screen is there, nothing stands in its way, its targets are found."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from playwright.async_api import ElementHandle, Frame

from robot_library.drivers.browser.eye import Eye
from robot_library.drivers.browser.find import Finder, Sight
from robot_library.drivers.browser.locate import locate
from robot_library.drivers.browser.own_site import elsewhere, one_frame, own_thing
from robot_library.drivers.browser.tidy import Late, Passing, tidy
from robot_library.drivers.browser.window import Window
from robot_library.drivers.patience import FIRST_PAUSE, Patience
from robot_library.drivers.shown import Where, visible_text
from robot_library.errors import AuthoringError, DriverLost, ItemError, ScreenNotReached, TargetNotFound
from robot_library.model.screen import Instead, Locator, Screen, Use

if TYPE_CHECKING:
    from robot_library.drivers.browser.session import BrowserSession

Good = Callable[[list[Sight]], Awaitable[bool]]
_CLICK_S = 1.5
"""Seconds a click may wait for its thing to hold still and lie on top, before pop-ups are looked for again."""


class SignedOut(DriverLost):
    """The sign-in is shown where a screen was expected."""

    def __init__(self) -> None:
        super().__init__("The session has ended.", cure="The part starts anew.")


class Stage:
    """Waits and presses on one screen. `on_screen` False: the way there, `seen_by` does not hold yet."""

    def __init__(
        self,
        session: BrowserSession,
        window: Window,
        name: str,
        where: Where,
        *,
        on_screen: bool = True,
        instead: Sequence[Instead] | None = None,
        signing_in: bool = False,
    ) -> None:
        self.session, self.window, self.name, self.where = session, window, name, where
        self.screen: Screen = session.screen(name)
        self._on_screen = on_screen
        known = self.screen.instead if instead is None else instead
        self.eye = Eye(window, session.map, where, known, signing_in=signing_in)
        self._signing_in = signing_in

    def finder(self, name: str, uses: Sequence[Use] = ()) -> Finder:
        """Follow a target of this screen. AuthoringError if there is none, or its use is another."""
        target = self.screen.targets.get(name)
        if target is None:
            raise AuthoringError(f"Screen '{self.name}' of {self.session.map.system} has no target '{name}'.")
        if uses and target.use not in uses:
            raise AuthoringError(f"Target '{self.name}.{name}' is for '{target.use}', not for {' or '.join(uses)}.")
        heals, told = self.screen.heals(name), (self.session.drifted, self.session.found)
        return Finder(self.window, self.name, name, target, self.where, *told, heals=heals)

    def patience(self) -> Patience:
        """A fresh deadline by the map."""
        return Patience(self.session.map.patience.total_seconds())

    async def when(
        self,
        finders: Sequence[Finder],
        good: Good | None = None,
        *,
        patience: Patience | None = None,
        still: bool = False,
        leave: bool = False,
        frames: Sequence[Locator | None] = (),
    ) -> list[Sight]:
        """Wait until the screen is there, each target is found once, and `good` agrees.

        `still`: every target must have held still with a value; `leave`: the focus is taken from them first;
        `frames`: what `good` looks into beside them. Only what stands on pages of the app's own counts.
        Raises SignedOut at once; ScreenNotReached, TargetNotFound or TargetAmbiguous when patience is over; the
        exception that the map names when another answer has come.
        """
        patience = patience or self.patience()
        while True:
            self.window.check(self.name)
            self.session.check()
            parts = [*frames, *(f.target.frame for f in finders)]
            home = await self.own(parts) and await self.window.scripts_ran(patience)
            looks = asyncio.gather(*(f.look(still=still, leave=leave) if home else _unseen() for f in finders))
            well, sights = await asyncio.gather(self.eye.well(self.screen if self._on_screen else None), looks)
            leave = leave and not home
            well = well and home and await self.window.at_home()  # a page may have come up in the middle of a look
            missing = None if well else await self._missing()
            if well:
                for finder in finders:
                    finder.complain_if_ambiguous()
                found = [s for s in sights if s is not None]
                rest = not still or all(s.still for s in found)
                done = len(found) == len(finders) and rest and (good is None or await good(found))
                if done and await self.own(parts):
                    return found
            if patience.over:
                raise await self._late(well or missing is None, finders, sights, patience)
            await self._watch(missing, finders, patience)

    async def own(self, frames: Sequence[Locator | None]) -> bool:
        """Whether the page, and the frames in it that these locators find, are the app's. While signing in, the form
        itself is asked before anything is typed or pressed."""
        if self._signing_in:
            return True
        if not await self.window.at_home():
            return False
        wanted = {repr(frame): frame for frame in frames if frame is not None}.values()
        shown = await asyncio.gather(*(self._frame(one) for one in wanted))
        return all([frame is not None and await self.window.owns(frame) for frame in shown])

    async def _frame(self, spec: Locator | None) -> Frame | None:
        page = self.window.page
        return None if spec is None else await one_frame(locate(page, page, spec, self.where), self.name)

    async def _watch(self, missing: Locator | None, finders: Sequence[Finder], patience: Patience) -> None:
        """Until the next look: watch inside the page for what was missing, else pause."""
        before = patience.spent
        if missing is not None:
            await self.eye.watch(missing, patience)
        elif absent := next((f.absent for f in finders if f.absent is not None), None):
            await self.eye.watch_for(absent, patience)
        if patience.spent - before < FIRST_PAUSE:
            await patience.pause()

    async def _missing(self) -> Locator | None:
        """What the screen is recognised by and is not there, if so; what stands in the way is dealt with."""
        absent, _ = await asyncio.gather(self.eye.missing(self.screen), self._clear())
        return absent if self._on_screen else None

    async def _clear(self) -> bool:
        """Nothing was in the way; what was is dealt with."""
        if not await self.eye.obstructed():
            return True
        await self.eye.in_service()
        if not self._signing_in and await self.eye.signed_out():
            raise SignedOut
        await self.eye.clear()
        await self.eye.instead()
        return False

    async def _late(
        self, here: bool, finders: Sequence[Finder], sights: Sequence[Sight | None], patience: Patience
    ) -> ItemError:
        if not here or await self.window.astray():
            return await self.eye.not_reached(self.name, patience.spent)
        for finder in (one for one in finders if one.target.frame is not None):
            frame = await self._frame(finder.target.frame)
            if frame is None:
                return finder.missing(patience)
            if not await self.window.owns(frame):
                return elsewhere(f"'{finder.screen}.{finder.name}' stands in a frame of another site", finder.place)
        for finder, sight in zip(finders, sights, strict=True):
            if sight is None:
                return finder.missing(patience, near=await finder.nearest())
            if not finder.value(sight):
                return finder.missing(patience, "stayed empty or did not match its pattern")
        names = ", ".join(f.name for f in finders) or "it"
        return TargetNotFound(
            f"Screen '{self.name}' did not come to rest within {patience.spent:.0f} s ({names}).",
            cure="Look at the page: something keeps changing, disabled or covered.",
        )

    async def press(
        self, finder: Finder, *, double: bool = False, trial: bool = False, key: Key | None = None
    ) -> ElementHandle:
        """Click a target as soon as it is enabled, holds still and lies on top; pop-ups that cover it are dismissed.
        Returns what was clicked.

        `trial`: do everything but the click. `key`: the screen must show this record.
        """
        patience = self.patience()
        key = key or Key(self, {})

        async def ready(sights: list[Sight]) -> bool:
            return not sights[0].disabled and key.shown(sights[1:])

        while True:
            sight, *_ = await self.when([finder, *key.finders], ready, patience=patience)
            self.window.confirm = None if trial else finder.target.confirm
            limit = patience.milliseconds(_CLICK_S)
            try:
                thing = await own_thing(sight.found, self.window, limit, finder.place)
                click = thing.dblclick if double else thing.click
                await tidy(click(timeout=limit, trial=trial, no_wait_after=True), finder.place)
                return thing
            except (Late, Passing):
                if patience.over:
                    raise finder.missing(patience, "could not be pressed (covered, moving or disabled)") from None

    async def settled(self) -> bool:
        """The page is at rest: no request on its way, and every field that must have a value has one."""
        if self.window.busy:
            return False
        anchors = [
            self.finder(name)
            for name, target in self.screen.targets.items()
            if target.use in ("read", "identity", "state") and not target.may_be_empty and target.attribute is None
            if await self.own([target.frame])
        ]
        sights = await asyncio.gather(*(a.look() for a in anchors))
        filled = all(s is None or a.value(s) != "" for a, s in zip(anchors, sights, strict=True))
        return filled and not self.window.busy


async def _unseen() -> None:
    """What a look at another site's page finds: it is not made."""


class Rest:
    """Whether a page has been at rest around each look: emptiness seen before it came to rest says nothing."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._before: int | None = None

    async def around(self) -> bool:
        """To be asked after each look: the page is at rest now, was at the last asking (before this look), and has
        asked its server for nothing in between."""
        asked = self._stage.window.asked
        now = asked if await self._stage.settled() else None
        before, self._before = self._before, now
        return before is not None and before == now == self._stage.window.asked


class Key:
    """The record that a screen was opened for, and what its targets show of it."""

    def __init__(self, stage: Stage, shows: Mapping[str, str]) -> None:
        self.finders = [stage.finder(name) for name in shows]
        self._wanted = [visible_text(value) for value in shows.values()]
        self._screen = stage.name
        self._last: list[str | None] = []

    def shown(self, sights: Sequence[Sight]) -> bool:
        """Whether these sights of `finders` show the key."""
        self._last = [f.value(s) for f, s in zip(self.finders, sights, strict=True)]
        return self._last == self._wanted

    def complain(self) -> None:
        """ScreenNotReached if it was another record that was shown in the end."""
        if self._last and all(self._last) and self._last != self._wanted:
            raise ScreenNotReached(
                f"Screen '{self._screen}' shows another record than the one it was opened for.",
                cure="Compare 'reach' and 'identity.shows' of the map with the page.",
            )
