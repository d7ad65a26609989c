"""One screen of one program, waited for: the screen is there, nothing stands in its way, its targets are found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.outline import nearest
from robot_library.drivers.desktop.press import Displaced, press
from robot_library.drivers.desktop.station import Station
from robot_library.drivers.desktop.thing import Thing
from robot_library.drivers.patience import Patience
from robot_library.drivers.shown import MEANS, Drift, Where, newlines, value_of, visible_text
from robot_library.errors import (
    ApplicationException,
    AuthoringError,
    DriverLost,
    ScreenNotReached,
    TargetAmbiguous,
    TargetNotFound,
)
from robot_library.model.screen import Instead, Locator, Screen, ScreenMap, Target, Use

if TYPE_CHECKING:
    from robot_library.drivers.desktop.session import DesktopSession

Good = Callable[[list[Thing]], bool]
_DRIFT_AFTER, _AMBIGUOUS_AFTER = 2.0, 0.5
"""Seconds before a later locator may speak, and that two matches must last before they are an error."""


class SignedOut(DriverLost):
    """The sign-in is shown where a screen was expected."""

    def __init__(self) -> None:
        super().__init__("The session has ended.", cure="The part starts anew.")


class Finder:
    """One target of one screen, followed through the looks of one operation."""

    def __init__(
        self, screen: str, name: str, target: Target, where: Where, drifted: Callable[[Drift], None],
        found: Callable[[str, str, int, float | None], None] = lambda *_: None, *, heals: bool = False,
    ) -> None:  # fmt: skip
        self.screen, self.name, self.target = screen, name, target
        self.ways = target.find if heals else target.find[:1]
        self._found = found
        self._where, self._drifted = where, drifted
        self._absent_since: float | None = None
        self._twice_since: float | None = None
        self._last: str | None = None
        self.matches, self.still = 0, False

    @property
    def place(self) -> str:
        """Where in the map, for messages."""
        spot = self.target.place
        return f"{spot.file}:{spot.line}" if spot is not None else f"{self.screen}.{self.name}"

    def look(self, look: Look, now: float) -> Thing | None:
        """The thing if exactly one is there, else None."""
        for number, way in enumerate(self.ways):
            if number and (self._absent_since is None or now - self._absent_since < _DRIFT_AFTER):
                break
            found = look.find(way, self._where)
            self.matches = len(found)
            if len(found) == 1:
                if number:
                    self._drifted(Drift(self.screen, self.name, number))
                else:
                    self._absent_since = None
                self._twice_since = None
                self._found(self.screen, self.name, number, found[0].score)
                return self._watched(found[0])
            if found:
                self._twice_since = self._twice_since or now
                break
            self._absent_since = self._absent_since or now
        self._last, self.still = None, False
        return None

    def _watched(self, thing: Thing) -> Thing:
        """Note whether it showed the same at the last look, with a value or empty where it may be."""
        value = self.value(thing)
        self.still = self._last == thing.text and value is not None and bool(value or self.target.may_be_empty)
        self._last = thing.text
        return thing

    def complain_if_ambiguous(self, now: float) -> None:
        """Two matches that last are an error."""
        if self._twice_since is not None and now - self._twice_since >= _AMBIGUOUS_AFTER:
            raise TargetAmbiguous(
                f"The locator of '{self.screen}.{self.name}' matches {self.matches} things.",
                cure="Narrow it in the map ('inside', 'near'); none of them was touched.",
                place=self.place,
            )

    def value(self, thing: Thing) -> str | None:
        """What it shows, in the map's words; None while its pattern does not match."""
        return value_of(self.target, thing.text)

    def missing(
        self, patience: Patience, why: str = "was not found", near: str = ""
    ) -> ApplicationException:  # fmt: skip
        """The error for a target that is not there on a screen that is. `near`: what stands there instead."""
        return TargetNotFound(
            f"'{self.screen}.{self.name}' {why} within {patience.spent:.0f} s, though its screen is there.",
            cure=f"Compare the map's locator with the window. {near}".rstrip(),
            place=self.place,
        )


