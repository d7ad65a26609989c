"""A step that may wait for a person stands inside a block.

While an item waits it holds no screen and no place in a loop: a wait stands at the top level of `steps`.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every nested wait, and every wait in `collect` and `compare`."""
    for spot in subject.spots:
        if spot.effect != "wait" or not (spot.outer or spot.section != "steps"):
            continue
        around = spot.outer[-1].step.action if spot.outer else spot.section
        message = f"'{spot.step.action}' may wait for a person and stands inside '{around}'"
        yield note(spot.step.place, "WR410", message, "Move it to the top level of `steps`.")


RULE = WorkflowRule("WR410", "workflow", check, "one")
