"""The pages of people: one's own sign-in, and everybody's for whoever manages them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from robot_library.attended.house import House
from robot_library.attended.people.listed import Listed
from robot_library.attended.people.me import Me
from robot_library.attended.rooms import Room, Tab
from robot_library.people.rights import HERE
from robot_library.web.shell import Ask, Shell


def _routes(shell: Shell, house: House) -> Sequence[BaseRoute]:
    me, people = Me(house), Listed(house)
    return [
        shell.page("/me", me.page, role="in"),
        shell.act("/me/password", me.password, role="in"),
        shell.act("/me/second-factor", me.second, role="in"),
        shell.page("/people", people.page, role="people"),
        shell.act("/people", people.add, role="people"),
        shell.page("/people/{name}", people.one, role="people"),
        *(
            shell.act(f"/people/{{name}}/{what}", getattr(people, what), role="people")
            for what in ("roles", "reset", "disable", "again", "end")
        ),
    ]


async def _tabs(house: House, ask: Ask) -> Sequence[Tab]:
    own = [] if HERE in ask.session.role.split() else [Tab("/me", "me", "gm", "in")]
    return [Tab("/people", "people", "gp", "people"), *own]


PEOPLE = Room(Path(__file__).parent, _routes, _tabs)
