"""A bot's own delivery that is not encrypted, to another machine (warning).

As WR806, in a bot's file.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.rules.delivery_in_clear import in_clear
from robot_library.model.diagnostic import Diagnostic


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every receiver that is another machine and gets reports in clear."""
    yield from in_clear(subject.bot.deliveries, subject.node, "WR717")


RULE = BotRule("WR717", "bot", check)