@dataclass(frozen=True)
class _Seen:
    things: list[Thing | None]
    here: bool
    signed_out: bool
    instead: Instead | None
    interrupted: Thing | None
    """What is to be pressed to be rid of a pop-up."""

    @property
    def well(self) -> bool:
        return self.here and not self.signed_out and self.instead is None and self.interrupted is None


class Stage:
    """Waits on one screen. `on_screen` False: the way there, `seen_by` does not hold yet."""

    def __init__(
        self, session: DesktopSession, station: Station, name: str, where: Where, *, on_screen: bool = True,
        instead: Sequence[Instead] | None = None, signing_in: bool = False,
    ) -> None:  # fmt: skip
        self.session, self.station, self.name, self.where = session, station, name, where
        self.screen: Screen = session.screen(name)
        self._on_screen, self._signing_in = on_screen, signing_in
        self._instead = self.screen.instead if instead is None else instead

    def finder(self, name: str, uses: Sequence[Use] = ()) -> Finder:
        """Follow a target of this screen. AuthoringError if there is none, or its use is another."""
        target = self.screen.targets.get(name)
        if target is None:
            raise AuthoringError(f"Screen '{self.name}' of {self.session.map.system} has no target '{name}'.")
        if uses and target.use not in uses:
            raise AuthoringError(f"Target '{self.name}.{name}' is for '{target.use}', not for {' or '.join(uses)}.")
        heals, told = self.screen.heals(name), (self.session.drifted, self.session.found)
        return Finder(self.name, name, target, self.where, *told, heals=heals)

    def patience(self) -> Patience:
        """A fresh deadline by the map."""
        return Patience(self.session.map.patience.total_seconds())

    async def when(
        self, finders: Sequence[Finder], good: Good | None = None, *, patience: Patience | None = None,
        still: bool = False,
    ) -> list[Thing]:  # fmt: skip
        """Wait until the screen is there, each target is found once (and has held `still`), and `good` agrees. It is
        looked at twice at least: the first look at pixels may load their reader, and take all patience."""
        patience, looks = patience or self.patience(), 0
        while True:
            looks += 1
            now = asyncio.get_running_loop().time()
            seen = await self.station.look(lambda look, now=now: self._see(look, finders, now))  # type: ignore[misc]
            if seen.well:
                for finder in finders:
                    finder.complain_if_ambiguous(now)
                found = [thing for thing in seen.things if thing is not None]
                rest = not still or all(finder.still for finder in finders)
                if len(found) == len(finders) and rest and (good is None or good(found)):
                    return found
            await self._deal_with(seen)
            if patience.over and looks > 1:
                raise await self._late(seen, finders, patience)
            await patience.pause()

    def _see(self, look: Look, finders: Sequence[Finder], now: float) -> _Seen:
        here = not self._on_screen or all(look.shows(spec, self.where) for spec in self.screen.seen_by)
        spec = self.session.map
        out = not self._signing_in and signed_out(look, spec)
        instead = next((one for one in self._instead if look.shows(one.seen_by, self.where)), None)
        box: Thing | None = None
        for pop_up in spec.interruptions:
            if look.shows(pop_up.seen_by, {}):
                box = next(iter(look.find(pop_up.click, {})), None)
        things = [finder.look(look, now) if here else None for finder in finders]
        return _Seen(things, here, out, instead, box)

    async def _deal_with(self, seen: _Seen) -> None:
        if seen.signed_out:
            raise SignedOut
        if seen.interrupted is not None:
            thing = seen.interrupted
            with suppress(Displaced):
                await self.station.do(lambda desk: press(desk, thing))
        elif seen.instead is not None:
            raise MEANS[seen.instead.means](seen.instead.reason)

    async def _late(self, seen: _Seen, finders: Sequence[Finder], patience: Patience) -> ApplicationException:
        if not seen.here:
            return await self.not_reached(patience)
        for finder, thing in zip(finders, seen.things, strict=True):
            if thing is None:
                return finder.missing(patience, near=await self.station.look(partial(nearest, ways=finder.ways)))
            if not finder.value(thing) and not finder.target.may_be_empty:
                return finder.missing(patience, "stayed empty or did not match its pattern")
        return TargetNotFound(
            f"Screen '{self.name}' did not come to rest within {patience.spent:.0f} s.",
            cure="Look at the window: something keeps changing, or is switched off.",
        )

    async def not_reached(self, patience: Patience) -> ScreenNotReached:
        """The error for a screen that did not come: which known ones are there instead. Names only, no text."""
        await self.station.nothing_came()
        names = [name for name in self.session.map.screens if name != self.name]
        there = await self.station.look(lambda look: [n for n in names if _try(look, self.session.map.screens[n])])
        instead = f"'{there[0]}' is shown instead" if there else "no screen of the map is shown"
        place = self.screen.place
        return ScreenNotReached(
            f"Screen '{self.name}' of {self.session.map.system} did not come within {patience.spent:.0f} s; {instead}.",
            cure="Compare its 'seen_by' and 'reach' with the window.",
            place=f"{place.file}:{place.line}" if place is not None else "",
        )

    async def press(
        self, finder: Finder, *, double: bool = False, key: Key | None = None, patience: Patience | None = None
    ) -> None:
        """Press a target as soon as it takes presses and the screen shows the record of `key`."""
        patience = patience or self.patience()
        others = key.finders if key is not None else []

        def ready(things: list[Thing]) -> bool:
            return not things[0].disabled and (key is None or key.shown(things[1:]))

        while True:
            thing, *_ = await self.when([finder, *others], ready, patience=patience)
            try:
                return await self.station.do(lambda desk, thing=thing: press(desk, thing, double=double))  # type: ignore[misc]
            except Displaced:
                if patience.over:
                    raise


