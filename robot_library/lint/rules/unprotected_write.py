"""Something is typed or saved outside `protect`.

Only inside `protect` is the patient read again from the live screen, and the order's state from the record opened anew,
immediately before each write. `collect` and `compare` never write.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every write and commit without a protect around it."""
    for spot in subject.spots:
        if spot.effect not in ("write", "commit"):
            continue
        verb = spot.step.action
        if spot.section != "steps":
            message = f"'{verb}' stands in `{spot.section}`, which only reads"
            yield note(spot.step.place, "WR401", message, "Write in `steps`, inside `protect`.")
        elif spot.within("protect") is None:
            hint = "Put it in protect: {patient: {screen: …, is: …}, steps: […]}."
            yield note(spot.step.place, "WR401", f"'{verb}' writes outside `protect`", hint)


RULE = WorkflowRule("WR401", "workflow", check, "one")
