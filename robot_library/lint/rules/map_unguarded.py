"""A screen that is written to has no `identity` or no `state` rules.

Without them nobody can say, immediately before a write, whose record it is and whether a person is at work on it; so
nothing may be written there.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at_key
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every screen with write or commit targets that lacks a guard."""
    for name, screen in subject.map.screens.items():
        writes = [target for target, one in screen.targets.items() if one.use in ("write", "commit")]
        place = at_key(subject.node, "screens", name)
        if writes and screen.identity is None:
            message = f"screen '{name}' is written to ('{writes[0]}') and does not say whose record it shows"
            yield note(place, "WR603", message, "Give it `identity`.")
        if writes and not screen.state:
            message = f"screen '{name}' is written to ('{writes[0]}') and has no rules about the order's state"
            yield note(place, "WR603", message, "Give it `state`.")


RULE = ScreenRule("WR603", "screen", check)
