"""Two triggers want the same thing.

A hook's name, a DICOM receiver's port and a watched folder belong to one trigger of one bot: whose would what comes be?
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.errors import AuthoringError
from robot_library.lint.places import at
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.bot import BotSpec
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.trigger import Trigger
from robot_library.parsing.library import Library


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every hook, port and folder of the bot."""
    taken = _of_others(subject.library, subject.bot.bot)
    for number, trigger in enumerate(subject.bot.triggers):
        for key, thing in wants(trigger):
            if thing in taken:
                place = at(subject.node, "triggers", number, trigger.kind, key)
                message = f"bot '{taken[thing]}' has this {thing[0]} already"
                yield note(place, "WR714", message, "Give each trigger its own.")
            taken[thing] = subject.bot.bot


def _of_others(library: Library, name: str) -> dict[tuple[str, str], str]:
    """What other bots have, and which of them."""
    others = [spec for other in library.names("bot") if other != name and (spec := _bot(library, other)) is not None]
    return {thing: spec.bot for spec in others for trigger in spec.triggers for _, thing in wants(trigger)}


def _bot(library: Library, name: str) -> BotSpec | None:
    try:
        return library.bot(name)
    except AuthoringError:  # reported where that bot is checked
        return None


def wants(trigger: Trigger) -> Iterator[tuple[str, tuple[str, str]]]:
    """What only one trigger can have: the key it stands at, its kind and its name."""
    if trigger.hook is not None:
        yield "name", ("hook", trigger.hook.name)
    if trigger.dicom_arrival is not None:
        yield "port", ("port", str(trigger.dicom_arrival.port))
    if trigger.folder is not None:
        yield "path", ("folder", trigger.folder.path.rstrip("/\\"))


RULE = BotRule("WR714", "bot", check)
