"""What is typed in a `protect` is never saved in it.

The part ends with the block's final press; without one, what was typed is thrown away with the session.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every protect without a commit."""
    for spot in subject.steps():
        if spot.step.action == "protect" and "commit" not in subject.effects_in(spot):
            message = "nothing in this `protect` saves"
            yield note(spot.step.place, "WR415", message, "End it with `save`, once_per and proof.")


RULE = WorkflowRule("WR415", "workflow", check, hangs_on=frozenset({"protect", "commit"}))
