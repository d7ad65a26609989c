"""Where a study opens in the PACS: the address that the way to a screen begins with."""

from __future__ import annotations

import os
import re
from urllib.parse import quote

from robot_library.bot import apps_of
from robot_library.errors import WetreadError
from robot_library.model.review import Place
from robot_library.model.screen import ScreenMap
from robot_library.parsing.library import Library

_NAME = re.compile(r"\{([a-z_]+)\}")
_DEEP = 8


def pacs_address(library: Library, bot: str, place: Place) -> str:
    """The address as a browser takes it; "" where the map has none, or the bot's files do not say."""
    role, _, screen = place.screen.partition(".")
    try:
        app, screens = apps_of(bot, library, os.environ)[role]
    except (WetreadError, KeyError):
        return ""
    path = _first(screens, screen)
    if path is None or not app.url.startswith(("http://", "https://")):
        return ""
    if set(_NAME.findall(path)) - set(place.where):
        return ""
    filled = _NAME.sub(lambda match: quote(place.where[match[1]], safe=""), path)
    return app.url.rstrip("/") + "/" + filled.lstrip("/")


def _first(screens: ScreenMap, name: str) -> str | None:
    """The address at which the way to a screen begins."""
    for _ in range(_DEEP):
        screen = screens.screens.get(name)
        if screen is None or not screen.reach:
            return None
        if screen.reach[0].goto is not None:
            return screen.reach[0].goto
        if screen.reach[0].screen is None:
            return None
        name = screen.reach[0].screen
    return None
