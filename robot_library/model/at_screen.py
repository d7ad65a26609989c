"""A person at the screen that a bot works on: the keys that stop it and let it go on, the sign that it is at work."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, field_validator, model_validator

from robot_library.model.base import Frozen

MODIFIERS = ("ctrl", "alt", "shift", "super")
_KEY = re.compile(r"f([1-9]|1[0-2])|pause|scroll_lock|insert|end|home")

_DEBUGGED = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\]):\d{2,5}/?")


def _hot_key(text: str) -> str:
    *held, key = text.lower().replace(" ", "").split("+")
    if not _KEY.fullmatch(key) or set(held) - set(MODIFIERS) or len(set(held)) != len(held):
        raise ValueError("write it as ctrl+shift+f12: ctrl, alt, shift, super, and f1–f12, pause, scroll_lock, insert, "
                         "home or end; a key that types a letter would be missed by whoever types")  # fmt: skip
    if not held and key != "pause":
        raise ValueError("a key without ctrl, alt, shift or super belongs to the programs on the screen")
    return "+".join([*(name for name in MODIFIERS if name in held), key])


HotKey = Annotated[str, AfterValidator(_hot_key)]


class AtScreen(Frozen):
    """What holds where bots work on a person's own screen."""

    stop: HotKey = "ctrl+shift+f12"
    """Stops every bot of this machine's worker at once. F12 with two keys held is on every keyboard, types nothing in
    any layout (AltGr is ctrl+alt), is sent by no scanner, and is not the desktop's own."""
    go_on: HotKey = "ctrl+shift+f11"
    """Lets go on what was stopped or paused at this screen."""
    browser: str | None = None
    """Debugging address of a browser that runs on this machine, as in http://127.0.0.1:9222: bots that a person watches
    work in it, in windows of their own, and leave it as it is. Left out: in one that they start."""
    language: Literal["", "en", "es"] = ""
    """Of the sign. Left out: the language that this machine's programs are in, if there is a sign in it."""
    sign: Literal["top", "bottom", "none"] = "top"
    """Where it stands, while a bot has the mouse, that it has. What lies under the sign cannot be found on pictures."""

    @field_validator("browser")
    @classmethod
    def _this_machine(cls, text: str | None) -> str | None:
        """Whoever reaches a debugging port has the whole browser: never over a network."""
        if text is not None and not _DEBUGGED.fullmatch(text):
            raise ValueError("write it as http://127.0.0.1:9222; a debugging port is never reached over a network")
        return text

    @model_validator(mode="after")
    def _two_keys(self) -> AtScreen:
        if self.stop == self.go_on:
            raise ValueError("'stop' and 'go_on' are the same key")
        return self
