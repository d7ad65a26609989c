"""A final press without `once_per` and `proof`, or once per nothing in particular.

`once_per` names what the press may happen once for; a fixed text, or a site value, would let it happen once for ever.
The proof is looked for in the record opened anew, before and after the press and after a crash.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every commit that could happen twice, or never for the second item."""
    for spot in subject.spots:
        if spot.effect != "commit":
            continue
        params, verb = spot.step.params, spot.step.action
        for key in ("once_per", "proof"):
            if key not in params:
                yield note(spot.step.place, "WR402", f"'{verb}' has no '{key}'", "Nothing final is pressed without it.")
        once = params.get("once_per")
        if once is not None and not (isinstance(once, Expression) and once.names() - {"site"}):
            message = "'once_per' is the same for every item, so only the first would be saved"
            yield note(place_of(once, spot.step.place), "WR402", message, "Name what tells items apart: =item.order.")


RULE = WorkflowRule("WR402", "workflow", check, "step")
