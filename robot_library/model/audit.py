"""Something that must be told to whoever asks later who did what: one event of the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "sign_in",  # a bot signs in to a system, or a person to the clerk's app
    "screen_read",  # a screen, a study or a table was read
    "screen_write",  # text was typed, not yet saved
    "commit",  # something was made final: saved, signed, sent, attached
    "skill",  # a model read an image
    "review",  # a person decided what a bot had asked
    "export",  # data left the site's own systems
    "evidence",  # kept pictures or texts were opened by a person
    "decision",  # a person, or wetread itself, stopped a line, enabled a bot, moved its stage
]
Outcome = Literal["begun", "ok", "failed"]
"""`begun` stands before what cannot be taken back, so that there is a record even if nothing comes after it."""


@dataclass(frozen=True)
class Happened:
    """One event. Nothing in it is a patient's value: `item` is opaque, `patients` are keyed hashes of numbers.

    `bot` and `version` did it, `person` stands behind it: who answered, who enabled the bot, who is at the desk;
    `about` is the person of this site whose account was changed.
    On the command line a person is who somebody says they are; the line then has the machine's own `account`, too.
    `what` is the action's key or the decision; `code` why it failed.
    """

    kind: Kind
    what: str = ""
    outcome: Outcome = "ok"
    item: str = ""
    bot: str = ""
    version: str = ""
    person: str = ""
    system: str = ""
    screen: str = ""
    path: str = ""
    stage: str = ""
    code: str = ""
    patients: tuple[str, ...] = ()
    about: str = ""


def hashed(mac: Callable[[str], str], number: str) -> str:
    """What stands for a patient's number: 24 hex digits, the same for the same number, at this site only. Without its
    issuer, which not every screen shows, so that all that was done to one record is found by its number."""
    return mac(f"audit-patient|{number.strip().upper()}")[:24]
