"""Who may what: each of the roles at each address of the dashboard, held against a table that stands here."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_library.model.approval import MAY_APPROVE, MAY_ASK
from robot_library.people import rights
from robot_library.people.rights import ROLES, clerks_rights, dashboard_rights
from tests.dashboard.fill import BOTS
from tests.web import targets
from tests.web.probing import OPEN, Probe, Target

LETTERS = {"v": "viewer", "c": "clerk", "r": "reviewer", "u": "author", "o": "operator", "a": "admin"}
ALL, EYES, READ, NAMED, CARE, DECIDES = "vcruoa", "vcruo", "vcro", "cruoa", "cruo", "ruoa"
MAY = {
    "GET /": ALL, "GET /frame": ALL, "GET /keys": ALL, "GET /events": ALL,
    "GET /queue": ALL, "POST /queue/confirm": "o", "POST /queue/do": "o",
    "GET /items/{item}": ALL, "GET /items/{item}/pictures/{blob}": EYES,
    "GET /items/{item}/confirm": "o", "POST /items/{item}/do": "o", "POST /items/{item}/note": "o",
    "GET /items/{item}/wrong": CARE, "POST /items/{item}/wrong": CARE,
    "GET /incidents": EYES, "GET /incidents/{incident}": EYES,
    "POST /incidents/{incident}/bundle": CARE, "POST /incidents/{incident}/close": "o",
    "GET /exceptions": ALL, "GET /dead": ALL, "GET /drift": ALL,
    "GET /bots": ALL, "GET /bots/{bot}": "o", "POST /bots/{bot}": "o", "GET /bots/{bot}/permission": ALL,
    "GET /bots/{bot}/permission/{do}": DECIDES, "POST /bots/{bot}/permission/{do}": DECIDES,
    "GET /reconciliation": ALL, "GET /reconciliation/{bot}": ALL, "POST /reconciliation/{bot}": "cro",
    "GET /office": ALL, "POST /alerts/{alert}/acknowledge": "o",
    "GET /stop": NAMED, "POST /stop": NAMED, "GET /go-on": "o", "POST /go-on": "o",
    "POST /leave": ALL,
}  # fmt: skip
"""Every address of the dashboard that takes a session, and the letters of those who may ask it."""
SHOWN = {"notes": READ, "find": READ, "watch": EYES}
"""What is shown on a page only to some, by its right."""


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with targets.operations(tmp_path_factory.mktemp("home")) as target:
        yield target


def asked(target: Target) -> set[str]:
    every = {f"{method} {path}" for path, methods in target.all_routes for method in methods if method != "HEAD"}
    return {one for one in every if not OPEN.match(one.partition(" ")[2])}


async def allowed(target: Target, address: str, role: str) -> bool:
    method, _, path = address.partition(" ")
    filled = path.replace("{bot}", BOTS[0]).replace("{do}", "ask")
    filled = re.sub(r"{\w+}", "x", filled)
    answer = await target.ask(Probe(method, filled, "", b"", "form" if method == "POST" else "none", role, True, False))
    assert answer.status_code != 401, (address, role)
    if answer.status_code == 403:
        assert "gives no right" in answer.text, (address, role)
    return answer.status_code != 403


async def test_each_role_at_each_address(operations: Target) -> None:
    assert asked(operations) == set(MAY), "an address that the table does not know, or one that is no more"
    operations.end_streams()  # one that nobody reads would never end
    for address, letters in MAY.items():
        for letter, role in LETTERS.items():
            assert await allowed(operations, address, role) == (letter in letters), (address, role)


async def test_several_roles_give_what_each_gives_and_an_unknown_one_nothing(operations: Target) -> None:
    assert await allowed(operations, "POST /go-on", "admin operator")
    assert await allowed(operations, "GET /incidents", "admin author")
    assert not await allowed(operations, "POST /go-on", "admin author clerk reviewer viewer")
    for nobody in ("", "king", "Operator", "operators", "local"):
        cookie = operations.doors.admit(nobody, "x")
        assert operations.doors.session(cookie) is None, "a role that nobody knows lasts no time at all"
        assert not operations.doors.rights.may(nobody, "look")


def test_what_is_shown_only_to_some() -> None:
    gives = dashboard_rights().gives
    for right, letters in SHOWN.items():
        assert {role for role in gives if right in gives[role]} == {LETTERS[letter] for letter in letters}, right


def test_the_tables_in_words_name_every_right_and_no_other() -> None:
    clerks, dashboard = (inspect.getdoc(rights) or "").split("The dashboard,")
    for text, table in ((clerks, clerks_rights()), (dashboard, dashboard_rights())):
        named = set(re.findall(r"(?m)^\| (\w+) +\|", text)) - {"right"}
        assert named == set().union(*table.gives.values())


def test_who_may_ask_for_or_approve_going_live_gets_to_its_sheet() -> None:
    gives = dashboard_rights().gives
    assert {role for role in ROLES if "decide" in gives[role]} == {*MAY_ASK, *MAY_APPROVE}


def test_no_role_may_more_than_an_operator_and_nobody_with_a_name_cannot_stop() -> None:
    gives = dashboard_rights().gives
    assert all(gives[role] <= gives["operator"] for role in gives)
    assert all("stop" in gives[role] for role in ROLES)
    assert "stop" not in gives["viewer"]


def test_how_long_a_session_lasts() -> None:
    """Only an operator's stays through a quiet night watch, only a wall's for weeks."""
    table, hour = dashboard_rights(), 3600
    lasts = {role: (table.lasting(role).whole / hour, table.lasting(role).idle / hour) for role in table.lasts}
    assert lasts.pop("viewer") == (720, 720)
    assert lasts.pop("operator") == (12, 4)
    assert set(lasts.values()) == {(12, 1 / 3)}
    assert table.lasting("reviewer operator").idle == 4 * hour


def test_the_page_of_the_dashboard_says_the_same() -> None:
    """docs/dashboard.md has one column for each role and one row for each right."""
    page = (Path(__file__).parents[2] / "docs" / "dashboard.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]
    (head,) = [row for row in rows if row[0] == "right"]
    gives = dashboard_rights().gives
    assert set(head[2:]) == set(gives)
    said = {row[0].strip("`"): row[2:] for row in rows if row[0].startswith("`") and len(row) == len(head)}
    assert set(said) == gives["operator"]
    for right, marks in said.items():
        assert [mark == "✓" for mark in marks] == [right in gives[role] for role in head[2:]], right
