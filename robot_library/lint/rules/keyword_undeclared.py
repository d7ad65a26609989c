"""Nobody has said what a keyword changes (warning).

It is then done at most once for an item, and an interruption in its middle is a person's. `effect` says what is true:
read, compute, file or once.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.keywords.effects import effect_in_table
from robot_library.lint.keyword_steps import keyword_spots, signature_at
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every known keyword without an effect, of its table or its author."""
    for spot, library, name in keyword_spots(subject):
        declared = spot.step.params.get("effect") is not None or effect_in_table(library, name) is not None
        if not declared and signature_at(subject, spot) is not None:
            message = f"what '{name}' of {library} changes is not said; it counts as 'once'"
            yield note(spot.step.place, "WR425", message, "Say it: effect: read, compute, file or once.", "warning")


RULE = WorkflowRule("WR425", "workflow", check, "step")
