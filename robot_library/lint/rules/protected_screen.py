"""A write inside `protect` is on another screen than the one that is protected.

The guards read patient and state from the screen that `patient: {screen: …}` names; a write elsewhere would be
unguarded.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.parts import works_on
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every write and commit whose screen is not its protect's."""
    for spot in subject.steps():
        block = spot.within("protect")
        patient = block.step.params.get("patient") if block is not None else None
        if spot.effect not in ("write", "commit") or not isinstance(patient, dict):
            continue
        address = works_on(spot)
        if address is not None and address != patient.get("screen"):
            message = f"'{spot.step.action}' writes to {address}; this block protects {patient.get('screen')}"
            yield note(spot.step.place, "WR414", message, "Give each screen a `protect` of its own.")


RULE = WorkflowRule("WR414", "workflow", check, "one")
