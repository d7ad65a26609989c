"""A screen, target or table that the screen map does not have.

Checked for each bot that runs the workflow, with the maps that play its roles.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.addresses import named
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.problems import did_you_mean


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every named screen, target and table that is missing."""
    for spot in subject.spots:
        yield from _screens(subject, spot)
        yield from _parts(subject, spot)


def _screens(subject: Subject, spot: Spot) -> Iterator[Diagnostic]:
    for leaf in spot.leaves:
        if leaf.ref not in ("screen", "target", "table"):
            continue
        role, _, rest = str(leaf.value).partition(".")
        screen = rest.partition(".")[0]
        found = subject.maps.get(role)
        if found is not None and screen and screen not in found.screens:
            message = f"{found.system} has no screen '{screen[:60]}'"
            yield note(leaf.place, "WR308", message, did_you_mean(screen, found.screens))


def _parts(subject: Subject, spot: Spot) -> Iterator[Diagnostic]:
    optional = getattr(spot.action, "optional", ())
    for one in named(spot):
        screen = subject.screen(one.role, one.screen)
        kind = "table" if one.by == "table" else "target"
        if screen is None or (one.by in ("press", "table") and kind in optional):
            continue
        there = screen.tables if kind == "table" else screen.targets
        if one.name not in there:
            message = f"screen {one.role}.{one.screen} has no {kind} '{one.name[:60]}'"
            yield note(one.place, "WR308", message, did_you_mean(one.name, there))


RULE = WorkflowRule("WR308", "workflow", check, "one")
