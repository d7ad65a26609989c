"""People come into the dashboard with the account that they have in the clerk's app: one book, one count of refused
tries, one way of being sent away."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pyotp
import pytest

from robot_library.attended.app import Attended
from robot_library.attended.site import house_of
from robot_library.cli.main import main
from robot_library.engine.records.alerts import Found as AlertFound
from robot_library.engine.records.alerts import Message
from robot_library.model.signing_in import Oidc
from robot_library.parsing.library import Library, bundled
from robot_library.people.entrances import clerks_doors, dashboard_doors, every_door
from robot_library.people.manage import Manage
from robot_library.people.passwords import new_seed
from robot_library.people.provider.talks import Provider
from robot_library.safeguards.audit.verify import records
from robot_library.safeguards.keys import site_key
from robot_library.unattended.alerts.wording import as_json, body
from robot_library.web.live import Live
from robot_library.web.walls import Walls
from tests.attended.liar import CLIENT, SECRET, liar
from tests.dashboard.fill import BOTS, Filling, order_number
from tests.dashboard.stand import Stand, outside
from tests.web.probing import MARK

PASSWORD, US = "grey heron under the bridge", "http://127.0.0.1:8440"


@dataclass
class Site:
    """One home with both of its applications, neither served."""

    stand: Stand
    clerks: Walls

    @asynccontextmanager
    async def browser(self, *, clerks: bool = False) -> AsyncIterator[httpx.AsyncClient]:
        there = httpx.ASGITransport(app=self.clerks if clerks else self.stand.dashboard.app)
        headers = {"accept": "text/html", "origin": US}
        async with httpx.AsyncClient(transport=there, base_url=US, headers=headers) as web:
            yield web

    def has(self, name: str, *roles: str) -> str:
        """Somebody with an account."""
        self.stand.book.choose(self.stand.book.add(name, roles), PASSWORD)
        return name

    def manage(self) -> Manage:
        return Manage(self.stand.book, every_door(self.stand.home, self.stand.key), self.stand.store.trail.record)

    def told(self) -> list[tuple[str, str, str]]:
        """Sign-ins of the audit trail: who, how it ended, where."""
        found = [one.event for one in records(self.stand.home / "audit") if one.event["kind"] == "sign_in"]
        usual = {"person": "", "outcome": "ok", "system": ""}
        return [tuple(str(one.get(name, other)) for name, other in usual.items()) for one in found]  # type: ignore[misc]


async def come(web: httpx.AsyncClient, name: str, password: str = PASSWORD) -> httpx.Response:
    return await web.post("/sign-in", data={"name": name, "password": password})


async def code(web: httpx.AsyncClient, asked: httpx.Response, digits: str) -> httpx.Response:
    proven = re.search(r'name="proven" value="([^"]+)"', asked.text)
    assert proven is not None
    return await web.post("/sign-in/code", data={"proven": proven[1], "code": digits})


async def csrf(web: httpx.AsyncClient) -> dict[str, str]:
    found = re.search(r'name="csrf" value="(\w+)"', (await web.get("/keys")).text)
    assert found is not None
    return {"csrf": found[1]}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    stand = Stand(tmp_path, site_key(tmp_path, create=True))
    stand.store.open(stand.sealer.fingerprint)
    house = house_of(tmp_path, stand.key, stand.desk, Library(tmp_path, bundled()))
    yield Site(stand, Attended(house, clerks_doors(tmp_path, stand.key)).app)
    stand.dashboard.close()
    stand.store.close()


async def test_an_account_opens_the_dashboard_under_its_own_name_and_role(site: Site) -> None:
    ana = site.has("ana", "reviewer", "admin")
    async with site.browser() as web:
        form = await web.get("/queue")
        assert form.status_code == 401
        assert 'action="/sign-in"' in form.text
        assert "wetread link" in form.text
        answer = await come(web, " Ana ")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"].casefold()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        page = await web.get("/")
        assert page.status_code == 200
        assert "ana · reviewer, admin" in page.text
        done = await web.post("/stop", data={**await csrf(web), "scope": "all", "why": "wrong side in three drafts"})
        assert done.status_code == 303
        refused = await web.post("/go-on", data={**await csrf(web), "scope": "all"})
        assert refused.status_code == 403
        assert "reviewer, admin" in refused.text
    (stopped,) = await site.stand.desk.switches.list()
    assert (stopped.who, stopped.why) == (ana, "wrong side in three drafts")
    assert site.told() == [("ana", "ok", "dashboard")]


async def test_who_proves_nothing_sees_nothing_and_is_told_alike(site: Site) -> None:
    site.has("ana", "operator")
    site.stand.book.disable(site.has("ben", "operator"))
    site.stand.book.add("new", ["operator"])  # has chosen no password yet
    said = set()
    async with site.browser() as web:
        for name, password in (("ana", "a guess"), ("ben", PASSWORD), ("new", ""), ("nobody", PASSWORD), ("ana", "")):
            answer = await come(web, name, password)
            assert answer.status_code == 401, name
            assert "set-cookie" not in answer.headers
            said.add(re.search(r'role="alert">([^<]+)<', answer.text)[1])  # type: ignore[index]
            assert (await web.get("/")).status_code == 401
    assert len(said) == 1, "nothing says which it was"
    names = [name for name, outcome, _ in site.told() if outcome == "failed"]
    assert names == ["ana", "ben", "new", "", "ana"], "what is no name may be a password"


@pytest.mark.parametrize("first", ["dashboard", "clerk's app"])
async def test_neither_application_is_the_way_round_the_others_lockout(site: Site, first: str) -> None:
    site.has("ana", "operator")
    async with site.browser(clerks=first != "dashboard") as one, site.browser(clerks=first == "dashboard") as other:
        for _ in range(3):
            assert (await come(one, "ana", "a guess")).status_code == 401
        for _ in range(2):
            assert (await come(other, "ana", "a guess")).status_code == 401
        for web in (one, other):
            answer = await come(web, "ana")
            assert answer.status_code == 401
            assert "Too many tries" in answer.text
        site.manage().reset("ana", "it")
    async with site.browser() as web:
        assert (await web.get("/")).status_code == 401


async def test_a_second_factor_is_asked_for_and_a_code_works_once_in_both(site: Site) -> None:
    seed = new_seed()
    site.stand.book.protect(site.has("ana", "operator"), seed)
    async with site.browser() as web, site.browser(clerks=True) as clerks:
        asked = await come(web, "ana")
        assert asked.status_code == 401
        assert (await web.get("/")).status_code == 401, "a password alone opens nothing"
        good = pyotp.TOTP(seed).now()
        wrong = await code(web, asked, "000000" if good != "000000" else "111111")
        assert wrong.status_code == 401
        assert (await code(web, wrong, good)).status_code == 303
        assert (await web.get("/")).status_code == 200
        replayed = await code(clerks, await come(clerks, "ana"), good)
        assert replayed.status_code == 401
        forged = await web.post("/sign-in/code", data={"proven": f"ana|9999999999|{'0' * 64}", "code": good})
        assert forged.status_code == 401
        async with site.browser() as thief:  # the proof of a password is the application's own
            clerks_asked = await come(clerks, "ana")
            assert (await code(thief, clerks_asked, pyotp.TOTP(seed).now())).status_code == 401


@pytest.mark.parametrize("what", ["disable", "give", "reset", "send_away"])
async def test_a_session_ends_with_what_it_was_let_in_for(site: Site, what: str) -> None:
    site.has("ana", "operator")
    site.has("it", "admin")
    async with site.browser() as web, site.browser() as other, site.browser(clerks=True) as clerks:
        await come(web, "ana")
        await come(other, "it")
        await come(clerks, "ana")
        form = await csrf(web)
        manage = site.manage()
        match what:
            case "disable":
                manage.disable("ana", "it")
            case "give":
                manage.give("ana", ["author"], "it")
            case "reset":
                manage.reset("ana", "it")
            case _:
                assert manage.send_away("ana", "it") == 2, "one here, one there"
        assert (await web.get("/")).status_code == 401
        assert (await web.post("/stop", data={**form, "scope": "all", "why": "x"})).status_code == 401
        assert (await clerks.get("/me")).status_code == 401
        assert (await other.get("/")).status_code == 200, "nobody else's"
        again = await come(web, "ana")
        assert again.status_code == (401 if what in ("disable", "reset") else 303)
        if what == "give":
            assert "ana · author" in (await web.get("/")).text
    assert await site.stand.desk.switches.scopes() == set()


@pytest.mark.parametrize("what", ["password", "second-factor"])
async def test_whoever_changes_their_sign_in_is_in_alone(site: Site, what: str) -> None:
    """Somebody changes a password because another knows it: that one's session is no better than the password was."""
    site.has("ana", "clerk", "operator")
    site.has("it", "admin")
    other, seed = "a quite different heron", ""
    async with (
        site.browser(clerks=True) as mine, site.browser(clerks=True) as thief, site.browser() as there,
        site.browser() as somebody,
    ):  # fmt: skip
        for web in (mine, thief, there):
            await come(web, "ana")
        await come(somebody, "it")
        page = (await mine.get("/me")).text
        seed, sealed = (re.search(rf'name="{name}" value="(\w+)"', page)[1] for name in ("seed", "sealed"))  # type: ignore[index]
        form = {**await csrf(mine), "now": "a guess", "password": other, "again": other, "seed": seed, "sealed": sealed,
                "code": pyotp.TOTP(seed).now()}  # fmt: skip
        assert "is not your password" in (await mine.post(f"/me/{what}", data=form)).text
        assert (await thief.get("/me")).status_code == 200, "nothing has changed yet"
        before = dict(mine.cookies)
        assert (await mine.post(f"/me/{what}", data={**form, "now": PASSWORD})).status_code == 303
        assert (await mine.get("/me")).status_code == 200
        assert dict(mine.cookies) != before, "under another key"
        assert (await thief.get("/me")).status_code == 401
        assert (await there.get("/")).status_code == 401
        assert (await somebody.get("/")).status_code == 200, "nobody else's"
        async with site.browser(clerks=True) as old:
            old.cookies = httpx.Cookies(before)
            assert (await old.get("/me")).status_code == 401


