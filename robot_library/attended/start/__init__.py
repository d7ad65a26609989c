"""The first page: the bots this person may start."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.responses import Response
from starlette.routing import BaseRoute

from robot_library.attended.house import House
from robot_library.attended.rooms import Room, Tab
from robot_library.web.shell import Ask, Shell


def _routes(shell: Shell, house: House) -> Sequence[BaseRoute]:
    async def first(ask: Ask) -> Response:
        return await ask.page("start.html")

    return [shell.page("/", first, role="in")]


async def _tabs(house: House, ask: Ask) -> Sequence[Tab]:
    return [Tab("/", "start", "gs", "in")]


START = Room(Path(__file__).parent, _routes, _tabs)
