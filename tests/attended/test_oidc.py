"""The hospital's own sign-in: a real provider in a real browser, and one that lies."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, expect

from robot_library.attended.app import Attended
from robot_library.attended.house import House
from robot_library.attended.site import house_of
from robot_library.engine.database.trail import NoTrail
from robot_library.engine.desk import Desk
from robot_library.model.audit import Happened
from robot_library.model.signing_in import Oidc
from robot_library.parsing.library import Library, bundled
from robot_library.people.entrances import clerks_doors
from robot_library.people.provider.talks import Provider, Refused
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from tests.attended.liar import CLIENT, SECRET, Liar, liar
from tests.attended.test_clerk import findings
from tests.dashboard.stand import outside
from tests.delivery.receivers import endless
from tests.review.stand import Stand

KEY = SiteKey(bytes(range(32)))
SEALER = SealedJson(KEY)
US = "http://127.0.0.1:1"
GOOD = "correct horse battery"


def sign_in(issuer: str, **more: object) -> str:
    rules = {
        "issuer": issuer, "client": CLIENT, "credential": "idp", "roles": {"reviewer": ["radiologists"]}, **more
    }  # fmt: skip
    return f"sign_in: {json.dumps({'oidc': rules})}\n"


class Told(NoTrail):
    """An audit trail that remembers."""

    def __init__(self) -> None:
        self.events: list[Happened] = []

    def record(self, happened: Happened) -> None:
        self.events.append(happened)


@dataclass
class Site:
    """A site that signs in at a provider, and a browser without a screen."""

    house: House
    app: Attended
    provider: Liar
    trail: Told

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app.app), base_url=US)

    async def go(self, browser: httpx.AsyncClient) -> str:
        """To the provider; the address that it sends the browser back to."""
        there = (await browser.get("/sign-in/oidc")).headers["location"]
        async with httpx.AsyncClient(timeout=60) as web:
            return (await web.get(there)).headers["location"]

    async def come(self, browser: httpx.AsyncClient) -> httpx.Response:
        return await browser.get(await self.go(browser))


Does = Callable[[Site], Awaitable[None]]


def test_a_provider_whose_answer_has_no_end_is_away() -> None:
    async def there() -> None:
        async with endless() as (url, taken):
            rules = Oidc(issuer=url, client=CLIENT, roles={"reviewer": ("radiologists",)})
            with pytest.raises(Refused) as refused:
                await Provider(rules, lambda: SECRET).begin(f"{US}/back")
            assert (refused.value.reason, len(taken) < 100) == ("away", True)

    outside(there)


@asynccontextmanager
async def a_site(tmp_path: Path) -> AsyncIterator[Site]:
    async with liar() as provider, Desk(tmp_path, SEALER, SEALER.fingerprint) as desk:
        desk.store.trail = trail = Told()
        (tmp_path / "site.yaml").write_text(sign_in(provider.url), encoding="utf-8")
        house = house_of(tmp_path, KEY, desk, Library(tmp_path, bundled()))
        yield Site(house, Attended(house, clerks_doors(tmp_path, KEY)), provider, trail)


@pytest.fixture
def at_a_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Does], None]:
    """Does something at a site, in a thread of its own: this one may hold a browser."""
    monkeypatch.setenv("WETREAD_CREDENTIAL_IDP", f"{CLIENT}:{SECRET}")

    def run(does: Does) -> None:
        async def there() -> None:
            async with a_site(tmp_path) as site:
                await does(site)

        outside(there)

    return run


async def whoever_the_hospital_knows_in_a_mapped_group_comes_in(site: Site) -> None:
    async with site.browser() as browser:
        answer = await site.come(browser)
        assert answer.status_code == 200
        assert (await browser.get("/reports")).status_code == 200, "a reviewer's"
        assert (await browser.get("/people")).status_code == 403
    person = site.house.book.get("ana.lopez")
    assert (person.roles, person.elsewhere) == (("reviewer",), True)
    (asked,) = site.provider.asked
    assert (asked["prompt"], asked["response_type"], asked["redirect_uri"]) == (
        "login", "code", f"{US}/sign-in/oidc/back",
    )  # fmt: skip
    told = [(one.person, one.outcome, one.system) for one in site.trail.events]
    assert told == [("ana.lopez", "ok", "oidc")]
    # roles come from the hospital each time; the name of the first time stays theirs
    site.provider.claims = {"groups": "radiologists", "preferred_username": "ana.married"}
    async with site.browser() as browser:
        assert (await site.come(browser)).status_code == 200
    assert site.house.book.find("ana.married") is None
    site.house.book.disable("ana.lopez")
    async with site.browser() as browser:
        assert (await site.come(browser)).status_code == 401
    # another person there, with the name of somebody here, is not that person
    site.house.book.choose(site.house.book.add("dr.chen", ["admin"]), GOOD)
    site.provider.claims = {"sub": "u2", "preferred_username": "Dr.Chen"}
    async with site.browser() as browser:
        assert (await site.come(browser)).status_code == 401
        assert (await browser.get("/")).status_code == 401
    # and accounts kept here go on, whatever the provider does
    site.provider.meta = {"issuer": "https://other.example"}
    async with site.browser() as browser:
        form = {"name": "dr.chen", "password": GOOD}
        await browser.post("/sign-in", data=form, headers={"origin": US})
        assert (await browser.get("/people")).status_code == 200


NOW = int(time.time())
LIES: list[tuple[str, dict[str, object], str]] = [
    ("another nonce", {"nonce": "x"}, "true"), ("no nonce", {"nonce": None}, "true"),
    ("for another", {"aud": "other"}, "true"), ("for others too", {"aud": [CLIENT, "other"]}, "true"),
    ("for another to use", {"azp": "other"}, "true"), ("of another", {"iss": "https://other.example"}, "true"),
    ("over", {"exp": NOW - 3600, "iat": NOW - 3700}, "true"), ("never over", {"exp": None}, "true"),
    ("old", {"iat": NOW - 7200}, "true"), ("older than all", {"iat": -(10**400)}, "true"),
    ("nobody", {"sub": None}, "true"), ("a number", {"sub": 7}, "true"),
    ("unsigned", {}, "none"), ("shared secret", {}, "shared"), ("the public key as a secret", {}, "public"),
    ("another key", {}, "false_key"), ("a key nobody knows", {}, "unknown_kid"),
    ("in no group", {"groups": None}, "true"), ("in no group of ours", {"groups": ["admins", "all"]}, "true"),
    ("groups as a map", {"groups": {"radiologists": True}}, "true"), ("no name", {"preferred_username": ""}, "true"),
    ("no name for a file", {"preferred_username": "ana lopez/../x"}, "true"),
]  # fmt: skip


async def whatever_a_provider_gets_wrong_nobody_comes_in(site: Site) -> None:
    for what, claims, sign in LIES:
        site.provider.claims, site.provider.sign = claims, sign
        async with site.browser() as browser:
            answer = await site.come(browser)
            assert answer.status_code == 401, what
            assert not any("oidc" not in name for name in browser.cookies), what
            assert (await browser.get("/")).status_code == 401, what
    assert site.house.book.all() == []
    assert {one.outcome for one in site.trail.events} == {"failed"}
    assert len(site.trail.events) == len(LIES)
    site.provider.claims, site.provider.sign = {}, "true"
    async with site.browser() as browser:
        assert (await site.come(browser)).status_code == 200


async def an_answer_counts_once_for_the_browser_that_asked(site: Site) -> None:
    async with site.browser() as mine, site.browser() as theirs:
        back = await site.go(mine)
        assert (await theirs.get(back)).status_code == 401, "a link somebody was sent"
        await theirs.get("/sign-in/oidc")
        assert (await theirs.get(back)).status_code == 401, "another attempt's state"
        code = parse_qs(urlsplit(back).query)["code"][0]
        assert (await mine.get(f"/sign-in/oidc/back?code={code}")).status_code == 401, "no state"
        assert (await mine.get("/sign-in/oidc/back?state=&code=")).status_code == 401
        back = await site.go(mine)
        assert (await mine.get(f"{back}&iss=https://other.example")).status_code == 401, "another provider's answer"
        back = await site.go(mine)
        assert (await mine.get(f"{back}&error=access_denied")).status_code == 401
        back = await site.go(mine)
        assert (await mine.get(back)).status_code == 200
        assert (await mine.get(back)).status_code == 401, "twice"
        forged = {"cookie": "; ".join(f"{name}=w1.AAAA" for name in ("wetread_oidc", "x"))}
        assert (await theirs.get(back, headers=forged)).status_code == 401
        site.provider.meta = {"token_endpoint": "http://evil.example/token"}
    site.app._shell._elsewhere._provider._told = (0.0, {})  # type: ignore[union-attr]
    async with site.browser() as mine:
        assert (await site.come(mine)).status_code == 401, "a secret is sent over no open line"
        site.app._shell._elsewhere._provider._told = (0.0, {})  # type: ignore[union-attr]
        site.provider.meta = {"issuer": "https://other.example"}
        away = await mine.get("/sign-in/oidc")
        assert away.status_code == 401
        assert 'name="password"' in away.text, "accounts kept here are the way in when the provider is away"


@pytest.mark.parametrize(
    "what",
    [
        whoever_the_hospital_knows_in_a_mapped_group_comes_in, whatever_a_provider_gets_wrong_nobody_comes_in,
        an_answer_counts_once_for_the_browser_that_asked,
    ],
    ids=lambda what: what.__name__,
)  # fmt: skip
def test_at_a_site(at_a_site: Callable[[Does], None], what: Does) -> None:
    at_a_site(what)


class Hospital(Stand):
    """A stand whose people sign in at a provider."""

    issuer = ""

    def _project(self) -> Path:
        project = super()._project()
        rules = {"issuer": self.issuer, "client": "wetread", "credential": "idp", "label": "Meadow account",
                 "roles": {"reviewer": ["radiologists"]}}  # fmt: skip
        with (project / "site.yaml").open("a", encoding="utf-8") as file:
            file.write(f"sign_in: {json.dumps({'oidc': rules})}\n")
        return project


@pytest.fixture
def issuer() -> Iterator[str]:
    """oidc-provider-mock, a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    people = [{"sub": "u7", "preferred_username": "dr.meadow", "groups": ["radiologists"]},
              {"sub": "u8", "preferred_username": "porter", "groups": ["porters"]}]  # fmt: skip
    claims = [part for one in people for part in ("--user-claims", json.dumps(one))]
    environment = {**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"}
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "-n", "true", *claims]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://localhost:{port}"  # another site than ours, to a browser
    try:
        end = time.monotonic() + 240
        while True:
            try:
                assert httpx.get(f"{url}/.well-known/openid-configuration", timeout=60).json()["issuer"] == url
                break
            except httpx.HTTPError:
                assert process.poll() is None, "the provider did not start"
                assert time.monotonic() < end
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def test_somebody_signs_in_at_a_real_provider_in_a_browser(
    browser: Browser, issuer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WETREAD_CREDENTIAL_IDP", "wetread:secret")
    stand = Hospital(tmp_path, KEY)
    stand.issuer = issuer
    with stand:
        context = browser.new_context()
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(stand.url)
        assert findings(page) == []
        page.get_by_role("link", name="Sign in with Meadow account").click()
        page.get_by_role("button", name="u8").first.click()
        expect(page.get_by_role("alert")).to_contain_text("none of your groups", timeout=60_000)
        page.get_by_role("link", name="Sign in with Meadow account").click()
        page.get_by_role("button", name="u7").first.click()
        page.wait_for_selector("#main")
        expect(page.locator("body")).to_contain_text("dr.meadow")
        assert urlsplit(page.url).path == "/"
        page.keyboard.press("x")
        page.get_by_role("link", name="Sign out of Meadow account as well").click()
        page.wait_for_url(f"{issuer}/**")
        context.close()
    told = [(one.get("outcome"), one.get("code")) for one in stand.told() if one.get("kind") == "sign_in"]
    assert len(told) == 2


def test_a_provider_whose_answer_is_nested_without_end_is_away() -> None:
    class Deep(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"[" * 200_000)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Deep) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            rules = Oidc(issuer=f"http://127.0.0.1:{server.server_port}", client="wetread", roles={"clerk": ("c",)})
            asked = Provider(rules, lambda: None).begin("http://127.0.0.1/back")
            with ThreadPoolExecutor(1) as aside, pytest.raises(Refused):  # the browser's loop is this thread's
                aside.submit(asyncio.run, asked).result()
        finally:
            server.shutdown()
            thread.join()
