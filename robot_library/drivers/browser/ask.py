"""Whether an address answers at all, asked by the browser itself: its proxies, names and certificates count."""

from __future__ import annotations

from playwright.async_api import Page

from robot_library.drivers.browser.eye import OUT_OF_SERVICE
from robot_library.drivers.browser.locate import locate
from robot_library.drivers.browser.tidy import Late, Passing, glance, tidy
from robot_library.drivers.browser.window import AWAY
from robot_library.errors import DriverLost, ScreenNotReached, SystemDown
from robot_library.model.screen import Locator

_WITHIN_MS, _REST_MS = 8000, 5000


async def answered(page: Page, url: str, maintenance: Locator | None = None) -> str:
    """Empty if there was an answer, whatever it says; else why not, as a code. `maintenance` is what a page shows that
    is no answer. What is wrong with this machine, such as a certificate it does not know, is no silence of the
    system's."""
    try:
        answer = await tidy(page.goto(url, wait_until="commit", timeout=_WITHIN_MS), "asking a system")
    except Late:
        return "no answer in time"
    except SystemDown as down:
        return down.why
    except (Passing, DriverLost):
        raise
    except ScreenNotReached:
        return ""
    if answer is not None and answer.status in AWAY:
        return f"HTTP {answer.status}"
    return OUT_OF_SERVICE if maintenance is not None and await _shows(page, maintenance) else ""


async def _shows(page: Page, spec: Locator) -> bool:
    """Whether the page shows this, as soon as it is at rest."""
    await glance(page.wait_for_load_state("networkidle", timeout=_REST_MS), None, "asking a system")
    return await glance(locate(page, page, spec, {}).count(), 0, "asking a system") > 0
