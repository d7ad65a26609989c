"""An expression asks for a part that a value does not have.

A record has the fields that were read; an item has its declared inputs; a finding, study or report has the parts listed
in the reference.
"""

from __future__ import annotations

from collections.abc import Iterable

from robot_library.lint.flow import diagnostics_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterable[Diagnostic]:
    """Every member that cannot be there."""
    return diagnostics_of(subject, "WR303")


RULE = WorkflowRule("WR303", "workflow", check, "one")
