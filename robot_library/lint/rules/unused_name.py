"""A name that nothing uses (warning).

Often a sign that a later step names something else than was meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every `as` that no expression reads."""
    used = {name for spot in subject.spots for one in spot.expressions() for name in one.names()}
    collect = subject.workflow.collect
    others: list[Any] = list(subject.workflow.outputs.values())
    if collect is not None:
        others += [collect.items, collect.only, *collect.take.values()]
    if (compare := subject.workflow.compare) is not None:
        others += [
            compare.signed,
            compare.reported,
            compare.as_typed,
            *(side for both in compare.findings.values() for side in (both.ours, both.theirs)),
        ]
    used |= {name for one in others if isinstance(one, Expression) for name in one.names()}
    for spot in subject.spots:
        name = spot.step.bind
        if name is not None and name not in used:
            yield note(spot.step.place, "WR501", f"nothing uses '{name}'", "Delete its `as`, or the step.", "warning")


RULE = WorkflowRule("WR501", "workflow", check)
