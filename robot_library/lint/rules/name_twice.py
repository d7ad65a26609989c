"""A name is given twice.

A name is given once and never changes, so that every use of it means the same thing.
"""

from __future__ import annotations

from collections.abc import Iterable

from robot_library.lint.flow import diagnostics_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterable[Diagnostic]:
    """Every second giving of a name."""
    return diagnostics_of(subject, "WR306")


RULE = WorkflowRule("WR306", "workflow", check, "one")
