"""Permission to go live: what a bot is made of as one hash, and what people have decided about that hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["ask", "approve", "refuse", "withdraw"]
Approved = Literal["draft", "shadow", "limited", "live"]
CHAIN: tuple[Approved, ...] = ("draft", "shadow", "limited", "live")
"""One step at a time."""
MAY_ASK = ("author", "operator", "reviewer", "admin")
"""Roles whose people may ask, refuse and withdraw."""
MAY_APPROVE = ("operator", "reviewer", "admin")
HOLDS_BACK: tuple[Kind, ...] = ("refuse", "withdraw")
"""What one person alone may say: it lets no bot further."""


@dataclass(frozen=True)
class MadeOf:
    """One bot with everything it is made of. `parts`: what it is → SHA-256 (hex) of its bytes; `hash` is over them all.
    `research`: why skills of it may only watch where patients are treated."""

    hash: str
    parts: Mapping[str, str]
    research: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of its skills, as their makers count them: name → 1.1.0."""


@dataclass(frozen=True)
class Approval:
    """One line of the record: what somebody asked for or decided about one hash. `at` in seconds since 1970. `asked_by`
    is whoever had asked for what was decided."""

    bot: str
    n: int
    kind: Kind
    stage: Approved
    hash: str
    who: str
    why: str
    at: float
    parts: Mapping[str, str]
    asked_by: str = ""


@dataclass(frozen=True)
class Permission:
    """How a bot stands. `granted`: the newest approval that was not withdrawn, and the only one that counts; `asked`:
    what waits for another person; `broken`: why the record is not believed."""

    granted: Approval | None = None
    asked: Approval | None = None
    broken: str = ""

    def stage(self, made_of: str) -> Approved:
        """How far what has this hash may go."""
        if self.broken or self.granted is None or self.granted.hash != made_of:
            return "draft"
        return self.granted.stage


def permission(record: Sequence[Approval]) -> Permission:
    """What a record, the oldest first, comes to."""
    granted: Approval | None = None
    asked: Approval | None = None
    for one in record:
        asked = one if one.kind == "ask" else None
        if one.kind == "approve":
            granted = one
        elif one.kind == "withdraw":
            granted = None
    return Permission(granted, asked)


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs, each as `+ new`, `- gone` or `~ changed`, by name."""
    said = [f"+ {name}" for name in now if name not in before] + [f"- {name}" for name in before if name not in now]
    said += [f"~ {name}" for name in now if name in before and before[name] != now[name]]
    return sorted(said, key=lambda line: line[2:])
