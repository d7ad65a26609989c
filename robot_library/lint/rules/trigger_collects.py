"""A trigger is to collect items, and the workflow does not say how.

By the clock, by another bot's end and by polling a worklist, a bot goes looking for its items: the workflow needs
`collect:`. Files, studies, hooks and DICOMweb bring theirs along.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at_key
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.trigger import Trigger


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every trigger that collects."""
    if subject.workflow is None or subject.workflow.collect is not None:
        return
    for number, trigger in enumerate(subject.bot.triggers):
        if collects(trigger):
            place = at_key(subject.node, "triggers", number, trigger.kind)
            message = f"workflow '{subject.workflow.name}' does not say how items are collected"
            yield note(place, "WR712", message, "Add `collect:` to it, or use a trigger that brings items along.")


def collects(trigger: Trigger) -> bool:
    """Whether it makes the bot look for items itself."""
    if trigger.poll is not None:
        return trigger.poll.source == "worklist"
    return trigger.kind in ("cron", "every", "at", "after")


RULE = BotRule("WR712", "bot", check)
