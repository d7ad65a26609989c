"""People of the hospital's own sign-in let a bot go live: each decision takes a proof made for it, and is made once."""

from __future__ import annotations

import html
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from robot_library.model.approval import MadeOf, Permission
from robot_library.model.signing_in import Oidc
from robot_library.people.provider.talks import Provider
from robot_library.people.rights import LinkRole as Role
from robot_library.safeguards.audit.verify import records
from tests.attended.liar import CLIENT, SECRET, Liar, liar
from tests.attended.test_oidc import issuer  # noqa: F401 - a fixture
from tests.dashboard.conftest import KEY
from tests.dashboard.fill import BOTS
from tests.dashboard.stand import Stand, outside

US, BOT = "http://127.0.0.1:8440", BOTS[0]
PAGE = f"/bots/{BOT}/permission"
ANA = {"sub": "u1", "preferred_username": "ana.lopez", "groups": ["authors"]}
CHEN = {"sub": "u2", "preferred_username": "dr.chen", "groups": ["radiologists"]}
ROLES: dict[str, tuple[str, ...]] = {"author": ("authors",), "reviewer": ("radiologists",), "clerk": ("clerks",)}


@dataclass
class Site:
    stand: Stand
    provider: Liar

    @asynccontextmanager
    async def browser(self, role: Role = "operator") -> AsyncIterator[Browser]:
        there = httpx.ASGITransport(app=self.stand.dashboard.app)
        headers = {"accept": "text/html", "origin": US}
        async with httpx.AsyncClient(transport=there, base_url=US, headers=headers) as web:
            assert (await web.post(self.stand.link(role, "whoever"))).status_code == 303
            yield Browser(self, web)

    async def there(self) -> Permission:
        return await self.stand.desk.approvals.permission(BOT)

    def failed(self) -> list[str]:
        told = [one.event for one in records(self.stand.home / "audit")]
        return [str(one.get("code")) for one in told if one["kind"] == "sign_in" and one.get("outcome") == "failed"]


@dataclass
class Browser:
    """Without a screen; the session's cookie goes with what our own pages lead to."""

    site: Site
    web: httpx.AsyncClient

    async def sheet(self, do: str) -> dict[str, str]:
        page = (await self.web.get(f"{PAGE}/{do}")).text
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))

    async def begin(self, do: str, name: str, form: dict[str, str] | None = None, **more: str) -> httpx.Response:
        said = {**(form or await self.sheet(do)), "name": name, "why": "looked at it", "elsewhere": "1", **more}
        return await self.web.post(f"{PAGE}/{do}", data=said)

    async def go(self, do: str, name: str, **more: Any) -> str:
        """To the provider, which knows who is there; where it sends the browser back to, and that leads on to."""
        answer = await self.begin(do, name, **more)
        assert answer.status_code == 200, answer.text
        async with httpx.AsyncClient(timeout=60) as outer:
            back = (await outer.get(onward(answer))).headers["location"]
        stranger = {"cookie": ""}  # another site's link brings no strict cookie
        return onward(await self.web.get(back.removeprefix(US), headers=stranger))

    async def decide(self, do: str, name: str, **more: Any) -> httpx.Response:
        return await self.web.get(await self.go(do, name, **more))


def onward(answer: httpx.Response) -> str:
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', answer.text)
    assert found is not None, answer.text
    return html.unescape(found[1])


def refused(answer: httpx.Response, why: str) -> None:
    assert answer.status_code == 409, answer.text
    assert why in html.unescape(answer.text), answer.text


Does = Callable[[Site], Awaitable[None]]


async def another_person_approves_by_a_proof_made_for_it(site: Site) -> None:
    async with site.browser() as page:
        site.provider.claims = ANA
        assert (await page.decide("ask", "Ana.Lopez")).status_code == 303
        sheet = {**(await page.sheet("refuse")), "name": "ana.lopez", "password": "a guess", "why": "no"}
        refused(await page.web.post(f"{PAGE}/refuse", data=sheet), "has no password here. Do it on a page")
        asked = site.provider.asked[-1]
        assert (asked["prompt"], asked["max_age"]) == ("login", "0")
        refused(await page.decide("approve", "ana.lopez"), "needs one of operator")
        site.provider.claims = CHEN
        assert (await page.decide("approve", "dr.chen")).status_code == 303
        granted = (await site.there()).granted
        assert granted is not None
        assert (granted.who, granted.asked_by, granted.hash) == ("dr.chen", "ana.lopez", site.stand.made.hash)
        told = [one.event for one in records(site.stand.home / "audit")]
        assert ("oidc approval", "dr.chen", "ok") in [
            (one.get("system"), one.get("person"), one.get("outcome", "ok")) for one in told
        ]
        # whoever asked cannot approve, in whatever groups they are by now
        await page.decide("ask", "dr.chen")
        refused(await page.decide("approve", "dr.chen"), "another person must")
        site.provider.claims = CHEN | {"groups": ["clerks"]}
        refused(await page.decide("withdraw", "dr.chen"), "needs one of")
        site.provider.claims = CHEN
        assert (await page.decide("withdraw", "dr.chen")).status_code == 303
        assert (await site.there()).granted is None


