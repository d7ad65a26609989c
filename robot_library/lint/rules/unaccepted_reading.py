"""Guard 3, acceptance: something is written although a reading before it was not accepted.

What a skill answers is accepted by a certified operating point or by a person, with `accept`, at top level, before
anything is written; neither its value nor a decision taken on it reaches a write by another way.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.flow import lay_out
from robot_library.lint.infer import infer
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression

_OUT = frozenset({"write", "commit", "file", "once"})
_HINT = "Put accept: {finding: =…, ask: …, wait: …, as: accepted} between, at top level, and use what it gives."


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every reading that no accept stands behind, and every use of one in a write."""
    yield from _never_accepted(subject)
    for spot in subject.steps():
        if spot.effect not in _OUT:
            continue
        for expression in spot.expressions():
            yield from _depends(expression, spot, f"'{spot.step.action}' writes what depends on")
        for block in spot.outer:
            for expression in block.expressions():
                yield from _depends(expression, block, f"'{spot.step.action}' happens or not by")


def _never_accepted(subject: Subject) -> Iterator[Diagnostic]:
    open_readings: dict[str, Spot] = {}
    for top in subject.top_level():
        for spot in (top, *subject.inside(top)):
            if _gives_reading(subject, spot):
                open_readings[spot.step.bind or f"step {spot.step.path}"] = spot
            if spot.effect in _OUT and open_readings:
                for name, reading in open_readings.items():
                    message = f"reading '{name}' is not accepted before line {spot.step.place.line} writes"
                    yield note(reading.step.place, "WR407", message, _HINT)
                return
        if top.effect == "wait":
            for expression in top.expressions():
                for name in infer(expression.tree, top.names, lambda *_: None).readings:
                    open_readings.pop(name, None)


def _gives_reading(subject: Subject, spot: Spot) -> bool:
    """Whether a step makes a reading, or calls a workflow that gives back what depends on one."""
    if spot.step.action == "call":
        name = str(spot.step.params.get("workflow"))
        if subject.library.look("workflow", name) is None:
            return False
        called = lay_out(subject.library.workflow(name), subject.library, subject.maps, subject.bot)
        return any(known.readings for known in called.outputs.values())
    return "finding" in spot.action.gives and spot.effect != "wait"


def _depends(expression: Expression, spot: Spot, what: str) -> Iterator[Diagnostic]:
    for name in sorted(infer(expression.tree, spot.names, lambda *_: None).readings):
        yield note(expression.place, "WR407", f"{what} the reading '{name}', which is not accepted", _HINT)


RULE = WorkflowRule("WR407", "workflow", check, hangs_on=frozenset({"wait", "compute", "read", "block"}))
