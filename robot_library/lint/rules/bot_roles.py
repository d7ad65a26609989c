"""A bot does not say which systems play its workflow's roles.

`apps:` has an entry for each role under the workflow's `screens:`, and no others.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at_key
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.problems import did_you_mean


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Roles missing, and roles too many."""
    if subject.workflow is None:
        return
    roles = subject.workflow.screens
    for role in roles:
        if role not in subject.bot.apps:
            place = at_key(subject.node, "apps")
            yield note(place, "WR701", f"nothing plays the role '{role}'", f"Add it: {role}: {{map: …, url: …}}.")
    for role in subject.bot.apps:
        if role not in roles:
            place = at_key(subject.node, "apps", role)
            message = f"workflow '{subject.workflow.name}' has no role '{role[:60]}'"
            yield note(place, "WR701", message, did_you_mean(role, roles))


RULE = BotRule("WR701", "bot", check)
