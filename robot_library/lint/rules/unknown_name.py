"""An expression uses a name that has no value there.

Names are `item`, `site`, what earlier steps gave with `as`, and, inside `for_each`, its `name`. A name given inside
a block is not seen outside it, and a step cannot use what a later step gives.
"""

from __future__ import annotations

from collections.abc import Iterable

from robot_library.lint.flow import diagnostics_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterable[Diagnostic]:
    """Every use of a name that is not in scope."""
    return diagnostics_of(subject, "WR302")


RULE = WorkflowRule("WR302", "workflow", check, "one")
