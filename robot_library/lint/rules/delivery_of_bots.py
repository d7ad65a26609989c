"""A bot's own delivery names bots.

What stands in a bot's file is that bot's alone; `bots` belongs into site.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every such delivery."""
    for name, delivery in subject.bot.deliveries.items():
        if delivery.bots:
            place = at(subject.node, "deliveries", name, "bots")
            yield note(place, "WR716", f"'{name}' stands in a bot's file and names bots", "Leave `bots` out.")


RULE = BotRule("WR716", "bot", check)
