"""The front door of the clerk's app and of the dashboard: what whoever is not in sees, and the ways in.

link                          works once; that of one's own machine leads straight in
name and password             and a code, for whoever has an authenticator
invitation                    where somebody who was added chooses a password
the hospital's own sign-in    see `provider`
"""

from __future__ import annotations

import asyncio
import hmac
import math
import time
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from robot_library.engine.database.trail import Trail, told_if_can_be
from robot_library.model.audit import Happened
from robot_library.people.book import Book, Person, Rests
from robot_library.people.passwords import LEAST, wanting
from robot_library.people.provider.way import Elsewhere
from robot_library.people.rights import HERE
from robot_library.web.doors import Session
from robot_library.web.pages import Pages
from robot_library.web.shell import Shell

FOLDER = Path(__file__).parent
"""Templates and words of the door."""
_LARGEST = 20_000
_CODE_WITHIN = 180.0
"""Seconds between the password and the code."""


class FrontDoor(Shell):
    """The shell of an application with the people of the site at its door. What happens there is told to `trail`, as of
    `system`."""

    def __init__(
        self, *args: Any, book: Book, trail: Trail, elsewhere: Elsewhere | None = None, system: str = "",
        **settings: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **{"entered": lambda who, role: self._tell(who, "ok"), **settings})
        self._book, self._trail, self._elsewhere, self._system = book, trail, elsewhere, system

    def ways_in(self) -> list[BaseRoute]:
        """Addresses that take no session."""
        return [
            Route("/sign-in", self.slowed(self._sign_in), methods=["POST"]),
            Route("/sign-in/code", self.slowed(self._code), methods=["POST"]),
            Route("/welcome/{token}", self.slowed(self._welcome), methods=["GET", "POST"]),
            *(self._elsewhere.routes(self) if self._elsewhere else ()),
        ]

    def holds(self, session: Session) -> bool:
        """A session of an account ends with it: disabled, of other roles, without its password. Asked of the book each
        time, so that it does not matter where that was done."""
        return not session.account or self._book.holds(session.who, session.role)

    def opens_at_once(self, role: str, request: Request) -> bool:
        """The address that one's own machine prints or opens leads straight in, as Jupyter's does: no mail scanner has
        seen it. A browser that only looks ahead uses nothing up."""
        looks_ahead = "prefetch" in request.headers.get("sec-purpose", "") + request.headers.get("purpose", "")
        return HERE in role.split() and request.method == "GET" and not looks_ahead

    def closed_page(self, request: Request, pages: Pages, text: str) -> str:
        """The sign-in form, and how to come in without an account."""
        used = pages.words("sign_in.used") if text == "closed.used" else ""
        return self.form(pages, said=used)

    def form(self, pages: Pages, *, said: str = "", name: str = "") -> str:
        """The sign-in page; `said` stands on top."""
        label = (self._elsewhere.label or pages.words("elsewhere.label")) if self._elsewhere else ""
        return pages.render("sign_in.html", title=pages.words("sign_in.title"), said=said, name=name, elsewhere=label)

    # ---- name and password ----

    async def _sign_in(self, request: Request) -> Response:
        pages, form = self.pages_of(request), await _form_of(request)
        name, password = _field(form, "name"), str(form.get("password", ""))[:1000]
        try:
            person = await asyncio.to_thread(self._book.proves, name, password)
        except Rests as rest:
            return self._refuse(pages, name, self._rests(pages, rest))
        if person is None:
            return self._refuse(pages, name, pages.words("sign_in.refused"))
        if person.second_factor:
            return self._ask_code(pages, person.name)
        return await self._in(person)

    async def _code(self, request: Request) -> Response:
        pages, form = self.pages_of(request), await _form_of(request)
        name = self._proven(_field(form, "proven"))
        if name is None:
            return self._refuse(pages, "", pages.words("sign_in.again"))
        try:
            fits = await asyncio.to_thread(self._book.proves_code, name, _field(form, "code"))
        except Rests as rest:
            return self._refuse(pages, name, self._rests(pages, rest))
        person = self._book.find(name)
        if not fits or person is None:
            self._tell(name, "failed")
            return self._ask_code(pages, name, said=pages.words("sign_in.wrong_code"))
        return await self._in(person)

    def _ask_code(self, pages: Pages, name: str, *, said: str = "") -> Response:
        until = f"{name}|{time.time() + _CODE_WITHIN:.0f}"
        proven = f"{until}|{self.doors.signed('password', until)}"
        html = pages.render("code.html", title=pages.words("sign_in.code_title"), proven=proven, said=said)
        return HTMLResponse(html, 401)

    def _proven(self, text: str) -> str | None:
        """Whose password was proven a short while ago."""
        until, _, signature = text.rpartition("|")
        if not hmac.compare_digest(signature.encode(), self.doors.signed("password", until).encode()):
            return None
        name, _, end = until.rpartition("|")
        return name if time.time() < float(end) else None

    async def _in(self, person: Person) -> Response:
        await asyncio.to_thread(self._book.came_in, person.name)
        self._tell(person.name, "ok")
        return self.let_in(self.doors.admit(" ".join(person.roles), person.name, account=True))

    def _refuse(self, pages: Pages, name: str, said: str) -> Response:
        # Not what was typed as a name: people type their passwords there. Only a name that is known is told.
        known = self._book.find(name)
        self._tell(known.name if known else "", "failed")
        return HTMLResponse(self.form(pages, said=said, name=name), 401)

    def _rests(self, pages: Pages, rest: Rests) -> str:
        return pages.words("sign_in.rests", minutes=math.ceil(rest.seconds / 60))

    def _tell(self, name: str, outcome: str) -> None:
        told = Happened(
            "sign_in", "person", person=name, outcome="ok" if outcome == "ok" else "failed", system=self._system
        )
        told_if_can_be(self._trail, told)

    # ---- invitations ----

    async def _welcome(self, request: Request) -> Response:
        token, pages = request.path_params["token"], self.pages_of(request)
        person = self._book.invited(token)
        if person is None:
            return HTMLResponse(self.form(pages, said=pages.words("welcome.used")), 401)
        if request.method != "POST":
            return self._choose(pages, person)
        form = await _form_of(request)
        password = str(form.get("password", ""))[:1000]
        if said := self._wanting(pages, person, password, str(form.get("again", ""))[:1000]):
            return self._choose(pages, person, said)
        chosen = await asyncio.to_thread(self._book.choose, token, password)
        return await self._in(chosen) if chosen else self._choose(pages, person, pages.words("welcome.used"))

    def _wanting(self, pages: Pages, person: Person, password: str, again: str) -> str:
        wrong = wanting(password, person.name) or ("" if password == again else "differ")
        return pages.words(f"password.{wrong}", least=LEAST) if wrong else ""

    def _choose(self, pages: Pages, person: Person, said: str = "") -> Response:
        roles = ", ".join(pages.words(f"role.{role}") for role in person.roles)
        title = pages.words("welcome.title", name=person.name)
        html = pages.render("welcome.html", title=title, roles=roles, name=person.name, least=LEAST, said=said)
        return HTMLResponse(html, 401 if said else 200)


async def _form_of(request: Request) -> FormData:
    """A small form of somebody who is not in; an empty one if it is none."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > _LARGEST:
        return FormData()
    return await request.form(max_files=0, max_fields=10)


def _field(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip()[:300]