class Key:
    """The record that a screen was opened for, and what its targets show of it."""

    def __init__(self, stage: Stage, shows: Mapping[str, str]) -> None:
        self.finders = [stage.finder(name) for name in shows]
        self._wanted = [visible_text(value) for value in shows.values()]
        self._screen = stage.name
        self._last: list[str | None] = []

    def shown(self, things: Sequence[Thing]) -> bool:
        """Whether these things of `finders` show the key."""
        self._last = [finder.value(thing) for finder, thing in zip(self.finders, things, strict=True)]
        return self._last == self._wanted

    def complain(self) -> None:
        """ScreenNotReached if it was another record that was shown in the end."""
        if self._last and all(self._last) and self._last != self._wanted:
            raise ScreenNotReached(
                f"Screen '{self._screen}' shows another record than the one it was opened for.",
                cure="Compare 'reach' and 'identity.shows' of the map with the window.",
            )


def signed_out(look: Look, spec: ScreenMap) -> bool:
    """A screen of the sign-in is shown, or what it shows to those whom it keeps out."""
    if spec.sign_in is None:
        return False
    steps = (spec.screens[step.on] for step in spec.sign_in.steps)
    return any(all(look.shows(one, {}) for one in screen.seen_by) for screen in steps) or any(
        look.shows(one, {}) for one in kept_out(spec)
    )


def kept_out(spec: ScreenMap) -> list[Locator]:
    """What the sign-in shows to those whom it keeps out."""
    how = spec.sign_in
    if how is None:
        return []
    elsewhere = how.elsewhere.seen_by if how.elsewhere else None
    return [one for one in (how.expired, how.second_factor, how.full, elsewhere) if one is not None]


def _try(look: Look, screen: Screen) -> bool:
    try:
        return all(look.shows(spec, {}) for spec in screen.seen_by)
    except ScreenNotReached:  # its locators need a key that this view was not given
        return False


def same_text(one: str, other: str) -> bool:
    """Letter for letter, line ends aside."""
    return newlines(one) == newlines(other)
