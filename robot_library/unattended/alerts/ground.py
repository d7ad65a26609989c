"""What is looked at when it is asked whether anybody must be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from robot_library.engine.line.downtime import Outage
from robot_library.engine.records.checks import Checks
from robot_library.engine.records.facts import Facts


@dataclass(frozen=True)
class WorkerSeen:
    """A worker that should be at work, and when it last gave a sign of life (seconds since 1970)."""

    name: str
    seen: float


@dataclass(frozen=True)
class Stopped:
    """A line that was stopped: `all`, `bot:NAME`, `system:NAME`, `credential:NAME`."""

    scope: str
    since: float
    by_itself: bool = False


@dataclass(frozen=True)
class BotSeen:
    """An enabled bot: the last sign of life (an item that came or changed, a slot that fired), and since when it could
    have worked without a break (its systems open, its line not stopped); None if it cannot now."""

    name: str
    seen: float
    able_since: float | None


@dataclass(frozen=True)
class Ground:
    """One moment."""

    now: float
    home: Path
    facts: Facts
    checks: Checks
    workers: tuple[WorkerSeen, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    down: tuple[Outage, ...] = ()
    """Systems that do not answer."""
    unapproved: Mapping[str, str] = field(default_factory=dict)
    """Bots whose items wait because what they are made of is not what was approved, and why."""
    bots: tuple[BotSeen, ...] = ()
    expiring: Mapping[str, float] = field(default_factory=dict)
    """Credential → when it expires (seconds since 1970), where that is known."""
    free: float | None = None
    """Gigabytes left on the home's disk; None asks the system."""
