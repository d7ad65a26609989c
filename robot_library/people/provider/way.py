"""Going to the hospital's own sign-in, and coming back."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from robot_library.engine.database.trail import Trail, told_if_can_be
from robot_library.interfaces import Sealer
from robot_library.model.audit import Happened
from robot_library.people.book import Book, Person
from robot_library.people.provider.talks import Begun, Provider
from robot_library.people.refused import Refused

if TYPE_CHECKING:
    from robot_library.people.door import FrontDoor

_GO, _BACK, _OUT = "/sign-in/oidc", "/sign-in/oidc/back", "/sign-in/oidc/out"
_WITHIN = 600
"""Seconds that a sign-in over there may take."""


class Elsewhere:
    """The addresses of this way in. `system`: where it leads to, for the audit trail."""

    def __init__(self, provider: Provider, book: Book, sealer: Sealer, trail: Trail, *, system: str = "") -> None:
        self._provider, self._book, self._sealer, self._trail = provider, book, sealer, trail
        self._system = f"oidc {system}".strip()
        self.label = provider.rules.label

    def routes(self, door: FrontDoor) -> list[BaseRoute]:
        """GET only: what comes back comes from another site."""

        async def go(request: Request) -> Response:
            return await self._go(door, request)

        async def back(request: Request) -> Response:
            return await self._back(door, request)

        async def out(request: Request) -> Response:
            return await self._out(door, request)

        ways = {_GO: go, _BACK: back, _OUT: out}
        return [Route(path, door.slowed(way), methods=["GET"]) for path, way in ways.items()]

    async def _go(self, door: FrontDoor, request: Request) -> Response:
        try:
            address, begun = await self._provider.begin(_own(request, _BACK))
        except Refused as no:
            return self._refuse(door, request, no)
        answer = RedirectResponse(address, 302)
        kept = self._sealer.seal({**vars(begun), "until": time.time() + _WITHIN}, "oidc")
        # Lax: what comes back is a link of another site's, which a strict cookie would not go with.
        answer.set_cookie(
            door.name_of("oidc"), kept, max_age=_WITHIN, path=_GO, secure=door.secure, httponly=True, samesite="lax"
        )
        return answer

    async def _back(self, door: FrontDoor, request: Request) -> Response:
        try:
            known = await self._provider.finish(request.query_params, self._begun(door, request), _own(request, _BACK))
            person = await asyncio.to_thread(self._book.from_elsewhere, known.subject, known.name, known.roles)
        except Refused as no:
            return self._refuse(door, request, no)
        self._tell(person.name, "")
        return self._in(door, request, person)

    async def _out(self, door: FrontDoor, request: Request) -> Response:
        """Their own session here has ended; the provider's ends on its own page."""
        try:
            address = await self._provider.out(_own(request, "/"))
        except Refused as no:
            return self._refuse(door, request, no)
        return RedirectResponse(address or "/", 302)

    def _begun(self, door: FrontDoor, request: Request) -> Begun:
        from robot_library.errors import SetupError

        try:
            kept = self._sealer.open(request.cookies.get(door.name_of("oidc"), ""), "oidc")
        except SetupError:
            raise Refused("late") from None
        if time.time() > kept.pop("until"):
            raise Refused("late")
        return Begun(**kept)

    def _in(self, door: FrontDoor, request: Request, person: Person) -> Response:
        """A page that leads on by itself: a redirection would still come from the other site, and the session's cookie
        would not go with it."""
        pages = door.pages_of(request)
        html = pages.render("arrived.html", title=pages.words("elsewhere.arrived", name=person.name))
        answer = HTMLResponse(html)
        door.keep_session(answer, door.doors.admit(" ".join(person.roles), person.name, account=True))
        answer.delete_cookie(door.name_of("oidc"), path=_GO)
        return answer

    def _refuse(self, door: FrontDoor, request: Request, no: Refused) -> Response:
        self._tell(no.who, no.reason)
        pages = door.pages_of(request)
        answer = HTMLResponse(door.form(pages, said=pages.words(f"elsewhere.{no.reason}")), 401)
        answer.delete_cookie(door.name_of("oidc"), path=_GO)
        return answer

    def _tell(self, name: str, reason: str) -> None:
        happened = Happened(
            "sign_in", "person", person=name, outcome="failed" if reason else "ok", system=self._system, code=reason
        )
        told_if_can_be(self._trail, happened)


def _own(request: Request, path: str) -> str:
    """An address of ours as this browser reaches it; the walls have looked at the host."""
    return f"{request.url.scheme}://{request.headers['host']}{path}"
