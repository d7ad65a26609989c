"""Whoever decides on the command line proves who they are, with the password of `wetread people`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from robot_library.cli.site import open_key

F = TypeVar("F", bound=Callable[..., Any])


def password_option(command: F) -> F:
    """--password-stdin, the same wherever somebody proves who they are."""
    return click.option(
        "--password-stdin", is_flag=True, help="Read the password (and on a second line the code of your "
        "authenticator) from standard input.",
    )(command)  # fmt: skip


def proven(home: Path, person: str, roles: tuple[str, ...], from_stdin: bool) -> str:
    """Whoever decides, as the book of people knows them. ApprovalRefused for who does not prove it, or may not."""
    from robot_library.attended.people.book import Book, Rests
    from robot_library.errors import ApprovalRefused
    from robot_library.safeguards.sealed import SealedJson

    book = Book(home, SealedJson(open_key(home)))
    password = _line(from_stdin, "Password")
    try:
        found = book.proves(person, password)
        if found is not None and found.second_factor:
            found = found if book.proves_code(person, _line(from_stdin, "Code of your authenticator")) else None
    except Rests as rests:
        raise ApprovalRefused(f"too many tries: wait {rests.seconds:.0f} seconds.") from None
    if found is None:
        raise ApprovalRefused(
            "this is nobody who may decide here, or not their password.", cure="See: wetread people list."
        )
    book.came_in(found.name)
    if not set(found.roles) & set(roles):
        raise ApprovalRefused(f"{found.name} is {', '.join(found.roles)}; this needs one of {', '.join(roles)}.")
    return found.name


def _line(from_stdin: bool, what: str) -> str:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else str(click.prompt(what, hide_input=True, err=True))
