"""Things a workflow must list before it uses them: templates and skills."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from robot_library.lint.params import place_of
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.problems import did_you_mean


def undeclared(
    subject: Subject, kind: Literal["template", "skill"], code: str, listed: tuple[str, ...]
) -> Iterator[Diagnostic]:
    """Used but not listed, and listed but without a file."""
    for spot in subject.spots:
        for leaf in spot.leaves:
            if leaf.ref == kind and leaf.value not in listed:
                name = str(leaf.value)[:60]
                hint = did_you_mean(name, listed) or f"Add it: {kind}s: [{name}]."
                yield note(leaf.place, code, f"{kind} '{name}' is not listed under '{kind}s:'", hint)
    for name in listed:
        if subject.library.look(kind, name) is None:
            place = place_of(name, subject.workflow.place)
            hint = did_you_mean(name, subject.library.names(kind))
            yield note(place, code, f"there is no {kind} '{name[:60]}'", hint)
