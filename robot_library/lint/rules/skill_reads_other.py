"""A skill is given what it does not read.

The manifest's `input.kind` says what it reads: a film `image:`, a volume `stack:`, a text `text:`, a table `values:`.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.manifests import reads
from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic

_GIVEN = {"film": "image", "volume": "stack", "text": "text", "table": "values"}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every run_skill that gives another kind of thing than its skill reads."""
    for spot in subject.spots:
        skill = spot.step.params.get("skill")
        if spot.step.action != "run_skill" or not isinstance(skill, str):
            continue
        found = reads(subject.library, skill)
        wanted = _GIVEN.get(found.kind) if found is not None else None
        given = [key for key in _GIVEN.values() if spot.step.params.get(key) is not None]
        if found is not None and wanted is not None and len(given) == 1 and given[0] != wanted:
            message = f"skill '{skill}' reads a {found.kind}, and is given '{given[0]}'"
            place = place_of(spot.step.params[given[0]], spot.step.place)
            yield note(place, "WR419", message, f"Give it {wanted}: =…")


RULE = WorkflowRule("WR419", "workflow", check, "step")
