"""One-time links and sessions: once, not for ever, and nothing in the file that opens a door."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from robot_library.people.rights import dashboard_rights
from robot_library.web.doors import Doors

SECRET = b"s" * 32
RIGHTS = dashboard_rights()
LASTS = RIGHTS.lasts


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def doors(tmp_path: Path, clock: Clock) -> Doors:
    return Doors(tmp_path, SECRET, rights=RIGHTS, file="doors.sqlite", clock=clock)


def test_a_link_opens_once_and_names_who_comes_in(doors: Doors) -> None:
    token = doors.link("operator", "dr.chen")
    assert doors.knows(token) == ("operator", "dr.chen")
    cookie = doors.enter(token, "somebody else")
    assert cookie is not None
    session = doors.session(cookie)
    assert session is not None
    assert (session.who, session.role) == ("dr.chen", "operator")
    assert doors.enter(token, "dr.chen") is None
    assert doors.knows(token) is None


def test_of_many_who_try_at_once_one_comes_in(doors: Doors) -> None:
    token = doors.link("operator")
    with ThreadPoolExecutor(8) as pool:
        cookies = list(pool.map(lambda number: doors.enter(token, f"p{number}"), range(16)))
    assert sum(cookie is not None for cookie in cookies) == 1


def test_links_and_sessions_end(doors: Doors, clock: Clock) -> None:
    late, token = doors.link("operator"), doors.link("operator")
    cookie = doors.enter(token, "a")
    assert cookie is not None
    clock.now += 901
    assert doors.enter(late, "a") is None
    clock.now += LASTS["operator"].idle - 1000
    assert doors.session(cookie) is not None, "used in between, it lasts on"
    clock.now += LASTS["operator"].idle + 1
    assert doors.session(cookie) is None


def test_a_page_that_refreshes_itself_keeps_no_session_alive(doors: Doors, clock: Clock) -> None:
    cookie = doors.enter(doors.link("operator"), "a")
    assert cookie is not None
    for _ in range(9):
        clock.now += LASTS["operator"].idle / 8
        doors.session(cookie, touch=False)
    assert doors.session(cookie) is None


def test_signing_out_and_forging(doors: Doors, tmp_path: Path) -> None:
    cookie = doors.enter(doors.link("viewer"), "a")
    assert cookie is not None
    key, _, signature = cookie.partition(".")
    assert doors.session(f"{key}.{'0' * 64}") is None
    assert doors.session(f"x{key}.{signature}") is None
    assert doors.session("") is None
    assert Doors(tmp_path, b"t" * 32, rights=RIGHTS, file="doors.sqlite").session(cookie) is None, "another site key"
    session = doors.session(cookie)
    assert session is not None
    doors.leave(session)
    assert doors.session(cookie) is None


def test_the_file_opens_no_door(doors: Doors, tmp_path: Path) -> None:
    token = doors.link("operator")
    cookie = doors.enter(doors.link("operator"), "a")
    assert cookie is not None
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert token.encode() not in kept
    assert cookie.partition(".")[0].encode() not in kept
