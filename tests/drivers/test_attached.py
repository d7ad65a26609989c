"""A browser that runs already, with a debugging port: bots work in windows of their own in it and leave it as it is."""

from __future__ import annotations

import contextlib
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from robot_library.drivers.browser import BrowserDriver
from robot_library.drivers.browser.driver import sandboxed
from robot_library.drivers.browser.find_browser import find_browser
from robot_library.errors import SetupError
from robot_library.interfaces import Credential
from robot_library.model.at_screen import AtScreen
from robot_library.model.bot import App
from tests.drivers.conftest import screens
from tests.drivers.ward import PASSWORD, Ward
from tests.engine.test_desk import until

LOOK = "document.title=matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light'"
OWN = f"data:text/html,<title>mine</title><h1>A person's own page</h1><script>setInterval(()=>{{{LOOK}}},50)</script>"
"""Its title says which colours its browser is set to."""


def asked(address: str, path: str) -> Any:
    with urllib.request.urlopen(f"{address}{path}", timeout=60) as answer:
        return json.load(answer)


def pages(address: str) -> list[tuple[str, str]]:
    return [(one["url"], one["title"]) for one in asked(address, "/json/list") if one["type"] == "page"]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """The folder of a person's browser with one page open; its port stands in DevToolsActivePort."""
    found = find_browser(headed=True).path
    command = [str(found), "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={tmp_path / 'profile'}",
               "--no-first-run", "--disable-gpu", "--force-dark-mode",
               *([] if sandboxed() else ["--no-sandbox"]), OWN]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as browser:
        try:
            yield tmp_path / "profile"
            browser.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                browser.wait(60)
        finally:
            browser.kill()


@pytest.mark.browser
async def test_bots_work_beside_a_persons_pages_and_leave_them(running: Path, ward: Ward, tmp_path: Path) -> None:
    async def there() -> bool:
        port = running / "DevToolsActivePort"
        return port.is_file() and bool(port.read_text(encoding="ascii").strip())

    await until(there, seconds=120)
    port = (running / "DevToolsActivePort").read_text(encoding="ascii").split()[0]
    address = f"http://127.0.0.1:{port}"
    ward.page("form", "<h1>Form</h1><label>Number: <input value=7></label><a href=/file>Get</a>")
    targets = {
        "n": {"find": [{"label": "Number:"}]},
        "get": {"find": [{"role": "link", "name": "Get"}], "use": "navigate"},
    }
    form = {"seen_by": [{"role": "heading", "name": "Form"}], "reach": [{"goto": "/p/form"}], "targets": targets}

    async def dark() -> bool:
        return [title for _, title in pages(address)] == ["dark"]

    await until(dark, seconds=120)
    before = pages(address)
    left = tmp_path / "downloads" / "of-a-killed-bot.dcm"
    left.parent.mkdir()
    left.write_bytes(b"DICM")
    rules = AtScreen(browser=address, sign="none")
    driver = BrowserDriver(headed=True, at_screen=rules, downloads=left.parent)
    try:
        session = await driver.session(
            "ehr", App(map="ward", url=ward.url), screens(form=form), Credential("b", PASSWORD)
        )
        view = await session.open("form", {})
        assert await view.read(["n"]) == {"n": "7"}
        assert (await view.download("get"))[1].startswith(b"\x00DICM")
        assert not left.exists(), "what a killed bot was fetching is not left lying"
        there_now = pages(address)
        assert len(there_now) > len(before), "in the browser that runs there"
        assert before[0] in there_now, "and a person's page looks as before"
    finally:
        await driver.close()

    async def as_before() -> bool:
        return pages(address) == before

    await until(as_before, seconds=60)  # a person's pages stand as they did, and ours are gone


async def test_a_browser_that_is_not_there_is_said_and_no_other_is_started() -> None:
    driver = BrowserDriver(headed=True, at_screen=AtScreen(browser="http://127.0.0.1:19", sign="none"))
    try:
        with pytest.raises(SetupError, match="No browser answers") as caught:
            await driver.session("ehr", App(map="ward", url="http://127.0.0.1:1"), screens(sign_in=False), None)
        assert "--remote-debugging-port" in caught.value.cure
    finally:
        await driver.close()


@pytest.mark.parametrize("address", ["http://10.0.0.5:9222", "http://127.0.0.1.example:9222", "ws://127.0.0.1:9222"])
def test_a_debugging_port_is_never_reached_over_a_network(address: str) -> None:
    with pytest.raises(ValueError, match="never reached over a network"):
        AtScreen(browser=address)
