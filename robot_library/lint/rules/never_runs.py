"""Steps that never run, or a condition that is always the same (warning).

A condition in which no name stands asks nothing: what it guards always runs, or never. Behind `stop` nothing runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, nested_blocks, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.workflow import Step


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every condition without a name, and every step behind a `stop`."""
    for spot in subject.spots:
        for expression in spot.expressions():
            if "boolean" in expression.wants and not expression.names():
                message = f"'={expression.text[:60]}' is always the same: it asks nothing"
                hint = "Compare what a step has read, as in =order.status == 'requested'."
                yield note(expression.place, "WR503", message, hint, "warning")
        for _, steps in nested_blocks(spot.step):
            yield from _behind_stop(steps)
    written = subject.workflow
    for section in (written.collect, written.compare, written):
        yield from _behind_stop(section.steps if section is not None else ())


def _behind_stop(steps: tuple[Step, ...]) -> Iterator[Diagnostic]:
    for step, following in pairwise(steps):
        if step.action == "stop":
            message = f"'{following.action}' never runs: it stands behind the `stop` of line {step.place.line}"
            yield note(following.place, "WR503", message, "Put `stop` last, or in `when`.", "warning")


RULE = WorkflowRule("WR503", "workflow", check, "step")
