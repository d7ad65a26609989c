"""Letting a bot go live from a page: attacked as the command line is, and by what only a page can be attacked with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from robot_library.model.approval import MadeOf, Permission
from robot_library.people.book import FILE, Book
from robot_library.people.rights import LinkRole as Role
from robot_library.safeguards.audit.verify import records
from robot_library.safeguards.sealed import SealedJson
from tests.dashboard.conftest import KEY
from tests.dashboard.fill import BOTS
from tests.dashboard.stand import Stand

PASSWORD, US = "grey heron under the bridge", "http://127.0.0.1:8440"
PAGE = f"/bots/{BOTS[0]}/permission"


class Visitor:
    """A browser without a screen, of somebody who came in by a link."""

    def __init__(self, stand: Stand, role: Role = "operator") -> None:
        self._stand, self._role = stand, role
        self._cookies: dict[str, str] = {}
        (answer,) = self.send(("POST", stand.link(role, "whoever"), {}))
        assert answer.status_code == 303
        self._cookies = dict(answer.cookies)

    def send(self, *requests: tuple[str, str, dict[str, str]]) -> list[httpx.Response]:
        async def work() -> list[httpx.Response]:
            there = httpx.ASGITransport(app=self._stand.dashboard.app)
            headers = {"accept": "text/html", "origin": US}
            async with httpx.AsyncClient(transport=there, base_url=US, headers=headers, cookies=self._cookies) as web:
                return [await web.request(method, path, data=form or None) for method, path, form in requests]

        return self._stand.ask(work)

    def get(self, path: str) -> httpx.Response:
        return self.send(("GET", path, {}))[0]

    def sheet(self, do: str) -> dict[str, str]:
        """The form, as it was shown."""
        html = self.get(f"{PAGE}/{do}").text
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))

    def decide(self, do: str, name: str, form: dict[str, str] | None = None, **more: str) -> httpx.Response:
        said = {**(form or self.sheet(do)), "name": name, "password": PASSWORD, "why": "looked at it", **more}
        return self.send(("POST", f"{PAGE}/{do}", said))[0]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a site's people: hashing their passwords takes a while."""
    folder = tmp_path_factory.mktemp("people")
    book = Book(folder, SealedJson(KEY))
    for name, role in (("ana", "author"), ("dr.chen", "reviewer"), ("it.meyer", "operator"), ("clark", "clerk")):
        book.choose(book.add(name, [role]), PASSWORD)
    return folder / FILE


@pytest.fixture
def stand(tmp_path: Path, people: Path) -> Iterator[Stand]:
    (tmp_path / FILE).write_bytes(people.read_bytes())
    stand = Stand(tmp_path, KEY)
    stand.store.open(stand.sealer.fingerprint)
    yield stand
    stand.store.close()


def there(stand: Stand) -> Permission:
    return stand.ask(lambda: stand.desk.approvals.permission(BOTS[0]))


def refused(answer: httpx.Response, why: str) -> None:
    assert answer.status_code == 409
    assert why in answer.text, answer.text
    assert PASSWORD not in answer.text


def test_another_person_who_proves_it_approves_what_they_have_looked_at(stand: Stand) -> None:
    page = Visitor(stand)
    refused(page.decide("ask", "clark"), "needs one of author")
    refused(page.decide("ask", "ana", why=""), "Say why")
    assert page.decide("ask", "ana").status_code == 303
    shown = page.get(PAGE).text
    assert "ana asks that it may be shadow" in shown
    assert "+ screen map ehr" in shown
    sheet = page.sheet("approve")
    # whoever asked, whoever may not, whoever does not prove it
    refused(page.decide("approve", "ana"), "needs one of operator")
    stand.book.give("ana", ["author", "operator"])
    refused(page.decide("approve", " ANA "), "another person must")
    refused(page.decide("approve", "dr.chen", password="a guess of somebody's"), "not their password")
    refused(page.decide("approve", "nobody"), "not their password")
    # without the session's token, from another site, by somebody who only looks on
    assert page.decide("approve", "dr.chen", {**sheet, "csrf": "guess"}).status_code == 403
    looker = Visitor(stand, "viewer")
    assert looker.get(PAGE).status_code == 200
    assert looker.get(f"{PAGE}/approve").status_code == 403
    assert looker.decide("approve", "dr.chen", sheet).status_code == 403
    assert there(stand).granted is None
    # changed while they were looking; then put back
    was, stand.made = stand.made, MadeOf("f" * 64, {"bot tiny": "f" * 64})
    refused(page.decide("approve", "dr.chen", sheet), "changed while you were looking")
    stand.made = was
    assert page.decide("approve", "dr.chen", sheet).status_code == 303
    granted = there(stand).granted
    assert granted is not None
    assert (granted.who, granted.asked_by, granted.stage, granted.hash) == ("dr.chen", "ana", "shadow", was.hash)
    told = [one.event for one in records(stand.home / "audit")]
    assert ("decision", f"approve stage shadow bot:{BOTS[0]}", "dr.chen") in [
        (one["kind"], one["what"], one.get("person")) for one in told
    ]
    failed = [(one.get("person"), one.get("code")) for one in told if one.get("outcome") == "failed"]
    assert failed == [("clark", "no_right"), ("ana", "no_right"), ("dr.chen", None), (None, None)], (
        "a name that nobody has may be a password that was typed there"
    )


def test_an_old_page_approves_nothing_that_was_asked_since(stand: Stand) -> None:
    page = Visitor(stand)
    page.decide("ask", "ana")
    sheet = page.sheet("approve")
    assert page.decide("approve", "it.meyer").status_code == 303
    assert page.decide("ask", "ana").status_code == 303
    refused(page.decide("approve", "dr.chen", sheet), "changed while you were looking")
    granted = there(stand).granted
    assert granted is not None
    assert granted.stage == "shadow"
    # the engine says so, too, whatever a page has compared
    with pytest.raises(Exception, match="something else is asked for now"):
        stand.ask(lambda: stand.desk.approvals.approve(BOTS[0], stand.made, "dr.chen", "yes", seen=int(sheet["seen"])))
    assert page.decide("refuse", "dr.chen").status_code == 303
    stand.made = replace(stand.made, research=("skill x is for research",))
    assert "A shadow only" in page.get(PAGE).text
    assert page.get(f"{PAGE}/ask").status_code == 404
    assert page.decide("withdraw", "it.meyer").status_code == 303
    assert there(stand).granted is None


def test_too_many_tries_rest_and_a_second_factor_is_asked_for(stand: Stand) -> None:
    import pyotp

    page, seed = Visitor(stand), pyotp.random_base32()
    stand.book.protect("dr.chen", seed)
    page.decide("ask", "ana")
    refused(page.decide("approve", "dr.chen"), "not their password")
    assert page.decide("approve", "dr.chen", code=pyotp.TOTP(seed).now()).status_code == 303
    page.decide("ask", "ana")
    for _ in range(5):
        page.decide("approve", "it.meyer", password="a guess of somebody's")
    refused(page.decide("approve", "it.meyer"), "too many tries")
    told = [one.event for one in records(stand.home / "audit") if one.event.get("person") == "it.meyer"]
    assert [one["kind"] for one in told if one["outcome"] == "failed"] == ["sign_in"] * 6, "the last one, too"
