"""What on a page is nearest to a target that is not there: for whoever mends the map."""

from __future__ import annotations

from collections.abc import Iterable

from playwright.async_api import Page

from robot_library.drivers.browser.scripts import script
from robot_library.drivers.browser.tidy import glance
from robot_library.drivers.near import nearest_words, sought_words
from robot_library.model.screen import Locator


async def nearest(page: Page, ways: Iterable[Locator]) -> str:
    """A sentence that names the nearest thing that stands there, for the error's cure; "" if nothing is near."""
    sought = sought_words(ways)
    if not sought:
        return ""
    found = await glance(page.evaluate(script("words")), {"words": [], "values": []}, "a look")
    return nearest_words(sought, found["words"], found["values"])
