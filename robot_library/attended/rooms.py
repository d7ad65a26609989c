"""A room of pages: what belongs together, with its templates, words and static files beside its code.

A folder holds, as far as it has them, `templates/`, `words/en.toml` with every other language beside, and `static/`.
Templates extend `layout` (a name that is given to every page) and find the words as `t("room.name")`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.routing import BaseRoute

from robot_library.attended.house import House
from robot_library.web.shell import Ask, Shell


@dataclass(frozen=True)
class Tab:
    """One page in the list of pages, shown to whoever has the right to it; `name` is found as the word `tab.NAME`.

    `keys` leads there. `count` stands beside it and is said aloud as `tab.count_NAME`; `hot` counts want an eye.
    """

    href: str
    name: str
    keys: str
    needs: str
    count: int = 0
    hot: bool = False


async def _no_tabs(house: House, ask: Ask) -> Sequence[Tab]:
    return ()


async def _no_changes(house: House) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Room:
    """`routes` makes its addresses; every one of them names the right it takes. `changes` names topics that its pages
    renew themselves by (`data-live`), each with something that differs whenever the topic has changed."""

    folder: Path
    routes: Callable[[Shell, House], Sequence[BaseRoute]]
    tabs: Callable[[House, Ask], Awaitable[Sequence[Tab]]] = _no_tabs
    changes: Callable[[House], Awaitable[Mapping[str, str]]] = _no_changes