NOW = int(time.time())
LIES: list[tuple[str, dict[str, object], str, str]] = [
    ("no moment", {"auth_time": None}, "true", "auth_time"),
    ("an hour ago", {"auth_time": NOW - 3600}, "true", "without asking"),
    ("a minute before", {"auth_time": NOW - 60}, "true", "without asking"),
    ("tomorrow", {"auth_time": NOW + 86_400}, "true", "without asking"),
    ("words", {"auth_time": "now"}, "true", "does not hold"), ("true", {"auth_time": True}, "true", "does not hold"),
    ("not a number", {"auth_time": float("nan")}, "true", "does not hold"),
    ("another nonce", {"nonce": "x"}, "true", "does not hold"), ("unsigned", {}, "none", "does not hold"),
    ("another key", {}, "false_key", "does not hold"), ("for another", {"aud": "x"}, "true", "does not hold"),
    ("over", {"exp": NOW - 3600, "iat": NOW - 3700, "auth_time": NOW - 3700}, "true", "does not hold"),
    ("another person", {"sub": "u3", "preferred_username": "dr.other"}, "true", "somebody else has signed in"),
    ("another of that name", {"sub": "u4"}, "true", "has your name"),
    ("in no group", {"groups": []}, "true", "none of your groups"),
    ("in another", {"groups": ["clerks"]}, "true", "needs one of"),
]  # fmt: skip


async def whatever_does_not_hold_decides_nothing(site: Site) -> None:
    async with site.browser() as page:
        site.provider.claims = ANA
        await page.decide("ask", "ana.lopez")
        site.provider.claims = CHEN
        refused(await page.begin("approve", "dr.chen", why=""), "Say why")
        refused(await page.begin("approve", ""), "Write your name")
        # known from now on, so that somebody else of this name is somebody else
        assert (await page.decide("refuse", "dr.chen")).status_code == 303
        site.provider.claims = ANA
        await page.decide("ask", "ana.lopez")
        for what, claims, sign, why in LIES:
            site.provider.claims, site.provider.sign = CHEN | claims, sign
            answer = await page.decide("approve", "dr.chen")
            assert why in html.unescape(answer.text), what
            assert answer.status_code == 409, what
            assert (await site.there()).granted is None, what
        site.provider.claims, site.provider.sign = CHEN, "true"
        site.stand.book.disable("dr.chen")
        refused(await page.decide("approve", "dr.chen"), "you come in here no more")
        assert {"no_moment", "stale", "token", "other", "taken", "no_role", "no_right", "disabled"} <= set(
            site.failed()
        )
        site.stand.book.let_in_again("dr.chen")
        assert (await page.decide("approve", "dr.chen")).status_code == 303


async def an_answer_decides_once_for_the_session_that_asked(site: Site) -> None:
    async with site.browser() as mine, site.browser() as theirs, site.browser("viewer") as looker:
        site.provider.claims = ANA
        await mine.decide("ask", "ana.lopez")
        site.provider.claims = CHEN
        done = await mine.go("approve", "dr.chen")
        refused(await theirs.web.get(done), "Nothing waits")
        refused(await mine.web.get(done), "Nothing waits")
        assert (await looker.web.get(done)).status_code == 403
        assert (await mine.web.get(done, headers={"cookie": "x=y"})).status_code in (200, 401, 409)
        # state of one decision, answer to another; no state; a refusal over there
        first = await mine.go("approve", "dr.chen")
        second = await mine.go("refuse", "dr.chen")
        refused(await mine.web.get(first), "Nothing waits")
        mixed = re.sub(r"code=[^&]*", re.search(r"code=[^&]*", first)[0], second)  # type: ignore[index]
        refused(await mine.web.get(mixed), "does not hold")
        refused(await mine.web.get(second), "Nothing waits")
        for wrong in ("/proof/done", "/proof/done?state=&code=", "/proof/done?state=x&code=y"):
            refused(await mine.web.get(wrong), "Nothing waits")
        no = await mine.go("approve", "dr.chen")
        refused(await mine.web.get(f"{no}&error=access_denied"), "has not let you in")
        other = await mine.go("approve", "dr.chen")
        refused(await mine.web.get(f"{other}&iss=https://other.example"), "does not hold")
        assert (await site.there()).granted is None
        # twice at once: one decides
        import asyncio

        both = await mine.go("approve", "dr.chen")
        answers = await asyncio.gather(mine.web.get(both), mine.web.get(both))
        assert sorted(one.status_code for one in answers) == [303, 409]
        assert len(await site.stand.desk.approvals.record(BOT)) == 2
        # a form from another site, or without its token
        sheet = await mine.sheet("withdraw")
        assert (await mine.begin("withdraw", "dr.chen", {**sheet, "csrf": "guess"})).status_code == 403
        # the sign-in of another application's session is none of ours
        left = await mine.go("withdraw", "dr.chen")
        await mine.web.post("/leave", data={"csrf": sheet["csrf"]})
        assert (await mine.web.get(left)).status_code == 401
        assert (await site.there()).granted is not None


