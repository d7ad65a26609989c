"""Guard 2, state: a screen is written to whose map has no rules about the order's state.

The map's `state` rules say what a record must show for a bot to write: not cancelled, not locked, not begun or signed
by a person. They are held against the record before typing and again before saving. `state: name` in `protect` chooses
another set of rules from the map's `states`.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.screen import Screen
from robot_library.parsing.problems import did_you_mean


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every protected or state-checked screen without state rules."""
    for spot in subject.spots:
        patient = spot.step.params.get("patient")
        chosen: object = None
        if spot.step.action == "protect" and isinstance(patient, dict):
            address, chosen = patient.get("screen"), patient.get("state")
        elif spot.step.action == "check_state":
            address = spot.step.params.get("screen")
        else:
            continue
        screen = subject.screen_at(address)
        if chosen is not None and screen is not None:
            yield from _chosen(chosen, screen, str(address), spot)
        elif screen is not None and not screen.state:
            message = f"screen {address} has no rules about the order's state"
            hint = "Give it `state` rules in its screen map: status, lock, report and author."
            yield note(place_of(address, spot.step.place), "WR406", message, hint)


def _chosen(chosen: object, screen: Screen, address: str, spot: Spot) -> Iterator[Diagnostic]:
    place = place_of(chosen, spot.step.place)
    if not isinstance(chosen, str):
        message = "which rules are held is known before the workflow runs and cannot be an expression"
        yield note(place, "WR406", message, did_you_mean("", screen.states))
    elif not screen.states.get(chosen):
        message = f"screen {address} has no rules '{chosen[:60]}' about the order's state"
        yield note(place, "WR406", message, did_you_mean(chosen, screen.states) or "Add them to the map's `states`.")


RULE = WorkflowRule("WR406", "workflow", check, "step")
