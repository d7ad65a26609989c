"""Steps after a final press in the same `protect`.

A commit ends its part: what stands behind it would run on a page that a crash has emptied. Each final press has a
`protect` of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, nested_blocks, note
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """The step behind each commit, where there is one."""
    actions = subject.library.actions
    for spot in subject.steps():
        for _, steps in nested_blocks(spot.step):
            for step, following in pairwise(steps):
                if actions[step.action].effect_of(step.params) == "commit":
                    message = f"'{following.action}' stands behind '{step.action}', which ends this block"
                    yield note(following.place, "WR413", message, "Begin another `protect` with an `open`.")


RULE = WorkflowRule("WR413", "workflow", check, "one")
