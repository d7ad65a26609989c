"""A press whose answer is lost reaches the server once: browsers send a request again by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from robot_library.drivers.browser import BrowserDriver
from robot_library.model.bot import App
from robot_library.model.screen import ScreenMap

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
PAGE = """<!doctype html><title>x</title><h1>Order</h1><p role=status>ready</p><button>Save</button>
<form enctype=multipart/form-data><input type=file aria-label=Picture name=file></form><script>
const told = document.querySelector("p");
const send = body => fetch("/final", {method: "POST", body}).then(() => told.textContent = "done",
                                                                   () => told.textContent = "no answer");
document.querySelector("button").onclick = () => send("text");
document.querySelector("input").onchange = () => send(new FormData(document.querySelector("form")));
</script>"""


class LosingSite:
    """Serves the page over connections that stay open, and breaks each one that brings something final."""

    def __init__(self) -> None:
        self.finals = 0
        self.url = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
        await reader.readexactly(length)
        if head.startswith("post"):
            self.finals += 1
            writer.transport.abort()
            return False
        body = PAGE.encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        return "connection: close" not in head


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[LosingSite]:
    one = LosingSite()
    server = await asyncio.start_server(one.talk, "127.0.0.1", 0)
    one.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield one
    server.close()


SCREEN = {
    "reach": [{"goto": "/"}],
    "seen_by": [{"role": "heading", "name": "Order"}],
    "targets": {
        "said": {"find": [{"role": "status"}]},
        "save": {"find": [{"role": "button", "name": "Save"}], "use": "commit"},
        "picture": {"find": [{"label": "Picture"}], "use": "commit"},
    },
}


@pytest.mark.parametrize("what", ["save", "picture"])
async def test_a_press_whose_answer_is_lost_is_not_sent_again(
    driver: BrowserDriver, site: LosingSite, what: str
) -> None:
    screens = ScreenMap.model_validate({"system": "losing", "patience": "3 s", "screens": {"order": SCREEN}})
    session = await driver.session("ehr", App(map="losing", url=site.url), screens, None)
    try:
        view = await session.open("order", {})
        if what == "save":
            await view.press_commit("save")
        else:
            await view.upload("picture", "a.png", b"\x89PNG")
        assert await view.read(["said"]) == {"said": "no answer"}
    finally:
        await session.close()
    assert site.finals == 1
