"""The page of whoever manages the people of this site: who there is, and what may be done about each."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.responses import RedirectResponse, Response

from robot_library.attended.house import House
from robot_library.errors import SetupError
from robot_library.people.book import INVITED_FOR, Person
from robot_library.people.entrances import dashboard_doors
from robot_library.people.manage import Manage
from robot_library.people.rights import ROLES
from robot_library.web.doors import Doors
from robot_library.web.shell import Ask


class Listed:
    """Everything at /people."""

    def __init__(self, house: House) -> None:
        self._house, self._dashboard = house, dashboard_doors(house.home, house.key)

    async def page(self, ask: Ask) -> Response:
        """Everybody."""
        return await self._page(ask)

    async def one(self, ask: Ask) -> Response:
        """One person."""
        return await self._one(ask, self._house.book.get(ask.request.path_params["name"]))

    async def add(self, ask: Ask) -> Response:
        """Somebody new; the page shows the link that they choose a password with, once."""
        person, token = await self._do(partial(self._manage(ask).add, ask.text("name", 64), _roles(ask), ask.who))
        return await self._one(ask, person, invitation=_link(ask, token))

    async def roles(self, ask: Ask) -> Response:
        """Other roles."""
        return await self._done(ask, partial(self._manage(ask).give, _name(ask), _roles(ask), ask.who), "roles_said")

    async def reset(self, ask: Ask) -> Response:
        """A new invitation; password and second factor are forgotten."""
        if self._house.book.is_last_admin(_name(ask)):
            raise SetupError(ask.words("people.last_reset"))
        person, token = await self._do(partial(self._manage(ask).reset, _name(ask), ask.who))
        return await self._one(ask, person, invitation=_link(ask, token))

    async def disable(self, ask: Ask) -> Response:
        """No more."""
        return await self._done(ask, partial(self._manage(ask).disable, _name(ask), ask.who), "disabled_said")

    async def again(self, ask: Ask) -> Response:
        """As before."""
        return await self._done(ask, partial(self._manage(ask).let_in_again, _name(ask), ask.who), "again_said")

    async def end(self, ask: Ask) -> Response:
        """End their sessions."""
        return await self._done(ask, partial(self._manage(ask).send_away, _name(ask), ask.who), "end_said")

    # ---- inside ----

    def _manage(self, ask: Ask) -> Manage:
        return Manage(self._house.book, self._doors(ask), self._house.desk.store.trail.record)

    def _doors(self, ask: Ask) -> list[Doors]:
        """This application's, and the dashboard's."""
        return [ask.shell.doors, self._dashboard]

    def _inside(self, ask: Ask) -> dict[str, int]:
        """Who is in now, and in how many sessions, there and here."""
        return dict(sum((Counter(doors.inside()) for doors in self._doors(ask)), Counter[str]()))

    async def _do(self, act: Callable[[], Any]) -> Any:
        return await asyncio.to_thread(act)

    async def _done(self, ask: Ask, act: Callable[[], Any], said: str) -> Response:
        await self._do(act)
        if ask.shell.session_of(ask.request, touch=False) is None:
            return RedirectResponse("/", 303)  # it was their own session, too
        return ask.back(f"/people/{_name(ask)}", ask.words(f"people.{said}"))

    async def _page(self, ask: Ask) -> Response:
        return await ask.page("people.html", people=self._house.book.all(), inside=self._inside(ask), roles=ROLES)

    async def _one(self, ask: Ask, person: Person, *, invitation: str = "") -> Response:
        return await ask.page(
            "person.html", person=person, inside=self._inside(ask).get(person.name, 0), roles=ROLES,
            invitation=invitation, hours=int(INVITED_FOR // 3600), last=self._house.book.is_last_admin(person.name),
        )  # fmt: skip


def _name(ask: Ask) -> str:
    return str(ask.request.path_params["name"])


def _roles(ask: Ask) -> list[str]:
    return [role for role in ROLES if ask.text(f"role.{role}")]


def _link(ask: Ask, token: str) -> str:
    return f"{ask.request.url.scheme}://{ask.request.headers['host']}/welcome/{token}"
