"""A final press inside a loop, a retry, a time limit, an error handler or a condition.

A commit ends its part of the work and is never repeated; around it nothing repeats, cuts off or skips. A list of
things to save is a list of work items.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every commit with a block other than protect around it."""
    for spot in subject.steps():
        around = [outer.step.action for outer in spot.outer if outer.step.action != "protect"]
        if spot.effect == "commit" and around:
            message = f"'{spot.step.action}' stands inside '{around[-1]}'"
            yield note(spot.step.place, "WR409", message, "Let it stand directly in `protect`, at top level.")


RULE = WorkflowRule("WR409", "workflow", check, "one")
