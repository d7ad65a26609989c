"""Text where a value was meant: its '=' is missing, or the value is named in braces.

`where: {order: item.order}` would look for an order called "item.order", and `Order {item.order}` be typed so. A value
is named by an expression: `=item.order`, or `='Order ' + item.order`.
"""

from __future__ import annotations

from collections.abc import Iterable

from robot_library.lint.flow import diagnostics_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterable[Diagnostic]:
    """Every text that names what is in scope."""
    return diagnostics_of(subject, "WR504")


RULE = WorkflowRule("WR504", "workflow", check, "one")
