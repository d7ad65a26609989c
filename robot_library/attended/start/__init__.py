"""The first page: tiles of the bots this person may start; a form for each; then the order is in the queue.

form      what a bot asks, from its workflow's inputs
films     films that are dropped on a form
seen      numbers in a window of the person's own screen
pages     the pages
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from robot_library.attended.house import House
from robot_library.attended.rooms import Room, Tab
from robot_library.attended.start.pages import Start
from robot_library.web.shell import Ask, Shell


def _routes(shell: Shell, house: House) -> Sequence[BaseRoute]:
    start = Start(house)
    return [
        shell.page("/", start.first, role="in"),
        shell.page("/start/{bot}", start.form, role="start"),
        shell.act("/start/{bot}", start.begin, role="start"),
        shell.drop("/start/{bot}/films", start.film, role="start"),
        shell.drop("/start/{bot}/front", start.front, role="start"),
        shell.act("/favourite/{bot}", start.favourite, role="start"),
    ]


async def _tabs(house: House, ask: Ask) -> Sequence[Tab]:
    return [Tab("/", "start", "gs", "in")] if ask.may("watch") else []


START = Room(Path(__file__).parent, _routes, _tabs)
