"""A report template that is not declared, or not there.

Templates are listed under `templates:` and found as workflows/templates/<name>.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.declared import undeclared
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every template that is used without being listed, and every one that has no file."""
    return undeclared(subject, "template", "WR309", subject.workflow.templates)


RULE = WorkflowRule("WR309", "workflow", check, "one")
