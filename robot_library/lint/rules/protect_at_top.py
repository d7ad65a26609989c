"""`protect` stands inside another block.

A refusal of the guards ends the item. Inside `on_error`, `retry` or a loop it could be caught or tried again.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every nested protect."""
    for spot in subject.steps():
        if spot.step.action == "protect" and spot.outer:
            message = f"`protect` stands inside '{spot.outer[-1].step.action}'"
            yield note(spot.step.place, "WR408", message, "Move it to the top level of `steps`.")


RULE = WorkflowRule("WR408", "workflow", check, "one")
