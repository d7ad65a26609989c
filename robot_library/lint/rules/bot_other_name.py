"""A bot that calls itself otherwise than its file.

By the file's name it is loaded and enabled, by its own its items, stops and approvals are known. `bots/night.yaml` says
`bot: night`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from robot_library.lint.places import at
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.bots import OTHER_NAME, SAME, other_name

_FOLDER = "bots"


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Of files where bots are looked for by name."""
    file = Path(subject.node.place.file).resolve()
    if file.parent.name == _FOLDER and (wrong := other_name(subject.bot, file.stem)):
        yield note(at(subject.node, "bot"), OTHER_NAME, wrong, SAME)


RULE = BotRule(OTHER_NAME, "bot", check)
