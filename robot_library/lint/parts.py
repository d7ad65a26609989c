"""The parts of a workflow: the stretches of top-level steps that hold a screen and are replayed whole after a crash."""

from __future__ import annotations

import re

from robot_library.lint.subject import Spot, Subject

_SCREEN = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
SCREEN_REFS = frozenset({"screen", "target", "table"})


def parts(subject: Subject) -> list[list[Spot]]:
    """Top-level steps, cut before every wait and after every step that holds a commit."""
    found: list[list[Spot]] = [[]]
    for spot in subject.top_level():
        effects = subject.effects_in(spot)
        if "wait" in effects and found[-1]:
            found.append([])
        found[-1].append(spot)
        if "commit" in effects:
            found.append([])
    return [part for part in found if part]


def works_on(spot: Spot) -> str | None:
    """The screen (role.screen) a step's own parameters need open; None if it needs none."""
    for leaf in spot.leaves:
        if leaf.ref in SCREEN_REFS and len(leaf.keys) == 1:
            found = _SCREEN.match(str(leaf.value))
            return found[0] if found else None
    return None
