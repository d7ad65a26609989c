"""A real Chromium, started once, against a small served site, new for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import psutil
import pytest
import pytest_asyncio

from robot_library.drivers.browser import BrowserDriver
from robot_library.drivers.browser.session import BrowserSession
from robot_library.interfaces import Credential
from robot_library.model.bot import App
from robot_library.model.screen import ScreenMap
from tests.drivers.ward import PASSWORD, Ward, served

SIGN_IN: dict[str, Any] = {
    "start": "/sign-in",
    "steps": [{"on": "sign_in", "fill": {"user": "user", "word": "password"}, "click": "enter"}],
    "done": {"role": "heading", "name": "Ward home"},
    "refused": {"role": "alert"},
}
SCREENS: dict[str, Any] = {
    "sign_in": {
        "seen_by": [{"role": "heading", "name": "Ward sign-in"}],
        "targets": {
            "user": {"find": [{"label": "User"}], "use": "search"},
            "word": {"find": [{"label": "Word"}], "use": "search"},
            "enter": {"find": [{"role": "button", "name": "Enter"}], "use": "navigate"},
        },
    },
    "home": {"seen_by": [{"role": "heading", "name": "Ward home"}], "reach": [{"goto": "/p/home"}]},
}

Open = Callable[..., Awaitable[BrowserSession]]


def screens(patience: str = "2 s", *, sign_in: bool = True, **more: Any) -> ScreenMap:
    """A map of the ward with these screens besides sign-in and home."""
    extra: dict[str, Any] = {k: more.pop(k) for k in ("interruptions", "background") if k in more}
    data: dict[str, Any] = {"system": "ward", "patience": patience, "screens": {**SCREENS, **more}, **extra}
    if sign_in:
        data["sign_in"] = SIGN_IN
    return ScreenMap.model_validate(data)


@pytest.fixture
def ward() -> Iterator[Ward]:
    site = Ward()
    site.page("home", "<h1>Ward home</h1>")
    with served(site) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def driver() -> AsyncIterator[BrowserDriver]:
    one = BrowserDriver()
    yield one
    await one.close()


@pytest_asyncio.fixture(loop_scope="session")
async def enter(driver: BrowserDriver, ward: Ward) -> AsyncIterator[Open]:
    """Sign in with a map and get the session; closed afterwards."""
    opened: list[BrowserSession] = []

    async def go(screen_map: ScreenMap, password: str = PASSWORD) -> BrowserSession:
        app = App(map="ward", url=ward.url)
        session = await driver.session("ehr", app, screen_map, Credential("bot", password))
        opened.append(session)
        return session

    yield go
    for session in opened:
        await session.close()


def started() -> list[psutil.Process]:
    """What this process has started and what that has; not those that have ended and wait to be asked how."""
    return [one for one in psutil.Process().children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE]
