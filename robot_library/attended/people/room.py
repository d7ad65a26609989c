"""The page of one's own sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from robot_library.attended.house import House
from robot_library.attended.people.me import Me
from robot_library.attended.rights import HERE
from robot_library.attended.rooms import Room, Tab
from robot_library.web.shell import Ask, Shell


def _routes(shell: Shell, house: House) -> Sequence[BaseRoute]:
    me = Me(house)
    return [
        shell.page("/me", me.page, role="in"),
        shell.act("/me/password", me.password, role="in"),
        shell.act("/me/second-factor", me.second, role="in"),
    ]


async def _tabs(house: House, ask: Ask) -> Sequence[Tab]:
    return [] if HERE in ask.session.role.split() else [Tab("/me", "me", "gm", "in")]


PEOPLE = Room(Path(__file__).parent, _routes, _tabs)
