"""Whoever comes in has proven who they are; guessing leads nowhere, and the file opens no door."""

from __future__ import annotations

import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest

from robot_library.errors import SetupError
from robot_library.people import passwords
from robot_library.people.book import FILE, Book, Rests
from robot_library.people.refused import Refused
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson

GOOD = "correct horse battery"


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(tmp_path: Path, clock: Clock) -> Book:
    return Book(tmp_path, SealedJson(SiteKey(bytes(range(32)))), clock=clock)


def test_nobody_has_a_password_until_they_choose_one_and_an_invitation_works_once(book: Book, tmp_path: Path) -> None:
    token = book.add("Ana.Garcia", ["clerk"])
    assert book.proves("ana.garcia", "") is None
    assert book.choose(token, GOOD) is not None
    assert book.choose(token, "another long password") is None
    assert book.proves("ANA.GARCIA ", GOOD) == book.get("ana.garcia")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE}*"))
    assert GOOD.encode() not in kept
    assert token.encode() not in kept
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_after_some_refused_tries_even_the_right_password_waits(book: Book, clock: Clock) -> None:
    book.choose(book.add("ana", ["clerk"]), GOOD)
    for _ in range(5):
        assert book.proves("ana", "guess") is None
    with pytest.raises(Rests):
        book.proves("ana", GOOD)
    for _ in range(5):
        assert book.proves("nobody.at.all", "guess") is None
    with pytest.raises(Rests):
        book.proves("nobody.at.all", "guess")  # a name that is not there rests alike
    clock.now += 61
    assert book.proves("ana", GOOD) is not None
    book.came_in("ana")
    assert book.proves("ana", GOOD) is not None


def test_a_code_lets_in_once(book: Book, clock: Clock) -> None:
    book.choose(book.add("ana", ["clerk"]), GOOD)
    seed = passwords.new_seed()
    book.protect("ana", seed)
    code = pyotp.TOTP(seed).at(int(clock.now))
    assert not book.proves_code("ana", "000000" if code != "000000" else "111111")
    assert book.proves_code("ana", code)
    assert not book.proves_code("ana", code)


def test_disabled_and_reset(book: Book) -> None:
    book.choose(book.add("ana", ["clerk", "operator"]), GOOD)
    book.disable("ana")
    assert book.proves("ana", GOOD) is None
    again = book.reset("ana")
    assert book.proves("ana", GOOD) is None
    assert book.choose(again, "quite another one") is not None
    assert book.proves("ana", "quite another one") is not None
    with pytest.raises(SetupError):
        book.add("ana", ["clerk"])
    with pytest.raises(SetupError):
        book.add("ben", ["king"])


def test_what_a_password_must_be() -> None:
    assert passwords.wanting("short", "ana") == "short"
    assert passwords.wanting("aaaaaaaaaaaaaaaa", "ana") == "same"
    assert passwords.wanting("my name is Ana.Garcia", "ana.garcia") == "named"
    assert passwords.wanting(GOOD, "ana.garcia") == ""


def test_somebody_who_may_manage_people_is_always_left(book: Book) -> None:
    for name in ("ana", "ben"):
        book.choose(book.add(name, ["admin"]), GOOD)
    book.add("new", ["admin"])  # has no password yet: nobody who could
    book.disable("ben")
    for attempt in (lambda: book.disable("ana"), lambda: book.give("ana", ["clerk"])):
        with pytest.raises(SetupError, match="last person"):
            attempt()
    assert book.is_last_admin("ANA")
    assert book.give("ana", ["clerk", "admin"]).roles == ("clerk", "admin")
    book.let_in_again("ben")
    # of two who take it from each other at once, one does
    ends: list[str] = []

    def take(name: str) -> None:
        with contextlib.suppress(SetupError):
            ends.append(book.give(name, ["clerk"]).name)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(take, ["ana", "ben"] * 4))
    assert len(set(ends)) == 1
    assert [one.name for one in book.all() if "admin" in one.roles and one.ready] == [
        {"ana", "ben"}.difference(ends).pop()
    ]


def test_a_book_of_an_older_wetread_is_brought_forward_and_elsewhere_is_never_here(tmp_path: Path) -> None:
    sealer = SealedJson(SiteKey(bytes(range(32))))
    old = sqlite3.connect(tmp_path / FILE)
    old.execute(
        "CREATE TABLE people (name TEXT PRIMARY KEY, roles TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0, "
        "password TEXT, seed TEXT, step INTEGER NOT NULL DEFAULT 0, added REAL NOT NULL, seen REAL)"
    )
    old.execute("INSERT INTO people (name, roles, added) VALUES ('ana', 'clerk', 1.0)")
    old.commit()
    old.close()
    book = Book(tmp_path, sealer)
    assert not book.get("ana").elsewhere
    there = book.from_elsewhere("https://idp|7", "Ben", ["reviewer"])
    assert there.ready
    assert book.proves("ben", "") is None
    for attempt in (lambda: book.reset("ben"), lambda: book.give("ben", ["admin"])):
        with pytest.raises(SetupError, match="hospital's own"):
            attempt()
    for subject, name, reason in (("https://idp|8", "ben", "taken"), ("https://idp|8", "Ana", "taken")):
        with pytest.raises(Refused, match=reason):
            book.from_elsewhere(subject, name, ["admin"])
