"""The signed-in applications a bot holds. Opened when first needed, kept between items while all is well."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from robot_library.engine.fleet.fence import Fence
from robot_library.engine.line.line import Pass
from robot_library.engine.ports import Assembly
from robot_library.engine.run.gate import Gate, GatedSession
from robot_library.errors import AuthoringError, SetupError
from robot_library.interfaces import Credential, ScreenSession
from robot_library.model.bot import App

log = logging.getLogger("wetread.engine")


Seat = tuple[str, str | None]
"""A role, and the name of the credential it is signed in with."""


class SessionPool:
    """Sessions of one bot that no item uses at the moment."""

    def __init__(self) -> None:
        self._idle: dict[Seat, ScreenSession] = {}

    def take(self, seat: Seat) -> ScreenSession | None:
        """An idle session for a seat, if there is one; it is the caller's alone."""
        return self._idle.pop(seat, None)

    async def give(self, seat: Seat, session: ScreenSession) -> None:
        """Keep a session for the next item; a second one for its seat is closed."""
        if seat in self._idle:
            await close_quietly(session)
        else:
            self._idle[seat] = session

    async def leave(self, seat: Seat) -> None:
        """Close the idle session of a seat."""
        if (session := self.take(seat)) is not None:
            await close_quietly(session)

    async def close(self) -> None:
        """Close all idle sessions."""
        idle, self._idle = list(self._idle.values()), {}
        for session in idle:
            await close_quietly(session)


class Sessions:
    """The sessions of one dispatch: real ones for the guard, gated ones for actions."""

    def __init__(
        self, assembly: Assembly, pool: SessionPool, admitted: Pass | None = None, fence: Fence | None = None
    ) -> None:
        self._pass = admitted or Pass()
        self.gate = Gate(self._pass.permit, fence, shadow=self._pass.stage == "shadow")
        self._assembly, self._pool = assembly, pool
        self._bound: dict[str, str | None] = {}
        self._open: dict[str, GatedSession] = {}
        self.cannot_open: SetupError | None = None
        """Why no session can be opened on this machine, if so: that is no item's fault."""

    def app(self, role: str) -> App:
        """The system that plays a role; AuthoringError if the bot names none."""
        apps: Mapping[str, App] = self._assembly.bot.apps
        if role not in apps:
            raise AuthoringError(f"bot {self._assembly.bot.bot!r} does not say which system plays {role!r}.")
        return apps[role]

    def credential(self, role: str) -> Credential | None:
        """The credential bound to a role, looked up now; None if the role has none."""
        name = self._bound.get(role, self.app(role).credential)
        if name is None:
            return None
        if self._assembly.credential is None:
            raise AuthoringError(f"this bot has no vault to look {name!r} up in.")
        return self._pass.credential(name, self._assembly.credential(name))

    def bind(self, role: str, credential: str | None) -> None:
        """Say which credential signs in for a role."""
        self.app(role)
        self._bound[role] = credential

    async def get(self, role: str, *, bind: bool = False) -> GatedSession:
        """The role's session, opened now if need be. Without `bind`, a sign-in step must have come before."""
        if role in self._open:
            return self._open[role]
        app = self.app(role)
        if role not in self._bound:
            if not bind:
                raise AuthoringError(f"{role!r} is used before any step signs in to it.")
            self._bound[role] = app.credential
        real = self._pool.take((role, self._bound[role]))
        if real is None:
            screens = self._assembly.maps.get(app.map)
            if screens is None:
                raise AuthoringError(f"there is no screen map {app.map!r}.")
            try:
                real = await self._assembly.driver.session(role, app, screens, self.credential(role))
            except SetupError as failure:
                self.cannot_open = failure
                raise
        self._open[role] = GatedSession(real, self.gate)
        return self._open[role]

    def opened(self) -> list[ScreenSession]:
        """The real sessions that this go has opened."""
        return [session.real for session in self._open.values()]

    async def fresh_views(self) -> None:
        """Close what is shown, so that the next part begins on an empty page."""
        self.gate.shut()
        for session in self._open.values():
            if (view := session.real.view) is not None:
                await view.close()
                session.real.view = None

    async def release(self, *, healthy: bool) -> None:
        """End of the dispatch: healthy sessions go back to the pool with their views closed, others are closed."""
        self.gate.shut()
        held, self._open = list(self._open.values()), {}
        for session in held:
            session.drift()
            if healthy and await _emptied(session.real):
                await self._pool.give((session.role, self._bound[session.role]), session.real)
            else:
                await close_quietly(session.real)


async def _emptied(session: ScreenSession) -> bool:
    try:
        if session.view is not None:
            await session.view.close()
            session.view = None
    except Exception as failure:
        log.warning("a view of %s did not close (%s)", session.role, type(failure).__name__)
        return False
    return True


async def close_quietly(session: ScreenSession) -> None:
    """Close a session; a failure to close it changes nothing for the item."""
    try:
        await session.close()
    except Exception as failure:
        log.warning("a session of %s did not close (%s)", session.role, type(failure).__name__)
