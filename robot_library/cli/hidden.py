"""A password on the command line is read by everybody on the machine (`ps`). Where a database's address holds one, the
command begins again with the address in its environment, which only the same user reads; nothing else changes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

OPTION, VARIABLE = "--db", "WETREAD_DB"


def hide_passwords() -> None:
    """Before anything else. Windows cannot exchange a process: there the address belongs into WETREAD_DB."""
    arguments, address = without_address(sys.orig_argv)
    if address is not None and os.name == "posix":
        os.execve(sys.executable, arguments, {**os.environ, VARIABLE: address})  # noqa: S606 - ourselves, the same command


def without_address(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    """The command line without the last address of a database that holds a password, and that address."""
    kept, found = list(arguments), None
    for place in reversed(range(len(kept))):
        name, equals, value = kept[place].partition("=")
        size = 1 if equals else 2
        text = value if equals else "".join(kept[place + 1 : place + 2])
        if name == OPTION and _has_password(text):
            found = found or text
            del kept[place : place + size]
    return kept, found


def _has_password(address: str) -> bool:
    try:
        return bool(urlsplit(address).password)
    except ValueError:
        return False
