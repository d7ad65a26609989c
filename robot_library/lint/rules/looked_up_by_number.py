"""Guard 1, identity: a record was looked up by the patient's own number, which then proves nothing of whose it is.

The number must agree between two independent sources that were not found by it: come to one of them by an order, or
find it by something else that another system shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every `check_patient` that is left with fewer than two sources whose number counts."""
    for spot in subject.steps():
        agree = spot.step.params.get("agree")
        if spot.step.action != "check_patient" or not isinstance(agree, list):
            continue
        sources = [one for one in agree if isinstance(one, Expression)]
        weak = [(one, read) for one in sources if (read := _by_number(subject, spot, one)) is not None]
        if weak and len(sources) - len(weak) < 2:
            source, read = weak[0]
            message = f"'{source.text}' was looked up by the patient's number, so that number proves nothing"
            hint = f"Open {read.step.params['screen']} for an order, or by what another system shows."
            yield note(place_of(source, spot.step.place), "WR429", message, hint)


def _by_number(subject: Subject, before: Spot, source: Expression) -> Spot | None:
    """The step that read this record, where its screen was opened by the very number that it shows."""
    above = [spot for spot in subject.steps() if spot.section == before.section]
    above = above[: above.index(before)]
    read = next((spot for spot in reversed(above) if spot.step.bind == source.text), None)
    if read is None or read.step.action != "read":
        return None
    address = read.step.params.get("screen")
    screen = subject.screen_at(address)
    identity = screen.identity if screen is not None else None
    key = identity.shows.get(identity.patient_id or "") if identity is not None else None
    opened = [spot for spot in above[: above.index(read)] if spot.step.action == "open"]
    last = next((spot for spot in reversed(opened) if spot.step.params.get("screen") == address), None)
    where = last.step.params.get("where") if last is not None else None
    return read if key is not None and isinstance(where, dict) and key in where else None


RULE = WorkflowRule("WR429", "workflow", check, "all")
