"""An app that its map's kind cannot be shown by.

A map of kind `desktop` needs the app's `program`; one of kind `browser` needs its `url`.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at_key
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every app without what its map needs."""
    for role, app in subject.bot.apps.items():
        screens = subject.maps.get(role)
        if screens is None:
            continue
        place = at_key(subject.node, "apps", role)
        if screens.kind == "desktop" and app.program is None:
            yield note(
                place, "WR706", f"'{screens.system}' is a desktop program, and '{role}' names none",
                "Add it: program: {run: [name-of-the-program]}.",
            )  # fmt: skip
        if screens.kind == "browser" and (app.program is not None or not app.url):
            yield note(
                place, "WR706", f"'{screens.system}' is shown in the browser, and '{role}' names a program",
                "Give it a 'url', or a map of kind 'desktop'.",
            )  # fmt: skip


RULE = BotRule("WR706", "bot", check)
