"""A bot waits for a bot that is not there, or for itself.

`after` names another bot. Bots that wait for each other in a circle would set each other going for ever.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.errors import AuthoringError
from robot_library.lint.places import at
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.bot import BotSpec
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.library import Library
from robot_library.parsing.problems import did_you_mean


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every `after` of the bot."""
    for number, trigger in enumerate(subject.bot.triggers):
        if trigger.after is None:
            continue
        place, other = at(subject.node, "triggers", number, "after", "bot"), trigger.after.bot
        if other != subject.bot.bot and subject.library.look("bot", other) is None:
            known = [name for name in subject.library.names("bot") if name != subject.bot.bot]
            yield note(place, "WR711", f"there is no bot '{other[:60]}'", did_you_mean(other, known))
        elif way := _way_back(subject.bot.bot, other, subject.library):
            message = f"bots wait for each other in a circle: {' after '.join([subject.bot.bot, *way])}"
            yield note(place, "WR711", message, "One of them needs another trigger.")


def _way_back(home: str, first: str, library: Library) -> list[str]:
    """The names from `first` back to `home`; [] if no way leads there."""
    waiting, seen = [[first]], {first}
    while waiting:
        way = waiting.pop(0)
        if way[-1] == home:
            return way
        for other in _waits_for(library, way[-1]):
            if other not in seen:
                seen.add(other)
                waiting.append([*way, other])
    return []


def _waits_for(library: Library, name: str) -> list[str]:
    spec = _bot(library, name)
    return [trigger.after.bot for trigger in spec.triggers if trigger.after is not None] if spec else []


def _bot(library: Library, name: str) -> BotSpec | None:
    try:
        return library.bot(name)
    except AuthoringError:  # reported where that bot is checked
        return None


RULE = BotRule("WR711", "bot", check)
