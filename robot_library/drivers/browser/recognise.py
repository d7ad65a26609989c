"""What a sign-in may show besides its own screens: expired, licences full, in use elsewhere, a code that nobody has."""

from __future__ import annotations

import re

from playwright.async_api import Locator as Found

from robot_library.drivers.browser.locate import locate
from robot_library.drivers.browser.own_site import own_thing
from robot_library.drivers.browser.tidy import glance, tidy
from robot_library.drivers.browser.window import Window
from robot_library.errors import (
    LicencesFull,
    PasswordExpired,
    ScreenNotReached,
    SecondFactorAsked,
    SignedInElsewhere,
    SignInFailed,
)
from robot_library.interfaces import SignInEnd
from robot_library.model.screen import Locator, SignIn

Seen = tuple[SignInEnd, SignInFailed]
_PRESS_MS = 2000


def known(spec: SignIn) -> list[Locator]:
    """Everything that is recognised besides screens, sign-ins that are refused apart."""
    elsewhere = spec.elsewhere.seen_by if spec.elsewhere else None
    return [one for one in (spec.expired, spec.second_factor, spec.full, elsewhere) if one is not None]


class Recognised:
    """Looks at one sign-in. Presses nothing but what the map calls harmless, and that once."""

    def __init__(self, window: Window, spec: SignIn, system: str) -> None:
        self._window, self._spec, self._system = window, spec, system
        self._taken_over = False
        self.days: int | None = None
        """How many days are left to the password, if the system has said so."""

    def _at(self, spec: Locator) -> Found:
        return locate(self._window.page, self._window.page, spec, {})

    async def _shows(self, spec: Locator | None) -> bool:
        there = spec is not None and await glance(self._at(spec).count(), 0, "a look") > 0
        return there and await self._window.at_home()

    async def look(self) -> Seen | None:
        """What ends this sign-in, if it is shown; what may be pressed to go on is pressed."""
        spec = self._spec
        if await self._shows(spec.expired):
            message = f"The password for {self._system} has expired."
            return "expired", PasswordExpired(message, cure="Give a new one, store it in the vault, and let it go on.")
        if await self._shows(spec.full):
            message = f"Every licence of {self._system} is taken."
            return "full", LicencesFull(message, cure="It is tried again later.")
        if await self._shows(spec.second_factor):
            return self.no_code()
        await self._warned()
        return await self._elsewhere()

    def no_code(self) -> Seen:
        """A one-time code is asked for and there is none."""
        return "second_factor", SecondFactorAsked(
            f"{self._system} asks for a one-time code, and the vault has no seed for it.",
            cure="Store it beside the credential (WETREAD_CREDENTIAL_…_TOTP), and let it go on.",
        )

    async def _elsewhere(self) -> Seen | None:
        how = self._spec.elsewhere
        if how is None or not await self._shows(how.seen_by):
            return None
        if how.take_over is not None and not self._taken_over:
            self._taken_over = await self._press(how.take_over)
            if self._taken_over:
                return None
        message = f"The account is signed in to {self._system} at another place."
        return "elsewhere", SignedInElsewhere(message, cure="It is tried again later.")

    async def _warned(self) -> None:
        how = self._spec.expires
        if how is None or not await self._shows(how.seen_by):
            return
        text = await glance(self._at(how.seen_by).first.inner_text(timeout=_PRESS_MS), "", "a look")
        if found := re.search(how.pattern, text):
            self.days = int(found[1] if found.groups() else found[0])
        if how.click is not None:
            await self._press(how.click)

    async def _press(self, spec: Locator) -> bool:
        try:
            button = await own_thing(self._at(spec), self._window, _PRESS_MS, "signing in")
            await tidy(button.click(timeout=_PRESS_MS, no_wait_after=True), "signing in")
        except ScreenNotReached:  # it has gone, or another site's page has come
            return False
        return True
