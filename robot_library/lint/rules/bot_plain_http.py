"""An address without encryption to another machine (warning).

Patient data and credentials would cross the network in clear.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from robot_library.lint.places import at
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.alerting import on_this_machine
from robot_library.model.diagnostic import Diagnostic

_BEGINS = "http://"


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every http:// address that is not this machine's."""
    for role, app in subject.bot.apps.items():
        for where, text in app.addresses():
            if _plain(text):
                place = at(subject.node, "apps", role, *where)
                yield note(place, "WR704", f"the address of '{role}' is not encrypted", "Write https://.", "warning")


def _plain(text: str) -> bool:
    """In clear, to another machine as far as the file tells."""
    if not text.lower().startswith(_BEGINS) or text[len(_BEGINS) :].startswith("${"):
        return False
    return not on_this_machine(urlsplit(text.partition("${")[0]).hostname or "")


RULE = BotRule("WR704", "bot", check)
