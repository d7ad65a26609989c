"""`where` does not say what a screen must be opened for, or says something the screen map does not use.

A screen map's `{order}` is filled from `where: {order: …}`; what nothing asks for would be ignored without a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from robot_library.lint.addresses import where_needed, where_used
from robot_library.lint.params import groups, place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.problems import did_you_mean


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every `where` with a key missing or too many."""
    for spot in subject.spots:
        for keys, group in groups(spot.step, spot.action):
            if "where" in group or spot.step.action == "open" or "proof" in keys:
                yield from _where(subject, spot, group)


def _where(subject: Subject, spot: Spot, group: Any) -> Iterator[Diagnostic]:
    role, _, name = str(group["screen"]).partition(".")
    screen, where = subject.screen(role, name), group.get("where", {})
    if screen is None or not isinstance(where, dict):
        return
    for key in sorted(where_needed(subject.maps[role], name) - set(where)):
        place = place_of(group["screen"], spot.step.place)
        message = f"screen {role}.{name} needs '{key}' in `where`"
        yield note(place, "WR312", message, f"Add it: where: {{{key}: …}}.")
    used = where_used(subject.maps[role], name, screen)
    for key, value in where.items():
        if key not in used:
            message = f"screen {role}.{name} uses no '{key[:60]}' of `where`"
            yield note(place_of(value, spot.step.place), "WR312", message, did_you_mean(key, used))


RULE = WorkflowRule("WR312", "workflow", check, "step")
