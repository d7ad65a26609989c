"""`attach` behind a skill that makes no picture.

Films and segmentations have one; texts, tables and classified volumes have none, and the item would stop after its
draft was saved.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.manifests import reads
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every attach whose finding comes from a skill without pictures."""
    bound = {spot.step.bind: spot for spot in subject.steps() if spot.step.bind}
    for spot in subject.steps():
        image = spot.step.params.get("image")
        if spot.step.action != "attach" or not isinstance(image, Expression):
            continue
        for skill in sorted(_skills(image, bound, frozenset())):
            found = reads(subject.library, skill)
            if found is not None and not found.pictured:
                message = f"skill '{skill}' makes no picture: it reads a {found.kind}"
                yield note(image.place, "WR418", message, "Leave this `protect` out, or attach another finding.")


def _skills(value: Expression, bound: dict[str, Spot], seen: frozenset[str]) -> set[str]:
    """The skills whose answers a value is made of."""
    found: set[str] = set()
    for name in value.names() - seen:
        spot = bound.get(name)
        if spot is None:
            continue
        skill, finding = spot.step.params.get("skill"), spot.step.params.get("finding")
        if spot.step.action == "run_skill" and isinstance(skill, str):
            found.add(skill)
        elif spot.step.action == "accept" and isinstance(finding, Expression):
            found |= _skills(finding, bound, seen | {name})
    return found


RULE = WorkflowRule("WR418", "workflow", check, "one")
