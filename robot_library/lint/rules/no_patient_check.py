"""Guard 1, identity: nothing is written before independent sources have agreed on the patient.

A workflow that writes has `check_patient` at its top level before the first `protect`, or each `protect` names two
independent sources itself. Two records of one system are one source: a wrong click shows the same wrong patient twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from robot_library.lint.infer import infer
from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every check of one source only, and every protect that no check precedes."""
    checked = False
    for spot in subject.top_level():
        if spot.step.action == "check_patient":
            sources = spot.step.params.get("agree")
            if _independent(sources, spot):
                checked = True
            else:
                yield _one_source(sources, spot)
        for inner in (spot, *subject.inside(spot)):
            if inner.step.action == "protect" and not checked and not _independent(_named(inner), inner):
                message = "this writes although nothing has checked whose record it is"
                hint = "Put `check_patient: {agree: [=order, =study]}` before it, at top level."
                yield note(inner.step.place, "WR404", message, hint)


def _named(spot: Spot) -> Any:
    patient = spot.step.params.get("patient")
    return patient.get("is") if isinstance(patient, dict) else None


def _independent(sources: Any, spot: Spot) -> bool:
    """At least two sources; unknown ones count as one each, the guard decides at run time."""
    values = [one for one in (sources if isinstance(sources, list) else [sources]) if isinstance(one, Expression)]
    if any(infer(one.tree, spot.names, lambda *_: None).is_a("list") for one in values):
        return True
    origins = {_origin(one, spot) for one in values}
    return len(origins) >= 2


def _origin(one: Expression, spot: Spot) -> object:
    known = infer(one.tree, spot.names, lambda *_: None)
    return known.origins or frozenset({one.text})


def _one_source(sources: Any, spot: Spot) -> Diagnostic:
    first = sources[0] if isinstance(sources, list) and sources else sources
    message = "these come from one source, which proves nothing about the patient"
    hint = "Name what was read independently, such as the order's screen and the study: [=order, =study]."
    return note(place_of(first, spot.step.place), "WR404", message, hint)


RULE = WorkflowRule("WR404", "workflow", check, hangs_on=frozenset({"check_patient", "protect"}))
