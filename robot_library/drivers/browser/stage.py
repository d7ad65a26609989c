"""One screen in one window, waited for: the screen is there, nothing stands in its way, its targets are found."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from robot_library.drivers.browser.eye import Eye
from robot_library.drivers.browser.find import Finder, Sight
from robot_library.drivers.browser.locate import Where
from robot_library.drivers.browser.tidy import Late, Passing, tidy
from robot_library.drivers.browser.wait import FIRST_PAUSE, Patience
from robot_library.drivers.browser.window import Window
from robot_library.errors import AuthoringError, ItemError, TargetNotFound
from robot_library.model.screen import Instead, Locator, Screen, Use

if TYPE_CHECKING:
    from robot_library.drivers.browser.session import BrowserSession

Good = Callable[[list[Sight]], Awaitable[bool]]
_CLICK_S = 1.5
"""Seconds a click may wait for its thing to hold still and lie on top, before pop-ups are looked for again."""


class SignedOut(Exception):
    """The sign-in is shown where a screen was expected."""


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
    ) -> None:
        self.session, self.window, self.name, self.where = session, window, name, where
        self.screen: Screen = session.screen(name)
        self._on_screen = on_screen
        self._rested_at: int | None = None
        """How many requests the page had made when it was last seen at rest."""
        self.eye = Eye(window, session.map, where, self.screen.instead if instead is None else instead)

    def finder(self, name: str, uses: Sequence[Use] = ()) -> Finder:
        """Follow a target of this screen. AuthoringError if there is none, or its use is another."""
        target = self.screen.targets.get(name)
        if target is None:
            raise AuthoringError(f"Screen '{self.name}' of {self.session.map.system} has no target '{name}'.")
        if uses and target.use not in uses:
            raise AuthoringError(f"Target '{self.name}.{name}' is for '{target.use}', not for {' or '.join(uses)}.")
        return Finder(self.window, self.name, name, target, self.where, self.session.drifted)

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
    ) -> list[Sight]:
        """Wait until the screen is there, each target is found once, and `good` agrees.

        `still`: every target must have held still with a value; `leave`: the focus is taken from them first.
        Raises SignedOut at once; ScreenNotReached, TargetNotFound or TargetAmbiguous when patience is over; the
        exception that the map names when another answer has come.
        """
        patience = patience or self.patience()
        while True:
            self.window.check(self.name)
            looks = asyncio.gather(*(f.look(still=still, leave=leave) for f in finders))
            missing, clear, sights = await asyncio.gather(self._missing(), self._clear(), looks)
            leave = False
            if missing is None and clear:
                for finder in finders:
                    finder.complain_if_ambiguous()
                found = [s for s in sights if s is not None]
                rest = not still or all(s.still for s in found)
                if len(found) == len(finders) and rest and (good is None or await good(found)):
                    return found
            if patience.over:
                raise await self._late(missing is None, finders, sights, patience)
            await self._watch(missing, finders, patience)

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
        """What the screen is recognised by and is not there; None once it is all there."""
        return await self.eye.missing(self.screen) if self._on_screen else None

    async def _clear(self) -> bool:
        """Nothing was in the way; what was is dealt with."""
        if not await self.eye.obstructed():
            return True
        if await self.eye.signed_out():
            raise SignedOut
        await self.eye.clear()
        await self.eye.instead()
        return False

    async def _late(
        self, here: bool, finders: Sequence[Finder], sights: Sequence[Sight | None], patience: Patience
    ) -> ItemError:
        if not here:
            return await self.eye.not_reached(self.name, patience.spent)
        for finder, sight in zip(finders, sights, strict=True):
            if sight is None:
                return finder.missing(patience)
            if not finder.value(sight):
                return finder.missing(patience, "stayed empty or did not match its pattern")
        names = ", ".join(f.name for f in finders) or "it"
        return TargetNotFound(
            f"Screen '{self.name}' did not come to rest within {patience.spent:.0f} s ({names}).",
            cure="Look at the page: something keeps changing, disabled or covered.",
        )

    async def press(self, finder: Finder, *, double: bool = False, trial: bool = False) -> Sight:
        """Click a target as soon as it is enabled, holds still and lies on top; pop-ups that cover it are dismissed."""
        patience = self.patience()

        async def enabled(sights: list[Sight]) -> bool:
            return not sights[0].disabled

        while True:
            (sight,) = await self.when([finder], enabled, patience=patience)
            self.window.confirm = None if trial else finder.target.confirm
            limit = patience.milliseconds(_CLICK_S)
            click = sight.found.dblclick if double else sight.found.click
            try:
                await tidy(click(timeout=limit, trial=trial, no_wait_after=True), finder.place)
                return sight
            except (Late, Passing):
                if patience.over:
                    raise finder.missing(patience, "could not be pressed (covered, moving or disabled)") from None

    async def settled(self, *, unless_asked: bool = False) -> bool:
        """The page is at rest: no request on its way, and every field that must have a value has one.

        `unless_asked`: it is enough that it was, and that it has made no request since.
        """
        if self.window.busy:
            return False
        if unless_asked and self._rested_at == self.window.asked:
            return True
        anchors = [
            self.finder(name)
            for name, target in self.screen.targets.items()
            if target.use in ("read", "identity", "state") and not target.may_be_empty and target.attribute is None
        ]
        sights = await asyncio.gather(*(a.look() for a in anchors))
        rests = all(s is None or a.value(s) != "" for a, s in zip(anchors, sights, strict=True))
        self._rested_at = self.window.asked if rests and not self.window.busy else None
        return rests
