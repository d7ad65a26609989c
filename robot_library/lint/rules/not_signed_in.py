"""A screen is used before `sign_in` names its application.

`sign_in` says which credential a role uses; it stands before the role's first screen.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.parts import works_on
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Section, Subject, note
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """The first use of each role that has not signed in."""
    sections: tuple[Section, ...] = ("collect", "steps", "compare")
    for section in sections:
        signed_in: set[str] = set()
        for spot in subject.steps(section):
            if spot.effect == "session":
                signed_in |= {str(leaf.value) for leaf in spot.leaves if leaf.ref == "role"}
                if spot.outer:
                    message = f"'{spot.step.action}' stands inside '{spot.outer[-1].step.action}'"
                    yield note(
                        spot.step.place, "WR416", message, "Move it to the top level: it runs again in each part."
                    )
                continue
            address = works_on(spot)
            role = address.partition(".")[0] if address else None
            if role is not None and role in subject.workflow.screens and role not in signed_in:
                signed_in.add(role)
                message = f"nothing has signed in to '{role}' before this"
                yield note(spot.step.place, "WR416", message, f"Put `sign_in: {role}` before it.")


RULE = WorkflowRule("WR416", "workflow", check, hangs_on=frozenset({"session"}))
