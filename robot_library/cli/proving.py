"""Whoever decides on the command line proves who they are, with the password of `wetread people`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
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
    from robot_library.people.book import Book
    from robot_library.people.proving import proven as proves
    from robot_library.safeguards.audit.trail import AuditTrail
    from robot_library.safeguards.sealed import SealedJson

    key = open_key(home)
    book, password = Book(home, SealedJson(key)), _line(from_stdin, "Password")
    code = partial(_line, from_stdin, "Code of your authenticator")
    return proves(book, person, password, code, roles, AuditTrail(home, key))


def _line(from_stdin: bool, what: str) -> str:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else str(click.prompt(what, hide_input=True, err=True))
