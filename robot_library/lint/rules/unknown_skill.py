"""A skill that is not declared, or not there.

Skills are listed under `skills:` and found as skills/<name>/skill.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.declared import undeclared
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every skill that is used without being listed, and every one that has no manifest."""
    return undeclared(subject, "skill", "WR310", subject.workflow.skills)


RULE = WorkflowRule("WR310", "workflow", check, "one")
