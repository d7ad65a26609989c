"""The queue does not fill what an item needs.

Each row of `collect: items` becomes an item: its inputs take the columns of their names, or what `take` says; `key` is
the column that tells items apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.infer import infer
from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression
from robot_library.parsing.problems import did_you_mean


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Inputs without a column, a key that is no column, `take` of no input."""
    collect, inputs = subject.workflow.collect, subject.workflow.item
    if collect is None:
        return
    place = place_of(collect.key, subject.workflow.place)
    for name, value in collect.take.items():
        if name not in inputs:
            message = f"the item has no input '{name[:60]}'"
            yield note(place_of(value, place), "WR313", message, did_you_mean(name, inputs))
    columns = _columns(subject, collect.items)
    if columns is None:
        return
    if collect.key not in columns:
        yield note(place, "WR313", f"the rows have no column '{collect.key[:60]}'", did_you_mean(collect.key, columns))
    for name, declared in inputs.items():
        if name not in columns and name not in collect.take and not declared.optional:
            message = f"nothing fills the item's input '{name}'"
            yield note(
                declared.place or place,
                "WR313",
                message,
                f"Rows have {', '.join(sorted(columns))}; add take: {{{name}: =row.…}}.",
            )


def _columns(subject: Subject, items: object) -> set[str] | None:
    if not isinstance(items, Expression):
        return None
    row = infer(items.tree, subject.collected, lambda *_: None).item
    return set(row.members) if row is not None and row.members is not None else None


RULE = WorkflowRule("WR313", "workflow", check)
