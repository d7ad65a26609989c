"""Guard 2, state: a screen is written to whose map has no rules about the order's state.

The map's `state` rules say what a record must show for a bot to write: not cancelled, not locked, not begun or signed
by a person. They are held against the record before typing and again before saving.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every protected or state-checked screen without state rules."""
    for spot in subject.spots:
        patient = spot.step.params.get("patient")
        if spot.step.action == "protect" and isinstance(patient, dict):
            address = patient.get("screen")
        elif spot.step.action == "check_state":
            address = spot.step.params.get("screen")
        else:
            continue
        screen = subject.screen_at(address)
        if screen is not None and not screen.state:
            message = f"screen {address} has no rules about the order's state"
            hint = "Give it `state` rules in its screen map: status, lock, report and author."
            yield note(place_of(address, spot.step.place), "WR406", message, hint)


RULE = WorkflowRule("WR406", "workflow", check)
