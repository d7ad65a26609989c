"""A step that a person does in the bot's window, in the bot's place: what is to be done there."""

from __future__ import annotations

from typing import Literal

from robot_library.model.base import Frozen

Doing = Literal["reach", "look", "press", "type", "save"]
"""lead the window to a screen · make a screen ready to be read · press something that changes nothing · type · save."""


class HandWork(Frozen):
    """What a person does on `screen` (as role.screen). `texts`: which text goes into which field, letter by letter."""

    what: Doing
    screen: str
    target: str = ""
    where: dict[str, str] = {}
    texts: dict[str, str] = {}

    @property
    def writes(self) -> bool:
        """The window holds, or may hold afterwards, what is not saved."""
        return self.what in ("type", "save")
