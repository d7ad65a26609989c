"""Signing in: by what is seen, in any order, once. A credential is typed only into the site it belongs to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playwright.async_api import ElementHandle

from robot_library.drivers.browser.eye import Eye
from robot_library.drivers.browser.find import Sight
from robot_library.drivers.browser.locate import address
from robot_library.drivers.browser.own_form import check_own, own_field, type_own
from robot_library.drivers.browser.own_site import elsewhere, origin_of
from robot_library.drivers.browser.recognise import Recognised
from robot_library.drivers.browser.stage import Stage
from robot_library.drivers.browser.window import Window
from robot_library.drivers.patience import Patience
from robot_library.errors import SetupError, SignInFailed, SignInRefused, WetreadError
from robot_library.interfaces import Credential, Door, SignInEnd
from robot_library.model.screen import SignIn, SignInStep

if TYPE_CHECKING:
    from robot_library.drivers.browser.session import BrowserSession

_AT_URL = "The credential is typed at the app's 'url' alone: is that the address at which the system signs in?"
_LEAST_S = 8.0
"""A sign-in is several screens: it has at least this long."""


class SigningIn:
    """One attempt in one window. Raises SignInFailed when it is refused or leads nowhere; it is never tried again.
    Where the credential has a door, that is asked before anything is typed, and told what came of it."""

    def __init__(self, session: BrowserSession, window: Window, spec: SignIn) -> None:
        self._session, self._window, self._spec = session, window, spec
        self._eye = Eye(window, session.map, {}, signing_in=True)
        self._made: list[SignInStep] = []
        self._recognised = Recognised(window, spec, session.map.system)
        self._attempting = False
        """The password is being typed, or has been, and nobody has been told what came of it."""
        self._left: set[str] = set()
        """Sign-in screens that have gone after their step: seen again, they mean refusal."""

    async def run(self) -> None:
        """Go to the sign-in unless it is shown, make each step when its screen is seen, until done."""
        patience = Patience(max(_LEAST_S, self._session.map.patience.total_seconds()))
        if await self._window.origin() != origin_of(self._session.base) or not await self._eye.signed_out():
            await self._window.goto(address(self._session.base, self._spec.start, {}), patience, "signing in")
        try:
            await self._until_done(patience)
        except WetreadError:
            if self._attempting and (door := self._door()) is not None:
                self._attempting = False
                await door.after("led_nowhere")
            raise

    async def _until_done(self, patience: Patience) -> None:
        while True:
            self._window.check("signing in")
            await self._eye.in_service()
            if await self._window.at_home() and await self._further():
                return await self._signed_in()
            if patience.over:
                raise await self._stuck()
            await patience.pause()

    async def _further(self) -> bool:
        """What a page of the app's own asks for is done, once; True when signed in. Another site's may be on the way:
        it is waited for, and nothing that it shows is believed."""
        if seen := await self._recognised.look():
            raise await self._ended(*seen)
        await self._eye.clear()
        if self._made and await self._eye.shows(self._spec.refused) and await self._window.at_home():
            raise await self._refused()
        return await self._advance() and await self._window.at_home()

    async def _signed_in(self) -> None:
        door = self._door()
        if self._recognised.days is None:
            await self._recognised.look()
        if door is None:
            return
        if self._attempting:
            self._attempting = False
            await door.after("in")
        if self._recognised.days is not None:
            await door.expires(self._recognised.days)

    def _door(self) -> Door | None:
        credential = self._session.credential
        return None if credential is None else credential.door

    async def _advance(self) -> bool:
        """Make the step whose screen is on top; True when signed in."""
        waiting = False
        for step in reversed(self._spec.steps):
            here = await self._eye.here(self._session.screen(step.on)) and await self._window.at_home()
            if here and step.on in self._left:
                raise await (self._refused() if self._spec.refused is None else self._stuck())
            if step in self._made:
                waiting = waiting or here
                if not here:
                    self._left.add(step.on)
            elif here:
                await self._make(step)
                return False
        if self._spec.done is not None:
            return await self._eye.shows(self._spec.done) and not waiting
        return bool(self._made) and not waiting

    async def _make(self, step: SignInStep) -> None:
        credential = self._session.credential
        if credential is None:
            raise SetupError(
                f"{self._session.map.system} asks to sign in, but its app names no credential.",
                cure="Name one in the bot's 'apps'.",
            )
        if "code" in step.fill.values() and credential.one_time is None:
            raise await self._ended(*self._recognised.no_code())
        if credential.door is not None and "password" in step.fill.values():
            await credential.door.before()
            self._attempting = True
        stage = Stage(self._session, self._window, step.on, {}, signing_in=True)
        typed = [await self._type(stage, name, part, credential) for name, part in step.fill.items()]
        self._made.append(step)
        for field in typed:
            await check_own(field, origin_of(self._session.base))
        if not await self._window.at_home():
            raise elsewhere(f"Signing in to {self._session.map.system} led to {await self._window.origin()}")
        await stage.press(stage.finder(step.click))

    async def _type(self, stage: Stage, name: str, part: str, credential: Credential) -> ElementHandle:
        (sight,) = await stage.when([stage.finder(name)], _takes_input)
        ours = origin_of(self._session.base)
        field = await own_field(sight, ours, stage.patience().milliseconds())
        await type_own(field, ours, await self._part(part, credential))
        return field

    async def _part(self, part: str, credential: Credential) -> str:
        if part != "code" or credential.one_time is None:
            return credential.user if part == "user" else credential.password
        made, door = credential.one_time, credential.door
        step = await door.code_step(made.period) if door is not None else int(time.time()) // made.period
        return made.code(step)

    async def _refused(self) -> SignInFailed:
        return await self._ended(
            "refused",
            SignInRefused(
                f"{self._session.map.system} refused the credential; it was tried once.", cure="Check it in the vault."
            ),
        )

    async def _stuck(self) -> SignInFailed:
        theirs = await self._window.astray()
        what = f"led to {theirs}" if theirs else "led nowhere" if self._made else "did not show its form"
        failure = SignInFailed(
            f"Signing in to {self._session.map.system} {what}.",
            cure=_AT_URL if theirs else "Compare 'sign_in' of the map with the page.",
        )
        return await self._ended("led_nowhere", failure) if self._made else failure

    async def _ended(self, end: SignInEnd, failure: SignInFailed) -> SignInFailed:
        """Tell whoever guards the credential; the error to raise, unless it is none of the item's."""
        door, self._attempting = self._door(), False
        if door is not None:
            await door.after(end)
        elif end in ("refused", "expired", "second_factor"):
            self._session.refuse()
        elif end == "led_nowhere":
            self._session.doubt()
        return failure


async def _takes_input(sights: list[Sight]) -> bool:
    return not (sights[0].disabled or sights[0].read_only)
