"""Whoever manages people does it in the browser, or on the command line: the same, and told alike."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from robot_library.cli.main import main
from robot_library.people.book import Book
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from tests.attended.conftest import Visit
from tests.attended.test_clerk import GOOD, findings
from tests.review.stand import Stand


def test_an_admin_adds_somebody_changes_their_roles_and_sends_them_away(visit: Visit, stand: Stand) -> None:
    book = Book(stand.home, stand.sealer)
    page = visit("/", role="admin local", who="Ms Admin", locale="en-GB")
    assert page.url == f"{stand.url}/people", "there is nothing else for an admin to do here"
    assert findings(page) == []
    page.get_by_label("Name").focus()
    page.keyboard.type("Dr.New")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # reviewer
    page.keyboard.press("Enter")
    link = page.get_by_label("Link").input_value()
    with httpx.Client(base_url=stand.url, follow_redirects=True, timeout=60) as theirs:
        form = {"password": GOOD, "again": GOOD}
        assert theirs.post(link, data=form, headers={"origin": stand.url}).status_code == 200
        assert theirs.get("/review").status_code == 200
        assert theirs.get("/people").status_code == 403
        page.goto(f"{stand.url}/people")
        row = page.locator("tr[data-key='dr.new']")
        expect(row).to_contain_text("reviewer")
        row.get_by_role("link").click()
        expect(page.locator("#person")).to_contain_text("Sessions open now: 1")
        page.get_by_role("checkbox", name="clerk").check()
        page.get_by_role("checkbox", name="reviewer").uncheck()
        page.get_by_role("button", name="Change roles").click()
        expect(page.get_by_role("status").first).to_contain_text("changed")
        assert theirs.get("/review").status_code == 401, "at once"
        theirs.post("/sign-in", data={"name": "dr.new", "password": GOOD}, headers={"origin": stand.url})
        assert theirs.get("/review").status_code == 200
        page.get_by_role("button", name="End sessions").click()
        expect(page.locator("#person")).to_contain_text("Sessions open now: 0")
        assert theirs.get("/").status_code == 401
        page.get_by_role("button", name="Disable").click()
        expect(page.locator("#person")).to_contain_text("disabled")
        theirs.post("/sign-in", data={"name": "dr.new", "password": GOOD}, headers={"origin": stand.url})
        assert theirs.get("/").status_code == 401
    page.get_by_role("button", name="Let in again").click()
    page.get_by_role("button", name="Reset sign-in").click()
    assert page.get_by_label("Link").input_value() != link
    assert book.proves("dr.new", GOOD) is None
    told = [(one["what"], one["person"]) for one in stand.told() if one.get("about") == "dr.new"]
    assert told == [
        (what, "Ms Admin") for what in ("add person (reviewer)", "change roles (clerk)", "end sessions",
                                        "disable person", "let person in again", "reset person")
    ]  # fmt: skip
    book.choose(book.add("ms.last", ["admin"]), GOOD)
    page.goto(f"{stand.url}/people/ms.last")
    expect(page.locator("#person")).to_contain_text("The last person who may manage people")
    csrf = {"csrf": page.locator("[name=csrf]").first.input_value()}
    for what, more in (("disable", {}), ("reset", {}), ("roles", {"role.clerk": "1"}), ("roles", {})):
        there = {"origin": stand.url}
        answer = page.request.post(f"{stand.url}/people/ms.last/{what}", headers=there, form={**csrf, **more})
        assert answer.status == 409
    for role in ("clerk", "reviewer", "author", "operator"):
        other = visit("/keys", role=f"{role} local", who="x").request
        assert other.get(f"{stand.url}/people").status == 403
        assert other.post(f"{stand.url}/people", headers={"origin": stand.url}, form={"name": "mallory"}).status == 403
    spanish = visit("/people/dr.new", role="admin local", who="Ms Admin", locale="es-ES", width=390)
    expect(spanish.locator("h1")).to_have_text("dr.new")
    assert "Restablecer acceso" in spanish.content()
    assert findings(spanish) == []
    for path in ("/people", "/people/dr.new"):
        spanish.goto(stand.url + path)
        assert spanish.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_command_line_keeps_an_admin_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*line: str) -> tuple[object, str]:
        with pytest.raises(SystemExit) as ended:
            main(["people", *line, "--home", str(tmp_path), "--who", "it"])
        said = capsys.readouterr()
        return ended.value.code or 0, said.out + said.err

    code, said = run("add", "ms.last", "--role", "admin", "--json")
    assert code == 0
    book = Book(tmp_path, SealedJson(SiteKey(bytes(range(32)))))
    book.choose(json.loads(said)["link"].rpartition("/")[2], GOOD)
    for line in (("disable", "ms.last"), ("role", "ms.last", "--role", "clerk")):
        code, said = run(*line)
        assert (code, "last person" in said) == (3, True)
    code, said = run("send-away", "ms.last", "--json")
    assert (code, json.loads(said)) == (0, {"name": "ms.last", "ended": 0})
    assert run("add", "dr.next", "--role", "admin")[0] == 0
    assert run("disable", "ms.last")[0] == 3, "the next one has chosen no password yet"
