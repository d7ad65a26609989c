"""A bot leads to a production system, and this is no production.

`site.yaml` says of an address that patients are treated by what stands there. Unless its `environment` is production, a
bot is tried on the test system.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.errors import AuthoringError
from robot_library.lint.places import at
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every address that stands in the bot; what comes from the environment is looked at when the bot is started."""
    try:
        site = subject.library.site()
    except AuthoringError:  # reported where site.yaml is checked
        return
    for role, app in subject.bot.apps.items():
        for where, text in app.addresses():
            if "${" not in text and (system := site.forbidden(text)):
                place = at(subject.node, "apps", role, *where)
                message = f"the address of '{role}' is the production system {system}, and this is a trial"
                yield note(place, "WR707", message, "Write the test system's address, or take it from ${NAME}.")


RULE = BotRule("WR707", "bot", check)
