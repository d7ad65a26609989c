"""A moment that is over (warning).

An `at` in the past sets nothing going any more: what was due before a bot was enabled is never made up for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from robot_library.errors import AuthoringError
from robot_library.lint.places import at
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.library import Library


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every `at`."""
    for number, trigger in enumerate(subject.bot.triggers):
        if trigger.at is None:
            continue
        moment = trigger.at.local.replace(tzinfo=ZoneInfo(trigger.at.zone or _zone(subject.library)))
        if moment.astimezone(UTC) < datetime.now(UTC):
            place = at(subject.node, "triggers", number, "at", "time")
            yield note(place, "WR715", "this moment is over", "Delete it, or was another year meant?", "warning")


def _zone(library: Library) -> str:
    try:
        return library.site().zone
    except AuthoringError:  # reported where site.yaml is checked
        return "UTC"


RULE = BotRule("WR715", "bot", check)
