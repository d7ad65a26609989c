"""A called workflow gets inputs it does not declare, or not all it needs.

Sub-workflows have explicit inputs (`item:`) and outputs (`outputs:`); nothing else goes in or out. Their screen roles
are the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.problems import did_you_mean


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every `call` whose `with` does not fit the workflow's `item`."""
    for spot in subject.spots:
        if spot.step.action == "call":
            yield from _call(subject, spot)


def _call(subject: Subject, spot: Spot) -> Iterator[Diagnostic]:
    name = str(spot.step.params.get("workflow"))
    if subject.library.look("workflow", name) is None:
        return
    called = subject.library.workflow(name)
    for role in called.screens:
        if role not in subject.workflow.screens:
            message = f"workflow '{name}' uses the screen role '{role}', which this workflow does not list"
            yield note(spot.step.place, "WR311", message, f"Add '{role}' to 'screens'.")
    inputs = called.item
    given = spot.step.params.get("with", {})
    if not isinstance(given, dict):
        return
    for key, value in given.items():
        if key not in inputs:
            message = f"workflow '{name}' has no input '{key[:60]}'"
            yield note(place_of(value, spot.step.place), "WR311", message, did_you_mean(key, inputs))
    for key, declared in inputs.items():
        if key not in given and not declared.optional:
            yield note(
                spot.step.place, "WR311", f"workflow '{name}' needs the input '{key}'", f"Add it: with: {{{key}: …}}."
            )


RULE = WorkflowRule("WR311", "workflow", check, "step")
