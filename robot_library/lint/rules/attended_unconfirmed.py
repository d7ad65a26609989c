"""A bot may be started by hand, and nobody confirms whose record it writes.

Whoever starts a bot by hand gives it a number, and numbers are mistyped. Its workflow has `confirm_patient` at its top
level before the first `protect`, so that a person sees whose record it is before anything is typed.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at_key
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.workflows import every_step


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """A bot with `attended` that writes before it is confirmed."""
    if subject.workflow is None or subject.bot.attended is None:
        return
    actions = subject.library.actions
    for step in subject.workflow.steps:
        if step.action == "confirm_patient":
            return
        effects = {actions[one.action].effect_of(one.params) for one in every_step((step,)) if one.action in actions}
        if {"write", "commit", "once"} & effects:
            message = f"'{subject.workflow.name}' writes, and whoever starts it by hand is not asked whose record it is"
            hint = "Put `confirm_patient: =order` after `check_patient`, at top level."
            yield note(at_key(subject.node, "attended"), "WR718", message, hint)
            return


RULE = BotRule("WR718", "bot", check)
