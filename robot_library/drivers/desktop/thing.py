"""One thing that was found in a program's window."""

from __future__ import annotations

from dataclasses import dataclass, field

from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.nodes import Node
from robot_library.drivers.shown import visible_text


@dataclass(frozen=True)
class Thing:
    """One thing, found once. `text` is what it shows (never printed), `window` the X window it stands in."""

    box: Box
    window: int
    text: str = field(default="", repr=False)
    node: Node | None = None
    disabled: bool = False
    read_only: bool = False
    score: float | None = None
    """How alike the picture is, or how surely the text was read; None where its program tells of it."""


def same(wanted: str, shown: str, partly: bool) -> bool:
    """Whether this is what a person would call the same text, or holds it where `partly`."""
    wanted, shown = visible_text(wanted), visible_text(shown)
    return wanted in shown if partly else wanted == shown
