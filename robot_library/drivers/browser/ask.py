"""Whether an address answers at all, asked by the browser itself: its proxies, names and certificates count."""

from __future__ import annotations

from playwright.async_api import Page

from robot_library.drivers.browser.tidy import Late, Passing, tidy
from robot_library.drivers.browser.window import AWAY
from robot_library.errors import DriverLost, ScreenNotReached, SystemDown

_WITHIN_MS = 8000


async def answered(page: Page, url: str) -> str:
    """Empty if there was an answer, whatever it says; else why not, as a code. What is wrong with this machine, such as
    a certificate it does not know, is no silence of the system's."""
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
    return f"HTTP {answer.status}" if answer is not None and answer.status in AWAY else ""
