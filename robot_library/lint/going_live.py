"""What somebody who asks for approval, or approves, looks at: a bot as its files are at this moment, without a mistake
in them, and with every address that it works on known."""

from __future__ import annotations

import os

from robot_library.errors import ApprovalRefused, AuthoringError
from robot_library.lint.check import check_bot
from robot_library.model.approval import MadeOf
from robot_library.parsing.library import Library
from robot_library.parsing.made_of import made_of
from robot_library.parsing.surroundings import variables


def made(bot: str, library: Library) -> MadeOf:
    """What the bot is made of on this disk. AuthoringError for a mistake that `wetread check` finds in it."""
    fresh = _anew(library)
    if wrong := [one for one in check_bot(fresh, bot) if one.severity == "error"]:
        raise AuthoringError(wrong)
    return made_of(bot, fresh)


def made_here(bot: str, library: Library) -> MadeOf:
    """The same, where every address that it works on is known. ApprovalRefused otherwise: nobody can let a bot go to a
    place that they do not see."""
    if missing := unset(bot, library):
        raise ApprovalRefused(
            f"bot {bot!r} takes addresses from {', '.join(missing)}, which is not set here.",
            cure="Ask and approve with the same environment that its workers have.",
        )
    return made(bot, library)


def unset(bot: str, library: Library) -> list[str]:
    """Names that addresses are taken from, and that are not set here."""
    fresh = _anew(library)
    return [name for name in variables(fresh.bot(bot), fresh) if not os.environ.get(name)]


def _anew(library: Library) -> Library:
    """A library loads each file once: an office's would show what was there when it began."""
    return Library(*library.folders)
