"""A value of the wrong type.

Types are followed through names: `draft_report` takes accepted findings, never a reading; text from a screen is text
until `number(…)` or `date(…)` makes it something else; conditions are true or false, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable

from robot_library.lint.flow import diagnostics_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterable[Diagnostic]:
    """Every type that cannot be right."""
    return diagnostics_of(subject, "WR304")


RULE = WorkflowRule("WR304", "workflow", check, "one")
