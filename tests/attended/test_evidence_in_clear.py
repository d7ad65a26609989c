"""Evidence in clear takes a proof of that moment, of whoever's session it is: with a password, or at the hospital's own
sign-in; and each proof opens once."""

from __future__ import annotations

import asyncio
import html
import io
import re
import time
import zipfile
from collections.abc import Callable

import httpx
import pytest

from robot_library.engine.desk import New
from robot_library.web.doors import Doors
from tests.attended.test_oidc import GOOD, US, Does, Site, at_a_site  # noqa: F401 - a fixture

ANA = {"sub": "u1", "preferred_username": "ana.lopez", "groups": ["radiologists"]}


class Reader:
    """A browser without a screen, of somebody who is in; another site's link brings no strict cookie."""

    def __init__(self, site: Site, web: httpx.AsyncClient, item: str) -> None:
        self.site, self.web, self.at = site, web, f"/orders/{item}/bundle/clear"

    async def ask(self, **more: str) -> httpx.Response:
        csrf = re.search(r'name="csrf" value="([^"]*)"', (await self.web.get(self.at)).text)
        assert csrf is not None
        return await self.web.post(self.at, data={"csrf": csrf[1], **more}, headers={"origin": US})

    async def go(self) -> str:
        there = onward(await self.ask(elsewhere="1"))
        async with httpx.AsyncClient(timeout=60) as outer:
            back = (await outer.get(there)).headers["location"]
        return onward(await self.web.get(back.removeprefix(US), headers={"cookie": ""}))

    async def done(self) -> httpx.Response:
        return await self.web.get(await self.go())


def onward(answer: httpx.Response) -> str:
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', answer.text)
    assert found is not None, answer.text
    return html.unescape(found[1])


def exported(site: Site) -> list[str]:
    return [one.person for one in site.trail.events if one.what == "incident bundle in clear"]


def refused(answer: httpx.Response, why: str) -> None:
    assert answer.status_code == 409, answer.text
    assert why in html.unescape(answer.text), answer.text


async def an_order(site: Site) -> str:
    (item,) = await site.house.desk.add_all("tiny", [New({"order": "REQ-CLEAR-1"}, "O1")])
    assert item is not None
    ident = item if isinstance(item, str) else item.id
    await site.house.desk.incidents.report(ident, "ana.lopez", "left and right")
    return ident


async def whose_session_it_is_opens_it_once_by_a_proof_of_now(site: Site) -> None:
    item = await an_order(site)
    site.provider.claims = ANA
    async with site.browser() as web:
        await site.come(web)
        reader = Reader(site, web, item)
        assert "bundle/clear" in (await web.get(f"/orders/{item}")).text
        page = (await web.get(reader.at)).text
        assert 'name="elsewhere"' in page
        assert 'name="password"' not in page
        refused(await reader.ask(password=GOOD), "has no password here")
        away = await reader.go()
        answer = await web.get(away)
        assert answer.headers["content-type"] == "application/zip"
        whole = b"".join(
            zipfile.ZipFile(io.BytesIO(answer.content)).read(name)
            for name in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        )
        assert b"REQ-CLEAR-1" in whole
        assert exported(site) == ["ana.lopez"]
        asked = site.provider.asked[-1]
        assert (asked["prompt"], asked["max_age"]) == ("login", "0")
        refused(await web.get(away), "Nothing waits")
        now = int(time.time())
        lies: list[tuple[dict[str, object], str]] = [
            ({"sub": "u2", "preferred_username": "dr.chen"}, "somebody else has signed in"),
            ({"auth_time": now - 900}, "without asking"), ({"auth_time": None}, "auth_time"),
            ({"nonce": "x"}, "does not hold"), ({"groups": []}, "none of your groups"),
        ]  # fmt: skip
        for claims, why in lies:
            site.provider.claims = ANA | claims
            refused(await reader.done(), why)
        site.provider.claims = ANA
        both = await reader.go()
        answers = await asyncio.gather(web.get(both), web.get(both))
        assert sorted(one.status_code for one in answers) == [200, 409]
        assert exported(site) == ["ana.lopez"] * 2
        # another session of the same person, and nobody's
        mine = await reader.go()
        async with site.browser() as other:
            await site.come(other)
            refused(await other.get(mine), "Nothing waits")
        async with site.browser() as nobody:
            assert (await nobody.get(await reader.go())).status_code == 401
        assert exported(site) == ["ana.lopez"] * 2


async def with_a_password_it_takes_the_password(site: Site) -> None:
    item, book = await an_order(site), site.house.book
    for name, role in (("it.meyer", "operator"), ("clark", "clerk")):
        book.choose(book.add(name, [role]), GOOD)
    for name, may in (("it.meyer", False), ("clark", True)):
        async with site.browser() as web:
            await web.post("/sign-in", data={"name": name, "password": GOOD}, headers={"origin": US})
            reader = Reader(site, web, item)
            assert (await web.get(reader.at)).status_code == (200 if may else 403)
            assert ("bundle/clear" in (await web.get(f"/orders/{item}")).text) is may
            if not may:
                continue
            assert 'name="elsewhere"' not in (await web.get(reader.at)).text
            refused(await reader.ask(password="a guess of somebody's"), "not their password")
            refused(await reader.ask(), "not their password")
            assert exported(site) == []
            assert (await reader.ask(password=GOOD)).headers["content-type"] == "application/zip"
            assert (await web.post(reader.at, data={"password": GOOD}, headers={"origin": US})).status_code == 403
    assert exported(site) == ["clark"]


async def who_has_no_account_opens_nothing(site: Site) -> None:
    item = await an_order(site)
    doors: Doors = site.app._shell.doors
    async with site.browser() as web:
        link = doors.link("clerk local", "root")
        await web.get(f"/enter/{link}")
        page = await web.get(f"/orders/{item}/bundle/clear")
        assert "It takes an account" in page.text
        refused(await Reader(site, web, item).ask(password=GOOD), "nobody who may decide")
    assert exported(site) == []


async def a_guess_at_a_screen_that_was_left_open_is_told(site: Site) -> None:
    site.house.book.choose(site.house.book.add("clark", ["clerk"]), GOOD)
    async with site.browser() as web:
        await web.post("/sign-in", data={"name": "clark", "password": GOOD}, headers={"origin": US})
        csrf = re.search(r'name="csrf" value="([^"]*)"', (await web.get("/me")).text)
        assert csrf is not None
        form = {"csrf": csrf[1], "now": "a guess of somebody's", "password": GOOD + "x", "again": GOOD + "x"}
        await web.post("/me/password", data=form, headers={"origin": US})
    told = [(one.person, one.outcome, one.code) for one in site.trail.events if one.kind == "sign_in"]
    assert told == [("clark", "ok", ""), ("clark", "failed", "own page")]


@pytest.mark.parametrize(
    "what",
    [
        a_guess_at_a_screen_that_was_left_open_is_told, whose_session_it_is_opens_it_once_by_a_proof_of_now,
        with_a_password_it_takes_the_password, who_has_no_account_opens_nothing,
    ],
    ids=lambda what: what.__name__,
)  # fmt: skip
def test_in_clear(at_a_site: Callable[[Does], None], what: Does) -> None:  # noqa: F811
    at_a_site(what)