async def what_has_changed_meanwhile_is_not_decided(site: Site) -> None:
    async with site.browser() as page:
        site.provider.claims = ANA
        await page.decide("ask", "ana.lopez")
        site.provider.claims = CHEN
        done, was = await page.go("approve", "dr.chen"), site.stand.made
        site.stand.made = MadeOf("f" * 64, {"bot tiny": "f" * 64})
        refused(await page.web.get(done), "changed while you were looking")
        site.stand.made = was
        refused(await page.web.get(done), "Nothing waits")
        # asked anew for the same, while they were at the provider
        done = await page.go("approve", "dr.chen")
        await site.stand.desk.approvals.refuse(BOT, "ana.lopez", "not yet")
        await site.stand.desk.approvals.ask(BOT, "shadow", was, "ana.lopez", "now")
        refused(await page.web.get(done), "changed while you were looking")
        assert (await site.there()).granted is None
        # what the address says counts for nothing: only what was on the sheet
        done = await page.go("refuse", "dr.chen")
        assert (await page.web.get(f"{done}&do=approve&hash={was.hash}&name=ana")).status_code == 303
        there = await site.there()
        assert (there.granted, there.asked) == (None, None)


async def a_provider_that_is_away_is_said(site: Site) -> None:
    async with site.browser() as page:
        site.provider.meta = {"issuer": "https://other.example"}
        refused(await page.begin("ask", "ana.lopez"), "cannot be reached")
        site.stand.book.choose(site.stand.book.add("it.meyer", ["operator"]), "grey heron under the bridge")
        password = {"password": "grey heron under the bridge"}
        sheet = {**(await page.sheet("ask")), "name": "it.meyer", "why": "yes", **password}
        assert (await page.web.post(f"{PAGE}/ask", data=sheet)).status_code == 303


@pytest.mark.parametrize(
    "what",
    [
        another_person_approves_by_a_proof_made_for_it, whatever_does_not_hold_decides_nothing,
        an_answer_decides_once_for_the_session_that_asked, what_has_changed_meanwhile_is_not_decided,
        a_provider_that_is_away_is_said,
    ],
    ids=lambda what: what.__name__,
)  # fmt: skip
def test_deciding_by_the_hospitals_own_sign_in(tmp_path: Path, what: Does) -> None:
    async def there() -> None:
        async with liar() as provider:
            rules = Oidc(issuer=provider.url, client=CLIENT, roles=ROLES)  # type: ignore[arg-type]
            stand = Stand(tmp_path, KEY, provider=Provider(rules, lambda: SECRET))
            stand.store.open(stand.sealer.fingerprint)
            try:
                await what(Site(stand, provider))
            finally:
                stand.store.close()

    outside(there)


def test_in_a_browser_at_a_real_provider(
    browser: Chromium,
    issuer: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    """The session's own cookie is strict, the provider another site, and a form may lead nowhere else."""
    rules = Oidc(issuer=issuer, client="wetread", roles={"author": ("radiologists",)}, label="Meadow account")
    with Stand(tmp_path, KEY, provider=Provider(rules, lambda: "secret")) as stand:
        context = browser.new_context()
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(stand.link())
        page.get_by_role("button").first.click()

        def asked() -> None:
            page.goto(f"{stand.url}{PAGE}/ask")
            page.get_by_label("Your name").fill("dr.meadow")
            page.locator("#why").fill("map reviewed")
            page.get_by_role("button", name="Prove it at Meadow account").click()
            page.get_by_role("button", name="u7").first.click()

        an_hour_ago = int(time.time()) - 3600
        meadow = {"preferred_username": "dr.meadow", "groups": ["radiologists"]}
        for claims in (meadow | {"auth_time": an_hour_ago}, meadow):
            assert httpx.put(f"{issuer}/users/u7", json=claims).status_code == 204
            asked()
            if "auth_time" in claims:
                expect(page.get_by_role("alert")).to_contain_text("without asking who you are")
        page.wait_for_url(f"{stand.url}{PAGE}")
        expect(page.locator("main")).to_contain_text("dr.meadow asks that it may be shadow")
        context.close()
        assert [one.who for one in stand.ask(lambda: stand.desk.approvals.record(BOT))] == ["dr.meadow"]
