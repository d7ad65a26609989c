"""Follows one target through the looks of one operation: which locator finds it, and what it shows.

Only targets that are read for content, navigated or searched by may fall back to a later locator, and only after the
first has had its time; the fall is reported as drift. A locator that matches two things is an error, never the first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Locator as Found

from robot_library.drivers.browser.locate import insides, locate, scope
from robot_library.drivers.browser.nearest import nearest
from robot_library.drivers.browser.scripts import script
from robot_library.drivers.browser.tidy import glance
from robot_library.drivers.browser.window import Window
from robot_library.drivers.patience import Patience
from robot_library.drivers.shown import Drift, Where, value_of
from robot_library.errors import ApplicationException, TargetAmbiguous, TargetNotFound
from robot_library.model.screen import Locator, Target

DRIFT_AFTER = 1.5
"""Seconds a screen must have stood without the first locator's thing before a later locator may speak."""
AMBIGUOUS_AFTER = 0.4
"""Seconds two matches must last before they are an error: pages hold old and new side by side for a moment."""


STILL_MS, WATCH_MS = 12, 250
"""How far apart two looks are that must agree, and how long one call may watch inside the page."""


@dataclass(frozen=True)
class Sight:
    """One thing, found once: its locator, the text it shows, whether it takes input now and how ("text", "select",
    "completes"), and whether it was watched holding still with a value (or empty, where it may be)."""

    found: Found
    raw: str
    disabled: bool
    read_only: bool
    kind: str
    still: bool


class Finder:
    """One target of one screen in one window, for one operation."""

    def __init__(
        self, window: Window, screen: str, name: str, target: Target, where: Where, drifted: Callable[[Drift], None],
        found: Callable[[str, str, int], None] = lambda screen, name, number: None, *, heals: bool = False,
    ) -> None:  # fmt: skip
        self.name, self.target, self.screen = name, target, screen
        self._ways = target.find if heals else target.find[:1]
        self._window, self._where, self._drifted, self._found = window, where, drifted, found
        self._absent_since: float | None = None
        self._twice_since: float | None = None
        self.matches = 0
        self.absent: Found | None = None
        """What to watch for: the first locator, while it finds nothing."""
        self._scope = scope(window.page, target.frame, where)

    @property
    def place(self) -> str:
        """Where in the map, for messages."""
        spot = self.target.place
        return f"{spot.file}:{spot.line}" if spot is not None else f"{self.screen}.{self.name}"

    async def look(self, *, still: bool = False, leave: bool = False) -> Sight | None:
        """The thing if exactly one is there now, else None. `still`: watch it for a moment inside the page, which
        saves looking again from here; `leave`: take the focus from it first. To be asked of the app's own pages alone:
        a page may hear what is looked for, and that may be a patient's number."""
        how = {
            "attribute": self.target.attribute, "still": STILL_MS if still else 0, "wait": WATCH_MS,
            "empty": self.target.may_be_empty, "leave": leave,
        }  # fmt: skip
        sight = await self._look_by(self._ways[0], how)
        if sight is not None or self.matches:
            if sight is not None:
                self._found(self.screen, self.name, 0)
            self._absent_since, self.absent = None, None
            return sight
        if self.target.frame is None:  # what is in a frame cannot be watched for together with what is not
            self.absent = locate(self._window.page, self._scope, self._ways[0], self._where)
        now = asyncio.get_running_loop().time()
        self._absent_since = self._absent_since or now
        if len(self._ways) == 1 or now - self._absent_since < DRIFT_AFTER:
            return None
        for number, way in enumerate(self._ways[1:], start=1):
            if (sight := await self._look_by(way, how)) is not None:
                self._drifted(Drift(self.screen, self.name, number))
                self._found(self.screen, self.name, number)
                return sight
            if self.matches:
                return None
        return None

    async def _look_by(self, way: Locator, how: dict[str, Any]) -> Sight | None:
        page = self._window.page
        found = locate(page, self._scope, way, self._where)
        holders = insides(page, self._scope, way, self._where)
        shown, *held = await asyncio.gather(
            glance(found.evaluate_all(script("read"), how), [], self.place),
            *(glance(h.count(), 0, self.place) for h in holders),
        )
        self.matches = max([len(shown), *(n for n in held if n > 1)])
        if self.matches != 1:
            return None
        self._twice_since = None
        return Sight(found, *shown[0])

    def complain_if_ambiguous(self) -> None:
        """To be called while the screen is there: two matches that last are an error."""
        if self.matches < 2:
            self._twice_since = None
            return
        now = asyncio.get_running_loop().time()
        self._twice_since = self._twice_since or now
        if now - self._twice_since >= AMBIGUOUS_AFTER:
            raise TargetAmbiguous(
                f"The locator of '{self.screen}.{self.name}' matches {self.matches} things.",
                cure="Narrow it in the map ('inside', 'has_text'); none of them was touched.",
                place=self.place,
            )

    def value(self, sight: Sight) -> str | None:
        """What the target shows, tidied by its kind, in the map's words; None while its pattern does not match."""
        return value_of(self.target, sight.raw)

    async def nearest(self) -> str:
        """What on the page is nearest to it, in a sentence; "" if nothing is, or it stands in a frame."""
        return "" if self.target.frame else await nearest(self._window.page, self._ways)

    def missing(self, patience: Patience, why: str = "was not found", near: str = "") -> ApplicationException:
        """The error for a target that is not there on a screen that is."""
        return TargetNotFound(
            f"'{self.screen}.{self.name}' {why} within {patience.spent:.0f} s, though its screen is there.",
            cure=f"Compare the map's locator with the page. {near}".strip(),
            place=self.place,
        )
