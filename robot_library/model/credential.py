"""Names of credentials, and addresses without any: a file of the project holds no secret, in whatever place."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _a_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("this is no name of a credential (letters, digits, . _ -); the secret lies in the vault")
    return text


CredentialName = Annotated[str, AfterValidator(_a_name)]
"""The name of a credential in the vault, and never what is kept there."""


def without_password(address: str) -> str:
    """The address itself. ValueError where somebody is signed in by it."""
    try:
        there = urlsplit(address).password
    except ValueError:  # no address: said where it must be one
        return address
    if there:
        raise ValueError("the address holds a password: name a credential of the vault")
    return address
