"""A screen role that the workflow does not declare.

A workflow speaks of roles (`ehr`, `pacs`) and lists them under `screens:`; the bot says which system plays each.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.addresses import LENGTH
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.problems import did_you_mean


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every address whose role is not under `screens:`."""
    roles = subject.workflow.screens
    for spot in subject.spots:
        for leaf in spot.leaves:
            parts = str(leaf.value).split(".")
            if leaf.ref in LENGTH and len(parts) == LENGTH[leaf.ref] and parts[0] not in roles:
                hint = did_you_mean(parts[0], roles) or "Add it: screens: [" + parts[0][:60] + "]."
                yield note(leaf.place, "WR301", f"there is no screen role '{parts[0][:60]}' in this workflow", hint)


RULE = WorkflowRule("WR301", "workflow", check, "one")
