"""The shell: nothing without a session, no form without its token, no foreign host or origin, no script of others."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import Response

from robot_library.errors import SetupError
from robot_library.people.rights import dashboard_rights
from robot_library.web import pages as web
from robot_library.web.doors import Doors
from robot_library.web.live import Live
from robot_library.web.pages import Pages
from robot_library.web.shell import Ask, Shell
from robot_library.web.static import Static
from robot_library.web.strangers import A_SECOND, AT_ONCE, Strangers
from robot_library.web.times import Clock
from robot_library.web.words import Words

HOST = "http://127.0.0.1:1234"


async def frame(_: Ask) -> Mapping[str, Any]:
    return {}


async def look(ask: Ask) -> Response:
    return await ask.page("error.html", title="<b>Tom & Ann</b>", text=ask.query("text"))


async def break_(ask: Ask) -> Response:
    raise ValueError("Doe, John 1970-01-01")


async def refuse(ask: Ask) -> Response:
    raise SetupError("there is no such thing.")


async def change(ask: Ask) -> Response:
    return ask.back("/look", f"done by {ask.who}: {ask.text('what')}")


class Site:
    """The shell with a few pages, and somebody who may be in."""

    def __init__(self, folder: Path) -> None:
        self.doors = Doors(folder, b"s" * 32, rights=dashboard_rights(), file="doors.sqlite")
        words, static = Words([web.HERE / "words"]), Static([web.HERE / "static"])
        pages = Pages([web.HERE / "templates"], words, static, Clock())
        shell = Shell(self.doors, pages, static, frame=frame)
        routes = [
            shell.page("/look", look, role="look"), shell.page("/break", break_, role="look"),
            shell.page("/refuse", refuse, role="look"),
            shell.act("/change", change, role="operate"), shell.page("/secret", look, role="operate"),
        ]  # fmt: skip
        self.app, self.strangers = shell.app(routes), shell._strangers
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app), base_url=HOST, headers={"accept": "text/html"}
        )

    async def enter(self, role: Any = "operator", who: str = "dr.chen") -> None:
        answer = await self.client.post(f"/enter/{self.doors.link(role, who)}", headers={"origin": HOST})
        assert answer.status_code == 303

    async def token(self) -> str:
        found = re.search(r'name="csrf" value="(\w+)"', (await self.client.get("/look")).text)
        assert found is not None
        return found[1]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize("path", ["/", "/look", "/secret", "/break", "/nothing", "/enter/guessed", "/events"])
async def test_without_a_session_every_address_is_closed(site: Site, path: str) -> None:
    answer = await site.client.get(path)
    assert answer.status_code == 401
    assert "wetread link" in answer.text
    assert (await site.client.post("/change", headers={"origin": HOST}, data={"what": "x"})).status_code == 401
    assert (await site.client.get(path, headers={"hx-request": "true"})).status_code == 401 or path.startswith("/enter")


async def test_opening_a_link_does_not_use_it_up_pressing_its_button_does(site: Site) -> None:
    link = f"/enter/{site.doors.link('operator')}"
    for _ in range(3):
        assert (await site.client.get(link)).status_code == 200
    assert (await site.client.post(link, headers={"origin": HOST}, data={"who": " "})).headers["location"] == link
    answer = await site.client.post(link, headers={"origin": HOST}, data={"who": "ann"})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert (await site.client.get("/look")).status_code == 200
    assert (await site.client.post(link, headers={"origin": HOST}, data={"who": "eve"})).status_code == 401


async def test_a_link_takes_no_form_whose_end_is_not_announced(site: Site) -> None:
    link, read = f"/enter/{site.doors.link('operator')}", []

    async def endless() -> AsyncIterator[bytes]:
        for number in range(100):
            read.append(number)
            yield b"who=" + b"x" * 100_000

    assert (await site.client.post(link, headers={"origin": HOST}, content=endless())).status_code == 413
    assert len(read) < 2
    assert (await site.client.get(link)).status_code == 200, "and is not used up"


async def test_a_form_needs_its_token_and_its_origin(site: Site) -> None:
    await site.enter()
    token = await site.token()
    good = {"csrf": token, "what": "<i>x</i>"}
    for origin in (None, "null", "http://evil.example", "http://127.0.0.1:9999", "https://evil.example#127.0.0.1:1234"):
        headers = {"origin": origin} if origin else {}
        assert (await site.client.post("/change", headers=headers, data=good)).status_code == 403
    for form in ({"what": "x"}, {"what": "x", "csrf": "0" * 64}):
        assert (await site.client.post("/change", headers={"origin": HOST}, data=form)).status_code == 403
    for method in ("GET", "TRACE", "DELETE"):
        other = await site.client.request(method, "/change", headers={"origin": HOST})
        assert (other.status_code, other.headers.get("allow")) == (405, "POST")
        assert "Not found" in other.text
    big = await site.client.post("/change", headers={"origin": HOST}, data={**good, "more": "x" * 400_000})
    assert big.status_code == 403
    answer = await site.client.post("/change", headers={"origin": HOST}, data=good)
    assert answer.status_code == 303
    page = await site.client.get("/look")
    assert "done by dr.chen: &lt;i&gt;x&lt;/i&gt;" in page.text
    assert "done by" not in (await site.client.get("/look")).text, "said once"


async def test_another_site_that_names_this_machine_gets_nothing(site: Site) -> None:
    await site.enter()
    for host in ("evil.example", "127.0.0.1.evil.example:1234", "", "localhost.evil"):
        assert (await site.client.get("/look", headers={"host": host})).status_code == 421
    for host in ("localhost:1234", "127.0.0.1", "[::1]:80", "192.168.7.3:8440"):
        assert (await site.client.get("/look", headers={"host": host})).status_code == 200


async def test_roles(site: Site) -> None:
    await site.enter("viewer")
    token = await site.token()
    assert (await site.client.get("/look")).status_code == 200
    assert (await site.client.get("/secret")).status_code == 403
    assert (await site.client.post("/change", headers={"origin": HOST}, data={"csrf": token})).status_code == 403
    assert (await site.client.post("/leave", headers={"origin": HOST}, data={"csrf": token})).status_code == 303
    assert (await site.client.get("/look")).status_code == 401


async def test_pages_escape_and_carry_their_headers(site: Site) -> None:
    await site.enter()
    page = await site.client.get("/look", params={"text": "<script>alert(1)</script>"})
    assert "<script>alert" not in page.text
    assert "&lt;b&gt;Tom &amp; Ann" in page.text
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script>", page.text)


async def test_what_breaks_says_nothing_of_a_patient(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    await site.enter()
    page = await site.client.get("/break")
    assert page.status_code == 500
    assert "Doe" not in page.text + caplog.text
    assert "ValueError" in caplog.text
    assert (await site.client.get("/refuse")).status_code == 404
    assert "no such thing" in (await site.client.get("/refuse")).text


async def test_static_files_are_sent_once(site: Site) -> None:
    page = await site.client.get("/enter/x")
    found = re.search(r'href="(/static/wetread\.css\?v=\w+)"', page.text)
    assert found is not None
    css = await site.client.get(found[1])
    assert "immutable" in css.headers["cache-control"]
    again = await site.client.get("/static/wetread.css", headers={"if-none-match": css.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["cache-control"] == "no-cache"
    for path in ("/static/..%2Fpages.py", "/static/nothing.js", "/static/en.toml"):
        assert (await site.client.get(path)).status_code in (401, 404)


async def test_events_tell_what_changed_and_end_with_the_session() -> None:
    world, here = {"items": "1", "runs": "1"}, [True]

    async def look() -> Mapping[str, str]:
        return world

    live = Live(look, every=0.01, beat=0.05, most=1)
    stream = live._events(lambda: here[0])
    assert "retry" in await anext(stream)
    async with asyncio.timeout(120):
        while "changed" not in (first := await anext(stream)):
            pass
    assert first == 'event: changed\ndata: ["items", "runs"]\n\n', "whoever comes is told all once"
    assert "still here" in await anext(stream)
    world["items"] = "2"
    told = ""
    async with asyncio.timeout(120):
        while "changed" not in told:
            told = await anext(stream)
    assert told == 'event: changed\ndata: ["items"]\n\n'
    assert live.stream(lambda: True).status_code == 503, "no more listeners than may be"
    second = Live(look, every=0.01, beat=0.05)
    for number in range(2):
        late = second._events(lambda: True)
        async with asyncio.timeout(120):
            while "changed" not in await anext(late):
                pass
        if number:
            second.close()
    here[0] = False
    async with asyncio.timeout(120):
        rest = [one async for one in stream]
    assert "event: gone" in rest[-1]
    assert live.stream(lambda: True).status_code == 200
    live.close()
    assert live.stream(lambda: True).status_code == 503


async def test_who_is_not_in_may_not_ask_as_often_as_they_like_and_holds_up_nobody_who_is(site: Site) -> None:
    await site.enter()
    moment = time.monotonic()
    site.strangers._clock = lambda: moment
    stranger = httpx.AsyncClient(transport=httpx.ASGITransport(app=site.app), base_url=HOST)
    paths = ("/look", "/nothing", "/enter/guessed")
    came = [await stranger.get(paths[number % 3], headers={"cookie": f"x={number}"}) for number in range(AT_ONCE + 100)]
    assert {one.status_code for one in came[:AT_ONCE]} == {401}
    assert came[-1].status_code == 429
    assert int(came[-1].headers["retry-after"]) >= 1
    assert came[-1].headers["x-frame-options"] == "DENY"
    assert (await site.client.get("/look")).status_code == 200, "the same address, but somebody who is in"


def test_an_address_is_let_in_again_as_time_goes_by_and_others_never_waited() -> None:
    now = [0.0]
    strangers = Strangers(clock=lambda: now[0])
    assert [strangers.wait("10.0.0.1") for _ in range(AT_ONCE)] == [0.0] * AT_ONCE
    wait = strangers.wait("10.0.0.1")
    assert 0 < wait <= 1 / A_SECOND
    assert strangers.wait("10.0.0.2") == 0
    now[0] += wait
    assert strangers.wait("10.0.0.1") == 0
    assert strangers.wait("10.0.0.1") > 0
    for number in range(AT_ONCE):
        assert strangers.wait(f"2001:db8::{number:x}") == 0
    assert strangers.wait("2001:db8::ffff") > 0, "another address of the same host"
    for number in range(AT_ONCE):
        assert strangers.wait("::ffff:10.1.0.1") == 0, number
    assert strangers.wait("::ffff:10.1.0.1") > 0
    assert strangers.wait("::ffff:10.1.0.2") == 0, "another host, which comes to an IPv6 socket by IPv4"
    for number in range(5000):
        strangers.wait(f"10.1.{number // 256}.{number % 256}")
    assert strangers.wait("10.0.0.1") == 0, "what is remembered is bounded"
