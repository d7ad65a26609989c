"""A keyword that changes something stands where nothing may, or is said to change less than it does.

Inside `protect` only what computes: no keyword writes to a record past the guards. `collect` and `compare` only look.
`retry` would do it again. And `effect` asks for more care than is known of a keyword, never for less.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.keywords.effects import CAREFUL, effect_in_table
from robot_library.lint.keyword_steps import keyword_spots
from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every keyword step by where it stands."""
    for spot, library, name in keyword_spots(subject):
        if where := _misplaced(spot):
            message = f"'{name[:60]}' ({spot.effect}) stands in `{where}`"
            yield note(spot.step.place, "WR424", message, _CURES[where])
        said, known = spot.step.params.get("effect"), effect_in_table(library, name)
        if isinstance(said, str) and known is not None and said in CAREFUL and CAREFUL[said] < CAREFUL[known]:
            place = place_of(said, spot.step.place)
            yield note(place, "WR424", f"'{name[:60]}' is known to be '{known}', not '{said}'", "Delete `effect`.")


_CURES = {
    "protect": "Only `compute` keywords may stand there; put it before or behind.",
    "collect": "It only looks: `read` and `compute`.",
    "compare": "It only looks: `read` and `compute`.",
    "retry": "It would be done again; put it before or behind.",
}


def _misplaced(spot: Spot) -> str:
    """Where it stands and may not; "" if all is well."""
    if spot.within("protect") is not None and spot.effect != "compute":
        return "protect"
    if spot.effect not in ("file", "once"):
        return ""
    if spot.section != "steps":
        return spot.section
    return "retry" if spot.within("retry") is not None else ""


RULE = WorkflowRule("WR424", "workflow", check, "step")
