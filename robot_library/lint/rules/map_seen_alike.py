"""Two screens of a person's record that are recognised by the same (warning).

Where one of them was meant and the other has come, nobody would see it: what is read or typed for the one is read or
typed on the other. Name something in `seen_by` that only this screen shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at_key
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.screen import Locator


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every screen whose signs are those of an earlier one."""
    known: dict[frozenset[Locator], str] = {}
    for name, screen in subject.map.screens.items():
        if screen.identity is None:
            continue
        first = known.setdefault(frozenset(screen.seen_by), name)
        if first != name:
            message = f"'{name}' is seen by the same as '{first}'"
            hint = "Add to `seen_by` what only this screen shows."
            yield note(at_key(subject.node, "screens", name, "seen_by"), "WR615", message, hint, "warning")


RULE = ScreenRule("WR615", "screen", check)
