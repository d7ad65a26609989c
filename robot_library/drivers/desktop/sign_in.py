"""Signing in to a desktop program: by what is seen, in any order, once. Only into the program the bot has started."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from robot_library.drivers.desktop.field import put_secret, put_text
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.press import press
from robot_library.drivers.desktop.stage import Stage
from robot_library.drivers.desktop.station import Station
from robot_library.drivers.patience import Patience
from robot_library.errors import (
    LicencesFull,
    PasswordExpired,
    SecondFactorAsked,
    SetupError,
    SignedInElsewhere,
    SignInFailed,
    SignInRefused,
    WetreadError,
)
from robot_library.interfaces import Credential, SignInEnd
from robot_library.model.screen import SignIn, SignInStep

if TYPE_CHECKING:
    from robot_library.drivers.desktop.session import DesktopSession

_LEAST_S = 20.0
"""A program starts and signs in over several windows: it has at least this long."""
_ENDS: dict[str, tuple[SignInEnd, type[SignInFailed], str]] = {
    "expired": ("expired", PasswordExpired, "The password for {} has expired."),
    "full": ("full", LicencesFull, "Every licence of {} is taken."),
    "second_factor": (
        "second_factor",
        SecondFactorAsked,
        "{} asks for a one-time code, and there is none.",
    ),
    "refused": ("refused", SignInRefused, "{} refused the credential; it was tried once."),
}


class SigningIn:
    """One attempt at one station. Raises SignInFailed when it is refused or leads nowhere; it is never tried again."""

    def __init__(self, session: DesktopSession, station: Station, spec: SignIn) -> None:
        self._session, self._station, self._spec = session, station, spec
        self._made: list[str] = []
        self._left: set[str] = set()
        """Sign-in screens that have gone after their step: seen again, they mean refusal."""
        self._attempting = False

    async def run(self) -> None:
        """Make each step when its screen is seen, until done."""
        patience = Patience(max(_LEAST_S, self._session.map.patience.total_seconds()))
        door = self._session.credential.door if self._session.credential else None
        try:
            while not await self._advance():
                if patience.over:
                    await self._station.nothing_came()
                    raise await self._stuck()
                await patience.pause()
        except WetreadError:
            if self._attempting and door is not None:
                self._attempting = False
                await door.after("led_nowhere")
            raise
        if door is not None and self._attempting:
            await door.after("in")

    async def _advance(self) -> bool:
        """Look once, make the step that is asked for; whether we are in."""
        ended, here, done = await self._station.look(self._see)
        if ended == "elsewhere":
            raise await self._ended("elsewhere", SignedInElsewhere(
                f"The account is signed in to {self._session.map.system} at another place.", cure="It is tried again."
            ))  # fmt: skip
        if ended and (ended != "refused" or self._made):
            end, kind, message = _ENDS[ended]
            raise await self._ended(end, kind(message.format(self._session.map.system), cure="A person mends it."))
        for step in self._spec.steps:
            if step.on in self._made and step.on not in here:
                self._left.add(step.on)
        for step in reversed(self._spec.steps):
            if step.on not in here:
                continue
            if step.on in self._left:
                raise await self._stuck()
            if step.on not in self._made:
                await self._make(step)
                return False
        return done and not here

    def _see(self, look: Look) -> tuple[str | None, set[str], bool]:
        spec = self._spec
        known = {
            "expired": spec.expired, "full": spec.full, "second_factor": spec.second_factor, "refused": spec.refused,
            "elsewhere": spec.elsewhere.seen_by if spec.elsewhere else None,
        }  # fmt: skip
        ended = next((name for name, one in known.items() if look.shows(one, {})), None)
        screens = ((step.on, self._session.screen(step.on)) for step in spec.steps)
        here = {name for name, screen in screens if all(look.shows(one, {}) for one in screen.seen_by)}
        return ended, here, bool(self._made) if spec.done is None else look.shows(spec.done, {})

    async def _make(self, step: SignInStep) -> None:
        credential = self._session.credential
        if credential is None:
            raise SetupError(f"{self._session.map.system} asks to sign in, but its app names no credential.")
        if credential.door is not None and "password" in step.fill.values():
            await credential.door.before()
            self._attempting = True
        stage = Stage(self._session, self._station, step.on, {}, signing_in=True)
        for name, part in step.fill.items():
            (thing,) = await stage.when([stage.finder(name)], lambda things: not things[0].disabled)
            text = await self._part(part, credential)
            if part == "user":
                await self._station.do(lambda desk, thing=thing, text=text: put_text(desk, thing, text))  # type: ignore[misc]
            else:
                await self._station.do(lambda desk, thing=thing, text=text: put_secret(desk, thing, text))  # type: ignore[misc]
        (button,) = await stage.when([stage.finder(step.click)], lambda things: not things[0].disabled)
        self._made.append(step.on)
        await self._station.do(lambda desk: press(desk, button))

    async def _part(self, part: str, credential: Credential) -> str:
        if part != "code":
            return credential.user if part == "user" else credential.password
        made, door = credential.one_time, credential.door
        if made is None:
            raise await self._ended("second_factor", SecondFactorAsked(f"{self._session.map.system} asks for a code."))
        return made.code(await door.code_step(made.period) if door is not None else int(time.time()) // made.period)

    async def _stuck(self) -> SignInFailed:
        if self._left and self._spec.refused is None:
            return await self._ended("refused", SignInRefused(f"{self._session.map.system} refused the credential."))
        what = "led nowhere" if self._made else "did not show its form"
        failure = SignInFailed(
            f"Signing in to {self._session.map.system} {what}.", cure="Compare 'sign_in' of the map with the window."
        )
        return await self._ended("led_nowhere", failure) if self._made else failure

    async def _ended(self, end: SignInEnd, failure: SignInFailed) -> SignInFailed:
        """Tell whoever guards the credential; the error to raise."""
        self._attempting = False
        door = self._session.credential.door if self._session.credential else None
        if door is not None:
            await door.after(end)
        else:
            self._session.ended(end)
        return failure
