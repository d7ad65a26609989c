"""A system asks for a sign-in and the bot names no credential for it.

`credential:` is a name in the vault; the secret itself never stands in a file.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at_key
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every app whose map signs in and that has no credential."""
    for role, app in subject.bot.apps.items():
        found = subject.maps.get(role)
        asks = found is not None and found.sign_in is not None and (found.sign_in.steps or found.sign_in.http_basic)
        if asks and app.credential is None:
            place = at_key(subject.node, "apps", role)
            message = f"'{app.map}' asks for a sign-in and '{role}' names no credential"
            yield note(place, "WR702", message, "Add `credential: name`, and keep the secret in the vault.")


RULE = BotRule("WR702", "bot", check)