async def test_what_the_book_says_counts_wherever_it_was_changed(site: Site) -> None:
    """Not only where whoever changed it knew of this application's sessions."""
    site.has("ana", "operator", "clerk")
    site.has("it", "admin")
    async with site.browser() as web:
        await come(web, "ana")
        site.stand.book.give("ana", ["clerk"])
        assert (await web.get("/queue")).status_code == 401
        site.stand.book.give("ana", ["clerk", "operator"])
        assert (await web.get("/queue")).status_code == 200
        site.stand.book.disable("ana")
        for path in ("/queue", "/events", "/nothing", "/frame"):
            assert (await web.get(path)).status_code == 401, path
        site.stand.book.let_in_again("ana")
        assert (await web.get("/queue")).status_code == 200
        token = site.stand.book.reset("ana")
        assert (await web.get("/queue")).status_code == 401, "whoever knew the password that was reset"
        site.stand.book.choose(token, PASSWORD)
        with sqlite3.connect(site.stand.home / "people.sqlite") as file:
            file.execute("DELETE FROM people WHERE name = 'ana'")
        assert (await web.get("/queue")).status_code == 401


async def test_an_open_stream_ends_with_the_account(site: Site) -> None:
    live: Live = site.stand.dashboard.live
    live._beat = 0.05
    site.has("ana", "author")
    site.has("it", "admin")
    async with site.browser() as web:
        await come(web, "ana")
        heard: list[bytes] = []
        going, cookies = asyncio.Event(), "; ".join(f"{name}={value}" for name, value in web.cookies.items())

        async def send(message: dict[str, object]) -> None:
            heard.append(bytes(message.get("body", b"")))  # type: ignore[call-overload]
            if b"still here" in heard[-1]:
                going.set()

        async def receive() -> dict[str, object]:
            await asyncio.sleep(3600)
            return {}

        headers = [(b"host", b"127.0.0.1:8440"), (b"cookie", cookies.encode())]
        scope = {"type": "http", "method": "GET", "path": "/events", "raw_path": b"/events", "root_path": "",
                 "query_string": b"", "scheme": "http", "http_version": "1.1", "headers": headers,
                 "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8440)}  # fmt: skip
        stream = asyncio.create_task(site.stand.dashboard.app(scope, receive, send))  # type: ignore[arg-type]
        await asyncio.wait_for(going.wait(), 30)
        site.stand.book.disable("ana")
        await asyncio.sleep(0.3)
        assert b"event: gone" in b"".join(heard)
        assert b"event: changed" not in b"".join(heard).partition(b"event: gone")[2]
        stream.cancel()


async def test_links_go_on_as_they_did_and_are_nobodys_account(site: Site) -> None:
    site.has("it", "admin")
    async with site.browser() as wall, site.browser() as named:
        assert (await wall.post(site.stand.link("viewer", "screen in room 3"))).status_code == 303
        assert (await named.post(site.stand.link("operator", "ana"))).status_code == 303
        for web in (wall, named):
            assert (await web.get("/")).status_code == 200, "no account of that name is asked for"
        site.has("ana", "author")
        site.stand.book.disable("ana")
        assert (await named.get("/")).status_code == 200, "a link is not an account"
        site.stand.book.let_in_again("ana")
        assert site.manage().send_away("ana", "it") == 1, "but whoever is sent away by name is sent away"
        assert (await named.get("/")).status_code == 401
        assert (await wall.get("/")).status_code == 200
    assert ("screen in room 3", "ok", "dashboard") in site.told()


def test_the_command_line_sends_away_from_both(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.has("ana", "operator")
    home, key = site.stand.home, site.stand.key
    cookies = {doors: doors.admit("operator", "ana", account=True) for doors in every_door(home, key)}
    with pytest.raises(SystemExit) as ended:
        main(["people", "send-away", "ana", "--who", "it", "--home", str(home)])
    assert not ended.value.code
    assert "2 sessions of ana ended" in capsys.readouterr().out
    assert all(doors.session(cookie) is None for doors, cookie in cookies.items())


async def test_somebody_who_was_added_chooses_a_password_here_too(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where only the dashboard runs, the link leads to it."""
    (site.stand.home / "office.address").write_text("http://127.0.0.1:8440", encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["people", "add", "ana", "--role", "operator", "--who", "it", "--home", str(site.stand.home)])
    link = capsys.readouterr().out.split()[-1]
    assert link.startswith("http://127.0.0.1:8440/welcome/")
    async with site.browser() as web:
        assert "operator" in (await web.get(link)).text
        short = await web.post(link, data={"password": "short", "again": "short"})
        assert short.status_code == 401
        assert (await web.post(link, data={"password": PASSWORD, "again": PASSWORD})).status_code == 303
        assert "ana · operator" in (await web.get("/")).text
        assert (await web.post(link, data={"password": PASSWORD, "again": PASSWORD})).status_code == 401


NAMES = (
    "", "an\x00a", "ana\x07", "ana\r\nset-cookie: x=1", "\u202eana", "ana' OR 1=1 --", MARK, "a" * 15_000,
    "\u6f22" * 300,
)  # fmt: skip
BAD: list[dict[str, str]] = [
    {}, {"name": "ana"}, {"password": PASSWORD}, {"name": "ana", "password": ""},
    {"name": "ana", "password": "p" * 15_000}, {"name": MARK, "password": MARK},
    *({"name": name, "password": PASSWORD} for name in NAMES),
]  # fmt: skip


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/code", "/welcome/guessed"])
async def test_what_is_no_sign_in_opens_nothing_and_breaks_nothing(site: Site, path: str) -> None:
    site.has("ana", "operator")
    async with site.browser() as web:
        for form in BAD:
            answer = await web.post(path, data={**form, "proven": form.get("name", ""), "code": form.get("name", "")})
            assert answer.status_code == 401, form
            assert "set-cookie" not in answer.headers
            assert MARK not in answer.text
        for kind, body in (("multipart/form-data; boundary=x", b"--x\r\nnothing"), ("application/json", b"[" * 999),
                           ("application/x-www-form-urlencoded", b"name=" + b"x" * 30_000)):  # fmt: skip
            answer = await web.post(path, content=body, headers={"content-type": kind})
            assert answer.status_code in (400, 401), kind
        elsewhere = {"origin": "http://evil.example"}
        assert (await web.post(path, data={"name": "ana", "password": PASSWORD}, headers=elsewhere)).status_code == 403
        assert (await web.get("/")).status_code == 401


async def test_each_role_sees_what_is_its_own(site: Site) -> None:
    """Pages as they are made for each: pictures, notes, what was said to be wrong, the number of an order."""
    filling = Filling(site.stand.home, site.stand.key)
    await filling.fill(40)
    filling.store.close()
    desk = site.stand.desk
    typed = (await desk.board.page(states=("done",), order="changed")).items[0]
    await desk.note(typed.id, "dr.chen", "asked the ward about it")
    await desk.incidents.report(typed.id, "ann", "left and right confused")
    for role in ("clerk", "reviewer", "author", "operator", "admin"):
        site.has(role, role)
        async with site.browser() as web:
            await come(web, role)
            pages = ("/", "/queue", "/exceptions", "/dead", "/drift", "/bots", "/reconciliation", "/office", "/keys",
                     f"/reconciliation/{BOTS[0]}", f"/bots/{BOTS[0]}/permission", f"/items/{typed.id}")  # fmt: skip
            html = {path: (await web.get(path)) for path in pages}
            assert {path: one.status_code for path, one in html.items() if one.status_code != 200} == {}, role
            item, first = html[f"/items/{typed.id}"].text, html["/"].text
            assert ("/pictures/" in item, "/pictures/" in first) == ((role != "admin",) * 2), role
            assert ("left and right confused" in item, 'href="/incidents"' in first) == ((role != "admin",) * 2), role
            assert ("asked the ward" in item) == (role in ("clerk", "reviewer", "operator")), role
            numbered = (await web.get("/queue", params={"search": order_number(7)})).text
            assert ("1 items" in numbered) == (role in ("clerk", "reviewer", "operator")), role
            assert ("Send back" in html["/queue"].text) == (role == "operator")
            assert 'href="/stop"' in first


async def test_the_address_in_a_message_leads_to_what_it_is_about(site: Site) -> None:
    """Whoever is woken at night by a mail follows it."""
    alerts = site.stand.alerts
    await alerts.keep([AlertFound("worker_lost", "worker-1", "worker-1 has given no sign of life.")], {"worker_lost"})
    (alert,) = await alerts.all()
    message = Message("m", "night", "raised", 0, frozenset(), alert)
    (told,) = json.loads(as_json([message], US + "/"))["messages"]
    assert told["link"] in body([message], US)
    site.has("ana", "author")
    async with site.browser() as web:
        await come(web, "ana")
        page = await web.get(told["link"])
        assert page.status_code == 200
        assert f'id="{told["link"].partition("#")[2]}"' in page.text
        assert alert.id in told["link"]
        assert alert.text in page.text


def test_sessions_of_an_older_wetread_are_links(tmp_path: Path) -> None:
    key = site_key(tmp_path, create=True)
    cookie = dashboard_doors(tmp_path, key).admit("operator", "dr.chen")
    with sqlite3.connect(tmp_path / "doors.sqlite") as file:
        file.execute("ALTER TABLE sessions DROP COLUMN account")
    session = dashboard_doors(tmp_path, key).session(cookie)
    assert session is not None
    assert (session.who, session.account) == ("dr.chen", False)


def test_the_hospitals_own_sign_in_opens_it_too(tmp_path: Path) -> None:
    async def there() -> None:
        async with liar() as provider:
            provider.claims = {"sub": "u2", "preferred_username": "dr.chen", "groups": ["radiologists"]}
            rules = Oidc(issuer=provider.url, client=CLIENT, roles={"reviewer": ("radiologists",)})
            key = site_key(tmp_path, create=True)
            stand = Stand(tmp_path, key, provider=Provider(rules, lambda: SECRET))
            stand.store.open(stand.sealer.fingerprint)
            one = Site(stand, stand.dashboard.app)
            async with one.browser() as web:
                assert "/sign-in/oidc" in (await web.get("/")).text
                onward = (await web.get("/sign-in/oidc")).headers["location"]
                async with httpx.AsyncClient(timeout=60) as outer:
                    back = (await outer.get(onward)).headers["location"]
                assert (await web.get(back)).status_code == 200
                assert "dr.chen · reviewer" in (await web.get("/")).text
                stand.book.disable("dr.chen")
                assert (await web.get("/")).status_code == 401
            assert one.told() == [("dr.chen", "ok", "oidc dashboard")]
            stand.dashboard.close()
            stand.store.close()

    outside(there)
