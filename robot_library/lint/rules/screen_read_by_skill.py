"""A skill is given a picture of the screen, which its manifest does not allow.

`fetch_study` with `screen` among its ways may give a capture: 8 bits, somebody's window and zoom. A skill that was not
made for such pictures (`gates.header.source` without `screen`) abstains on every one of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.manifests import reads
from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression
from robot_library.parsing.expressions.tree import Name


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every run_skill whose image comes from such a study, by whatever name."""
    captured: set[str] = set()
    for spot in subject.spots:
        if _captures(spot) or (spot.step.action != "run_skill" and _named(spot) & captured):
            captured |= {spot.step.bind} if spot.step.bind else set()
        elif spot.step.action == "run_skill":
            yield from _given(subject, spot, captured)


def _given(subject: Subject, spot: Spot, captured: set[str]) -> Iterator[Diagnostic]:
    skill = spot.step.params.get("skill")
    for key in ("image", "stack"):
        value = spot.step.params.get(key)
        if not isinstance(value, Expression) or not _names(value) & captured or not isinstance(skill, str):
            continue
        found = reads(subject.library, skill)
        if found is not None and "screen" not in found.sources:
            message = f"skill '{skill}' may be given a picture of the screen here, which it does not read"
            yield note(
                place_of(value, spot.step.place), "WR428", message,
                "Fetch the study without the way 'screen', or show the capture to a person instead.",
            )  # fmt: skip


def _captures(spot: Spot) -> bool:
    ways = spot.step.params.get("prefer")
    return spot.step.action == "fetch_study" and isinstance(ways, list | tuple) and "screen" in [str(w) for w in ways]


def _named(spot: Spot) -> set[str]:
    return {name for expression in spot.expressions() for name in _names(expression)}


def _names(expression: Expression) -> set[str]:
    return {part.name for part in expression.parts() if isinstance(part, Name)}


RULE = WorkflowRule("WR428", "workflow", check, "one")
