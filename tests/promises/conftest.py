"""One demo hospital, one browser, and one day of the real bot, shared by all promises."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from robot_library.drivers.browser import BrowserDriver
from robot_library.hospital import Hospital
from robot_library.model.run import RunRecord
from tests.promises.bots import Site

TRAPS = (
    "same_name", "wrong_accession", "wrong_header", "monochrome_pair", "shared_study", "shared_study_again",
    "cancelled_meanwhile", "locked_meanwhile", "signed_meanwhile", "merged_meanwhile", "already_reported",
    "unknown_patient",
)  # fmt: skip


@dataclass
class Day:
    """What came of the real bot's day, and everything it said meanwhile."""

    site: Site
    home: Path
    runs: dict[str, RunRecord]
    said: str

    def run(self, trap: str, nth: int = 0) -> RunRecord:
        return self.runs[self.site.orders(trap)[nth]]


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """In a hurry, but with every trap."""
    folder = tmp_path_factory.mktemp("promises")
    with Hospital(folder, grid_ms=(0, 0), field_ms=(0, 30), tour=False) as hospital:
        yield hospital


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site(hospital: Hospital, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    driver = BrowserDriver()
    yield Site(hospital, driver, tmp_path_factory.mktemp("homes"))
    await driver.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def day(site: Site) -> Day:
    """The traps that promises speak of, worked off by the bot as it is deployed."""
    heard, home = io.StringIO(), site.home()
    handler = logging.StreamHandler(heard)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
            runs = await site.day(site.orders(*TRAPS), home=home)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    return Day(site, home, runs, heard.getvalue())
