"""An address without encryption to another machine (warning).

Patient data and credentials would cross the network in clear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic

_PLAIN = re.compile(r"http://(?!localhost\b|127\.|\[::1\]|\$\{)", re.IGNORECASE)


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every http:// address that is not this machine's."""
    for role, app in subject.bot.apps.items():
        for key, text in (("url", app.url), ("dicomweb", app.dicomweb)):
            if text and _PLAIN.match(text):
                place = at(subject.node, "apps", role, key)
                yield note(place, "WR704", f"the address of '{role}' is not encrypted", "Write https://.", "warning")


RULE = BotRule("WR704", "bot", check)
