"""A value that looks like a patient's, or like a password, stands in the file.

Workflows and bots hold names of things, never patients' numbers or birth dates, and names of secrets, never secrets. In
words for people (`otherwise`, `reason`) a number or date is only warned of.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.clear import looks_like
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression
from robot_library.parsing.expressions.tree import Constant

_FOR_PEOPLE = frozenset({"otherwise", "reason", "about", "ask"})
"""Words that people read: a number there may be a telephone's."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every literal, in text or in expressions."""
    for spot in subject.spots:
        for leaf in spot.leaves:
            if leaf.ref is not None:
                continue
            for text in _texts(leaf.value):
                if kind := looks_like(leaf.keys[-1], text):
                    hint = "Take it from the item or from a screen: =item.…"
                    words = leaf.keys[-1] in _FOR_PEOPLE and "password" not in kind
                    message = f"'{leaf.keys[-1][:60]}' holds {kind} in clear"
                    yield note(leaf.place, "WR417", message, hint, "warning" if words else "error")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Expression):
        yield from (str(part.value) for part in value.parts() if isinstance(part, Constant) and part.value is not None)
    elif isinstance(value, str):
        yield value


RULE = WorkflowRule("WR417", "workflow", check, "one")
