"""A called workflow writes, saves or waits.

A sub-workflow runs inside a step of its caller; parts, commits and waits belong to the item's own workflow.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.workflows import every_step

_FORBIDDEN = {
    "write": "types",
    "commit": "saves",
    "file": "writes files",
    "once": "does what is done once",
    "wait": "waits for a person",
}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every call of a workflow that does more than read and compute."""
    actions = subject.library.actions
    for spot in subject.spots:
        target = spot.step.params.get("workflow")
        if spot.step.action != "call" or subject.library.look("workflow", str(target)) is None:
            continue
        called = subject.library.workflow(str(target))
        for step in every_step(called.steps):
            does = _FORBIDDEN.get(actions[step.action].effect_of(step.params))
            if does is not None:
                message = f"workflow '{target}' {does} (line {step.place.line}) and cannot be called"
                yield note(
                    place_of(target, spot.step.place), "WR411", message, "Call what reads; write in this workflow."
                )
                break


RULE = WorkflowRule("WR411", "workflow", check, "one")
