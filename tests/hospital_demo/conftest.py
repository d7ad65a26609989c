"""One hospital is built a session; each test gets a copy of its own, running on free ports."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from robot_library.drivers.browser.switches import switches
from robot_library.hospital import ACCOUNTS, Hospital, build
from tests.conftest import lacking

SEED = 1
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "msedge",
    "chrome",
)
Start = Callable[..., Hospital]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hospital of SEED as it is before anybody has touched it."""
    directory = tmp_path_factory.mktemp("hospital")
    build.ensure(directory, SEED)
    return directory


@pytest.fixture
def start(template: Path, tmp_path: Path) -> Iterator[Start]:
    """Start a fresh copy of the hospital with settings of the test's own."""
    running: list[Hospital] = []

    def begin(**settings: Any) -> Hospital:
        place = tmp_path / f"hospital{len(running)}"
        place.mkdir()
        shutil.copy(template / "hospital.sqlite", place)
        shutil.copytree(template / "dicom", place / "dicom", copy_function=_same_file)
        running.append(Hospital(place, seed=SEED, **settings).start())
        return running[-1]

    yield begin
    for hospital in running:
        hospital.close()


def _same_file(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)


@pytest.fixture
def hospital(start: Start) -> Hospital:
    """An ordinary hospital, in a hurry: nothing arrives late, no session ends."""
    return start(grid_ms=(0, 0), field_ms=(0, 0), session_requests=(), tour=False)


@contextmanager
def signed_in(hospital: Hospital, user: str = "rpabot") -> Iterator[httpx.Client]:
    """A client of the EHR with a session."""
    with httpx.Client(base_url=hospital.ehr_url) as client:
        answer = client.post("/api/signin", json={"user": user, "password": ACCOUNTS[user].password})
        assert answer.status_code == 200
        yield client


@pytest.fixture
def bot(hospital: Hospital) -> Iterator[httpx.Client]:
    """The bot's account, signed in to the EHR."""
    with signed_in(hospital) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """The machine's own Chromium, Chrome or Edge."""
    found = os.environ.get("WETREAD_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        lacking("no Chromium, Chrome or Edge on the PATH")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=found, args=[*switches(), *(["--no-sandbox"] if root else [])]
        )
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page in a fresh profile; a script error on it fails the test."""
    context = await browser.new_context()
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    opened = await context.new_page()
    yield opened
    await context.close()
    assert errors == []


async def sign_in(page: Page, hospital: Hospital, path: str = "/worklist", user: str = "rpabot") -> None:
    """The two-step sign-in, ending on ``path``."""
    await page.goto(hospital.ehr_url + path)
    await page.get_by_label("User name").fill(user)
    await page.get_by_role("button", name="Login").click()
    await page.get_by_label(f"Password for {user}").fill(ACCOUNTS[user].password)
    await page.get_by_role("button", name="OK").click()
    await page.wait_for_url(hospital.ehr_url + path)
