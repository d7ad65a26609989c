"""A secret or a patient's value stands in a bot.

Bots hold names of secrets; addresses may come from the environment: ${NAME}.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from robot_library.lint.clear import looks_like
from robot_library.lint.places import at
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic

_RDP = re.compile(r"/p(ass(word)?)?:.", re.IGNORECASE)
"""How xfreerdp takes one."""


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Passwords in addresses and command lines, and site values that look like a patient's or a secret."""
    for role, app in subject.bot.apps.items():
        for where, text in app.addresses():
            if looks_like(str(where[0]), text) == "what looks like a password":
                place = at(subject.node, "apps", role, *where)
                message = f"the address of '{role}' holds what looks like a password"
                yield note(place, "WR703", message, "Name a credential of the vault.")
        for index, text in enumerate(app.program.run if app.program else ()):
            if looks_like("run", text) == "what looks like a password" or _RDP.match(text):
                place = at(subject.node, "apps", role, "program", "run", index)
                message = f"the program of '{role}' is called with what looks like a password"
                yield note(place, "WR703", message, "Have the bot sign in on its screen: `sign_in` in the map.")
    for key, text in subject.bot.site.items():
        if kind := looks_like(key, text):
            place = at(subject.node, "site", key)
            secret = "password" in kind
            hint = "Name a credential of the vault." if secret else "Take it from the item or from a screen."
            message = f"site value '{key[:60]}' holds {kind} in clear"
            yield note(place, "WR703", message, hint, "error" if secret else "warning")


RULE = BotRule("WR703", "bot", check)
