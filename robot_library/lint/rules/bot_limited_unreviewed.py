"""A bot is `limited` and its workflow asks nobody.

While a bot is limited, a person reviews each item before anything is saved. Without an `accept` in the workflow there
is nobody to ask, and no item would ever be saved.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.workflows import every_step


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """A limited bot that writes and does not ask."""
    if subject.workflow is None or subject.bot.mode != "limited":
        return
    actions = subject.library.actions
    steps = [step for step in every_step(subject.workflow.steps) if step.action in actions]
    effects = {actions[step.action].effect_of(step.params) for step in steps}
    asks = any("accepted" in actions[step.action].gives for step in steps)
    if {"write", "commit", "once"} & effects and not asks:
        message = f"'{subject.workflow.name}' writes and asks nobody, and a limited bot saves only what was reviewed"
        yield note(at(subject.node, "mode"), "WR705", message, "Add an `accept` to the workflow, or use `shadow`.")


RULE = BotRule("WR705", "bot", check)
