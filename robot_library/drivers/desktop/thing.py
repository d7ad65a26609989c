"""One thing that was found in a program's window."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from robot_library.drivers.desktop.capture import Box, Grey
from robot_library.drivers.desktop.nodes import Node
from robot_library.drivers.shown import Where, holding, substitute, visible_text
from robot_library.model.screen import Locator


@dataclass(frozen=True)
class Thing:
    """One thing, found once. `text` is what it shows (never printed), `window` the X window it stands in."""

    box: Box
    window: int
    text: str = field(default="", repr=False)
    node: Node | None = None
    disabled: bool = False
    read_only: bool = False
    seen: Grey | None = field(default=None, repr=False, compare=False)
    """What it looked like, where it was found by its looks."""
    score: float | None = None
    """How alike the picture is, or how surely the text was read; None where its program tells of it."""


Wanted = str | re.Pattern[str]


def wanted_text(text: str, spec: Locator, where: Where) -> Wanted:
    """What is looked for: a text, or what holds it where `partly`."""
    seen = {key: visible_text(value) for key, value in where.items()}
    return re.compile(holding(visible_text(text), seen)) if spec.partly else visible_text(substitute(text, seen))


def same(wanted: Wanted, shown: str) -> bool:
    """Whether this is what a person would call the same text, or holds it."""
    shown = visible_text(shown)
    return wanted == shown if isinstance(wanted, str) else wanted.search(shown) is not None
