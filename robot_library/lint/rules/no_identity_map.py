"""Guard 1, identity: a screen is written to, or its record compared, whose map does not say how it names its patient.

The screen map's `identity` says which targets show patient number, name and birth date, on the screen itself or one
link away.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every protected screen and compared record without an identity map."""
    for spot in subject.steps():
        if spot.step.action == "protect":
            patient = spot.step.params.get("patient")
            address = patient.get("screen") if isinstance(patient, dict) else None
            screen = subject.screen_at(address)
            if screen is not None and screen.identity is None:
                message = f"screen {address} does not say whose record it shows"
                hint = "Give it an `identity` in its screen map; without one nothing is written there."
                yield note(place_of(address, spot.step.place), "WR405", message, hint)
        elif spot.step.action == "check_patient":
            yield from _compared(subject, spot)


def _compared(subject: Subject, check_step: Spot) -> Iterator[Diagnostic]:
    agree = check_step.step.params.get("agree")
    names = {one.text: one for one in agree if isinstance(one, Expression)} if isinstance(agree, list) else {}
    for spot in subject.steps():
        expression = names.get(spot.step.bind or "")
        if expression is None or spot.step.action != "read":
            continue
        address = spot.step.params.get("screen")
        screen = subject.screen_at(address)
        if screen is not None and screen.identity is None:
            message = f"'{spot.step.bind}' was read from {address}, which does not say whose record it shows"
            yield note(expression.place, "WR405", message, "Give that screen an `identity` in its screen map.")


RULE = WorkflowRule("WR405", "workflow", check, "one")
