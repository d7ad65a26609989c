"""What the engine is given: one bot with everything it uses, wired in bot.py; and what it tells."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from robot_library.errors import Outcome
from robot_library.interfaces import (
    Acceptance,
    Action,
    BlobStore,
    Credential,
    Driver,
    Guard,
    KeywordHost,
    QualityLog,
    ReportMaker,
    SkillHost,
)
from robot_library.model.approval import MadeOf
from robot_library.model.bot import BotSpec
from robot_library.model.screen import ScreenMap
from robot_library.model.workflow import Step, Workflow


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Whoever wants to sign in to systems, as the line needs to know it. `maps` holds the screen maps by name."""

    bot: BotSpec
    driver: Driver
    maps: Mapping[str, ScreenMap] = field(default_factory=dict)
    made: MadeOf | None = None
    """What it was made of when it was loaded."""
    made_now: Callable[[], Sequence[MadeOf]] | None = None
    """The same, read from the disk again, from everywhere that it is still read from."""

    def credential_names(self) -> tuple[str, ...]:
        """Every credential it signs in with, sorted."""
        return tuple(sorted({app.credential for app in self.bot.apps.values() if app.credential}))


@dataclass(frozen=True, kw_only=True)
class Assembly(Visitor):
    """One bot, ready to run. `workflows` holds the called ones by name, `maps` the screen maps by name."""

    workflow: Workflow
    actions: Mapping[str, type[Action]]
    skills: SkillHost
    reports: ReportMaker
    guard: Guard
    acceptance: Acceptance
    blobs: BlobStore
    workflows: Mapping[str, Workflow] = field(default_factory=dict)
    keywords: KeywordHost | None = None
    """Runs Robot Framework keywords."""
    quality: QualityLog | None = None
    """Where `record_quality` keeps what was measured."""
    credential: Callable[[str], Credential] | None = None
    """Looks a credential up by name; SetupError if it is not known."""
    version: str = ""
    """Fingerprint of everything it is made of: an item that has begun goes on with this one."""

    def seats(self) -> int:
        """How many items may be worked on at a time: one for each set of credentials, at least one."""
        return 1 + min((len(app.seats) for app in self.bot.apps.values() if app.credential), default=0)

    def seat(self, number: int) -> Assembly:
        """This bot with one of its sets of credentials, counted round and round."""
        which = number % self.seats()
        if not which:
            return self
        apps = {
            role: app.model_copy(update={"credential": app.seats[which - 1]}) if app.credential else app
            for role, app in self.bot.apps.items()
        }
        return replace(self, bot=self.bot.model_copy(update={"apps": apps}))


Moment = Literal[
    "step",
    "at",
    "step_done",
    "compute_kept",
    "before_intent",
    "intent",
    "pressed",
    "proven",
    "part_done",
    "item",
    "gone",
]


@dataclass(frozen=True)
class Event:
    """Something that just happened to an item. Titles hold no patient's value; of `at` it is the step's screen.

    `outcome` is a step's outcome for step_done, the item's for item.
    """

    item: str
    moment: Moment
    path: str = ""
    title: str = ""
    outcome: str = ""
    code: str = ""


Listener = Callable[[Event], None]


@dataclass(frozen=True)
class StepAhead:
    """The step that comes next, at its boundary. `names` are what earlier steps have given, in clear: whoever shows
    them masks them. `kept` are the paths of steps that the item's journal holds something of."""

    item: str
    path: str
    step: Step
    names: Mapping[str, Any]
    kept: frozenset[str]


Ahead = Callable[[StepAhead], Awaitable[None]]
"""Waits for an author who goes through a workflow step by step. It returns to have the step done, and raises what ends
the go there."""


@dataclass(frozen=True)
class Closed:
    """How a dispatch ended the item."""

    outcome: Outcome
    code: str = ""
    reason: str = ""
