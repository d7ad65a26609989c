"""A time that comes every minute of some hours (warning).

`* 2 * * *` is not two o'clock: it is each minute from 02:00 to 02:59. The first field is the minute, `0 2 * * *` is two
o'clock.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every such crontab line."""
    for number, trigger in enumerate(subject.bot.triggers):
        if trigger.cron is not None and len(trigger.cron.times.minutes) == 60 and not trigger.cron.times.hourly:
            place = at(subject.node, "triggers", number, "cron", "time")
            message = "this comes in every minute of its hours: the first field is the minute"
            yield note(place, "WR719", message, "Write 0 in its place for the full hour.", "warning")


RULE = BotRule("WR719", "bot", check)
