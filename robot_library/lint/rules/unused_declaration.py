"""A screen role, skill, template or input that nothing uses (warning).

What a workflow lists is what its readers and its bot must provide. The input that tells the items of `collect` apart is
used by that.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions.tree import Member, Name


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Everything listed and not used."""
    used: set[tuple[str, str]] = set()
    for spot in subject.spots:
        for leaf in spot.leaves:
            if leaf.ref is not None:
                kind = leaf.ref if leaf.ref in ("skill", "template") else "role"
                used.add((kind, str(leaf.value).partition(".")[0] if kind == "role" else str(leaf.value)))
    workflow = subject.workflow
    for kind, key, names in (
        ("role", "screens", workflow.screens),
        ("skill", "skills", workflow.skills),
        ("template", "templates", workflow.templates),
    ):
        for name in names:
            if (kind, name) not in used:
                place = place_of(name, workflow.place)
                yield note(place, "WR502", f"no step uses {kind} '{name}'", f"Delete it from '{key}'.", "warning")
    yield from _inputs(subject)


def _inputs(subject: Subject) -> Iterator[Diagnostic]:
    collect = subject.workflow.collect
    read: set[str] = {collect.key} if collect is not None else set()
    whole = False
    for spot in subject.steps():
        for expression in spot.expressions():
            members = [part for part in expression.parts() if isinstance(part, Member)]
            read |= {part.name for part in members if isinstance(part.of, Name) and part.of.name == "item"}
            items = [part for part in expression.parts() if isinstance(part, Name) and part.name == "item"]
            whole = whole or len(items) > len([part for part in members if part.of in items])
    for name, declared in subject.workflow.item.items():
        if not whole and name not in read and not declared.optional and not subject.workflow.outputs:
            place = declared.place or subject.workflow.place
            yield note(place, "WR502", f"no step uses the item's input '{name}'", "Delete it from 'item'.", "warning")


RULE = WorkflowRule("WR502", "workflow", check)
