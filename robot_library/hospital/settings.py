"""How unpleasant the demo hospital is, and who may sign in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

EHR_NAME = "Meadow EHR"
EHR_RELEASE = "4.2.1"
"""What the foot of every page says; screen maps say on which they were verified."""
PACS_NAME = "Harbour PACS"
ISSUER = "MEADOW"
"""Assigning authority of this hospital's medical record numbers."""


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in. ``may_sign`` is the right to make a report final."""

    user: str
    password: str
    display: str
    role: str
    may_sign: bool


ACCOUNTS: dict[str, Account] = {
    "rpabot": Account("rpabot", "meadow-bot-1", "RPA Bot", "Preliminary reports", False),
    **{
        f"rpabot{n}": Account(f"rpabot{n}", f"meadow-bot-{n}", "RPA Bot", "Preliminary reports", False)
        for n in range(2, 9)
    },
    "drradio": Account("drradio", "meadow-doc-1", "Okafor, Amara", "Radiologist", True),
}
"""The demo's accounts by user name. The passwords guard synthetic people on the loopback interface only."""

BOT = "rpabot"
BOTS = tuple(user for user, account in ACCOUNTS.items() if account.role == ACCOUNTS[BOT].role)
"""The bot's seats: a hospital that wants several workers at a time gives its bot several accounts."""


@dataclass
class SignInRules:
    """How the EHR's sign-in treats one account. May be changed while the hospital runs, as people do.

    ``password_days``: days until the password expires, 0 for expired, ``None`` for never; from 14 on it warns.
    ``totp``: seed (base32) of the one-time code that is asked for, empty for none.
    ``alone``: a second sign-in is asked whether to end the first (``True``), or let in (``False``).
    """

    password_days: int | None = None
    totp: str = ""
    alone: bool = False


@dataclass(frozen=True)
class Settings:
    """Knobs of one running hospital; the defaults are an ordinary bad day.

    ``session_requests[k]``: requests that the k-th EHR session of an account lives, later ones are unlimited.
    ``session_seconds``: age at which any EHR session ends, ``None`` for never.
    ``grid_ms``, ``field_ms``: how late rows and field values arrive (smallest, largest).
    ``identity``: ``banner`` shows MRN and birth date on the result form; ``record`` only name, age and a link to the
    patient's record.
    ``chaos``: seed of random trouble, ``None`` for none.
    ``release``: the EHR's version, at the foot of its pages.
    ``sign_in``: rules by user name, for accounts that have any. ``licences``: EHR sessions that may be open at a time.
    """

    seed: int = 1
    chaos: int | None = None
    session_requests: tuple[int, ...] = (110, 160)
    session_seconds: float | None = None
    grid_ms: tuple[int, int] = (150, 400)
    field_ms: tuple[int, int] = (80, 250)
    identity: Literal["banner", "record"] = "banner"
    tour: bool = True
    release: str = EHR_RELEASE
    sign_in: dict[str, SignInRules] = field(default_factory=dict)
    licences: list[int] = field(default_factory=list)
    """One number, or empty for as many as anybody wants; a list, so that it can be changed while the hospital runs."""
