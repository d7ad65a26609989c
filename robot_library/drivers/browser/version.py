"""Which version an application says it is of, at the address that its map names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from robot_library.drivers.browser.locate import address, locate
from robot_library.drivers.browser.tidy import glance
from robot_library.drivers.patience import Patience
from robot_library.drivers.shown import visible_text
from robot_library.model.screen import VersionShown

if TYPE_CHECKING:
    from robot_library.drivers.browser.session import BrowserSession
    from robot_library.drivers.browser.window import Window

_AT_MOST_S = 10.0


async def shown_version(session: BrowserSession, window: Window, spec: VersionShown) -> str:
    """Read in a window of its own; "" if exactly one such thing, with what the pattern wants, does not come in time."""
    patience = Patience(min(_AT_MOST_S, session.map.patience.total_seconds()))
    await window.goto(address(session.base, spec.at, {}), patience, "the application's version")
    found = locate(window.page, window.page, spec.find, {})
    while True:
        ours = await window.at_home()
        texts = await glance(found.all_text_contents(), [], "the application's version")
        if (
            len(texts) == 1
            and ours
            and await window.at_home()
            and (version := _version(visible_text(texts[0]), spec.pattern))
        ):
            return version
        if patience.over:
            return ""
        await patience.pause()


def _version(text: str, pattern: str | None) -> str:
    if pattern is None:
        return text
    match = re.search(pattern, text)
    if match is None:
        return ""
    return ((match[1] if match.re.groups else match[0]) or "").strip()
