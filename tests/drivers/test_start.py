"""How the browser is started: Playwright's own switches stand, and nothing of a killed bot is left on the disk."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from robot_library.drivers.browser import BrowserDriver
from robot_library.interfaces import Credential
from robot_library.model.bot import App
from tests.drivers.conftest import screens, started
from tests.drivers.ward import PASSWORD, Ward

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]


async def test_what_a_killed_bot_was_fetching_is_gone_after_the_next_start(ward: Ward, tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / "half-a-study").write_bytes(b"DICM")
    ward.page("form", "<h1>Form</h1><a href=/file>Get</a>")
    form = {
        "seen_by": [{"role": "heading", "name": "Form"}],
        "reach": [{"goto": "/p/form"}],
        "targets": {"get": {"find": [{"role": "link"}], "use": "navigate"}},
    }
    driver = BrowserDriver(downloads=folder)
    try:
        session = await driver.session("ehr", App(map="ward", url=ward.url), screens(form=form), credential())
        assert list(folder.iterdir()) == []
        view = await session.open("form", {})
        while_fetching = await view.download("get")
        assert while_fetching == ("film.bin", b"\x00DICM" * 1000)
        assert list(folder.rglob("*.*")) == [], "a file that was taken into memory stays nowhere else"
    finally:
        await driver.close()


async def test_the_switches_of_playwright_stand(ward: Ward) -> None:
    driver = BrowserDriver()
    try:
        await driver.session("ehr", App(map="ward", url=ward.url), screens(), credential())
        lines = [process.cmdline() for process in started()]
        browsers = [line for line in lines if any(part.startswith("--remote-debugging") for part in line)]
        assert browsers
        for line in browsers:
            lists = [part.partition("=")[2].split(",") for part in line if part.startswith("--disable-features=")]
            assert set(lists[0]) <= set(lists[-1]), "the browser takes the last such switch only"
            assert "HttpsUpgrades" in lists[-1], "an EHR on plain http inside a hospital is not asked over https first"
    finally:
        await driver.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="environments of processes are read from /proc")
async def test_the_browser_knows_no_secret_of_ours(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows pages of others; what takes it over finds no credential in its environment."""
    monkeypatch.setenv("WETREAD_CREDENTIAL_PACS_BOT", "sentinel:one")
    monkeypatch.setenv("WETREAD_VAULT_KEY", "sentinel")
    driver = BrowserDriver()
    try:
        await driver.session("ehr", App(map="ward", url=ward.url), screens(), credential())
        browsers = [one.environ() for one in started() if any("--remote-debugging" in part for part in one.cmdline())]
        assert browsers
        assert not [name for has in browsers for name, text in has.items() if "sentinel" in text]
    finally:
        await driver.close()


@pytest.mark.parametrize("asked", ["pw:api", "pw:*", "*", "other,pw:protocol"])
async def test_no_debugging_switch_writes_what_is_typed_to_the_log(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], asked: str
) -> None:
    monkeypatch.setenv("DEBUG", asked)
    driver = BrowserDriver()
    try:
        await driver.session("ehr", App(map="ward", url=ward.url), screens(), credential())
    finally:
        await driver.close()
    said = capfd.readouterr()
    assert PASSWORD not in said.out + said.err
    assert "pw:" not in said.err


async def test_nor_does_what_playwright_looks_at_as_it_is_imported() -> None:
    script = "import os, robot_library.drivers.browser; print(os.environ.get('DEBUG'))"
    asked = {**os.environ, "DEBUG": "pw:channel"}
    command = [sys.executable, "-c", script]
    told = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=120, env=asked)
    assert (told.stdout.strip(), told.stderr) == ("None", "")


def credential() -> Credential:
    return Credential("bot", PASSWORD)
