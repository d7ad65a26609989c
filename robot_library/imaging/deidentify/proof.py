"""What was done to one object, by attribute and rule, without a single value of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

Refusal = Literal[
    "unreadable", "burnt_in_text", "pixels_unseen", "document", "video", "audio", "left_over", "duplicate", "media",
]  # fmt: skip


class NotDeidentified(Exception):
    """The object is not written. `cause` says why in words, `cure` what a person can do; neither holds a value."""

    def __init__(self, reason: Refusal, cause: str, cure: str = "") -> None:
        super().__init__(cause)
        self.reason: Refusal = reason
        self.cause, self.cure = cause, cure


@dataclass(frozen=True)
class Line:
    """An attribute, what was done, by which rule of the table (or beyond it), how often."""

    tag: str
    name: str
    done: str
    rule: str
    count: int


@dataclass(frozen=True)
class Proof:
    """Of one object written: where it is, and what was done."""

    file: str
    sop_class: str
    lines: tuple[Line, ...] = ()
    pixels: str = "no pixels"
    """looked at: no text found · blanked: n places · not looked at, by order of a person · …"""
    checks: tuple[str, ...] = ()
    """What was verified on the bytes written."""

    def at(self, file: str) -> Proof:
        """This proof for the object written there."""
        return replace(self, file=file)

    def as_data(self) -> dict[str, Any]:
        lines = [vars(line) for line in self.lines]
        return {
            "file": self.file, "sop_class": self.sop_class, "pixels": self.pixels,
            "checks": list(self.checks), "done": lines,
        }  # fmt: skip
