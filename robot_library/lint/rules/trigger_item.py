"""A trigger's items do not fit the workflow.

`item:` of a trigger names inputs of the workflow: every one that may not be left out, and no others.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at_key
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.problems import did_you_mean


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every `item:` of a trigger, and the role that a poll asks."""
    if subject.workflow is None:
        return
    inputs = subject.workflow.item
    for number, trigger in enumerate(subject.bot.triggers):
        one = trigger.folder or trigger.dicom_arrival or trigger.poll
        where = ("triggers", number, trigger.kind)
        if one is None or not one.item:
            continue
        for name in one.item:
            if name not in inputs:
                place = at_key(subject.node, *where, "item", name)
                message = f"workflow '{subject.workflow.name}' has no input '{name[:60]}'"
                yield note(place, "WR713", message, did_you_mean(name, inputs))
        for name, how in inputs.items():
            if not how.optional and name not in one.item:
                place = at_key(subject.node, *where, "item")
                yield note(place, "WR713", f"the input '{name}' is missing", f"Add it: {name}: accession.")
        if trigger.poll is not None and trigger.poll.app not in subject.bot.apps:
            place = at_key(subject.node, *where, "app")
            message = f"the bot has no role '{trigger.poll.app[:60]}'"
            yield note(place, "WR713", message, did_you_mean(trigger.poll.app, subject.bot.apps))


RULE = BotRule("WR713", "bot", check)
