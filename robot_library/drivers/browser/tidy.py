"""Playwright's errors become ours. Its own text is never passed on: it quotes typed values and page content."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import TypeVar

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from robot_library.errors import (
    ApplicationException,
    DriverLost,
    ScreenNotReached,
    SystemDown,
    TargetAmbiguous,
    TargetNotFound,
)

T = TypeVar("T")
_LOST = (
    "has been closed", "target closed", "target crashed", "page crashed", "connection closed", "browser closed",
    "browser has disconnected", "pipe closed",
)  # fmt: skip
_DETACHED = "element is not attached"
_PASSING = (
    "execution context was destroyed", "cannot find context", "frame was detached", "frame has been detached",
    "failed to find frame", "not attached", "navigating and changing the content", "because of a navigation",
    "is not an <iframe>", "<iframe> was expected",
)  # fmt: skip
_NET = re.compile(r"net::(ERR_[A-Z_]+)")
_NO_ANSWER = re.compile(
    "ERR_(CONNECTION_(REFUSED|RESET|CLOSED|ABORTED|FAILED|TIMED_OUT)|NAME_(NOT_RESOLVED|RESOLUTION_FAILED)"
    "|ADDRESS_UNREACHABLE|INTERNET_DISCONNECTED|NETWORK_(CHANGED|IO_SUSPENDED)|EMPTY_RESPONSE|TIMED_OUT"
    "|SOCKET_NOT_CONNECTED|DNS_[A-Z_]+|PROXY_CONNECTION_FAILED|TUNNEL_CONNECTION_FAILED)"
)
"""Nobody is there. A certificate that is wrong, or an address that is blocked, is a matter of this machine."""


class Passing(ScreenNotReached):
    """The page moved under the call: look again."""

    def __init__(self) -> None:
        super().__init__("The page moved while it was worked on.")


class Detached(Passing):
    """The thing had gone from its page before anything was done with it."""


class Late(ScreenNotReached):
    """The call itself ran out of its time."""

    def __init__(self) -> None:
        super().__init__("The browser did not answer in time.")


async def tidy(call: Awaitable[T], place: str) -> T:
    """Await a Playwright call; instead of its errors: Passing, Late, DriverLost, TargetAmbiguous, ScreenNotReached.

    The raise stands outside the `except`, so that the original (with typed values in it) is not carried as context.
    """
    try:
        return await call
    except PlaywrightTimeout:
        problem: Exception = Late()
    except PlaywrightError as error:
        problem = _translated(str(error), place)
    raise problem


async def glance(call: Awaitable[T], nothing: T, place: str) -> T:
    """Await a look at the page; a page in motion shows `nothing`."""
    try:
        return await tidy(call, place)
    except (Passing, Late):
        return nothing


def _translated(text: str, place: str) -> Exception:
    low = text.lower()
    if any(sign in low for sign in _LOST):
        return DriverLost("The browser or its window is gone.", cure="The part starts anew.", place=place)
    if "strict mode violation" in low:
        return TargetAmbiguous("The locator matches more than one thing.", cure="Narrow it in the map.", place=place)
    if _DETACHED in low:
        return Detached()
    if any(sign in low for sign in _PASSING):
        return Passing()
    if net := _NET.search(text):
        if _NO_ANSWER.fullmatch(net[1]):
            return SystemDown(f"The site did not answer ({net[1]}).", why=net[1], place=place)
        return ScreenNotReached(f"The site did not answer ({net[1]}).", cure="Is the system up?", place=place)
    if "element is not an" in low or "cannot be filled" in low:
        return TargetNotFound("This is nothing that can be typed into.", cure="Correct the map.", place=place)
    return ApplicationException("The browser refused the call.", place=place)
