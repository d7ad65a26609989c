"""A second locator that is never used (warning).

Targets for identity, state, writing and commits never heal, nor do those of `shows` and `unchanged`: where the first
locator finds nothing, the bot stops. More locators there promise what does not happen.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.screen import NEVER_HEALS


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every never-healing target with several locators."""
    for name, screen in subject.map.screens.items():
        for word, target in screen.targets.items():
            if not screen.heals(word) and len(target.find) > 1:
                place = at(subject.node, "screens", name, "targets", word, "find", 1)
                why = f"has use '{target.use}'" if target.use in NEVER_HEALS else "says which record is shown"
                message = f"'{word}' {why} and never falls back to a second locator"
                yield note(place, "WR605", message, "Delete all but the first.", "warning")


RULE = ScreenRule("WR605", "screen", check)
