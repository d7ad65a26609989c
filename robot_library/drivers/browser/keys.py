"""Who has the keys of a page: what is sent to a field goes to whatever has them, such as a box that has come up."""

from __future__ import annotations

from playwright.async_api import ElementHandle

from robot_library.drivers.browser.scripts import script
from robot_library.drivers.browser.tidy import Passing, tidy
from robot_library.drivers.patience import Patience


class Untaken(Passing):
    """Something else has the keys: nothing was typed."""


async def take_keys(field: ElementHandle, patience: Patience, place: str) -> None:
    """Give a field the keys, and see that it has them. What is no field is let be. Raises Untaken, Passing, Late."""
    while True:
        how, _ = await tidy(field.evaluate(script("type"), [None, None]), place)
        if how != "untaken":
            return
        if patience.over:
            raise Untaken
        await patience.pause()
