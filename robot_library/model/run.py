"""A run as data: what happened to one item, step by step. Never holds a patient's value in clear."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from robot_library.errors import Outcome
from robot_library.model.base import Frozen

Effect = Literal["session", "read", "compute", "write", "commit", "file", "once", "wait", "block"]


class Evidence(Frozen):
    """Something kept to show what was seen; `blob` refers to the encrypted store."""

    kind: Literal["screenshot", "image", "overlay", "text", "table", "outline"]
    """table: JSON, rows of [name, text]; outline: the parts of a screen as assistive technology is told them."""
    title: str
    blob: str
    masked: bool = True


class Looked(Frozen):
    """A target that a step has found, and how."""

    target: str
    """role.screen.target."""
    by: str
    """The locator that found it, as the map writes it."""
    way: int
    """Its number among the target's locators, from 1; after the first, the map wants mending."""
    ways: int
    score: float | None = None
    """How alike a picture is, or how surely a text was read from one, in [0, 1]; None where a thing is there or not."""


class Called(Frozen):
    """An address that the application asked while a step ran. No body, no query, and of the path only words that are
    nobody's."""

    method: str
    address: str
    status: int | None
    """None where no answer came."""
    ms: float
    kind: str
    """document, xhr, fetch …"""


class StepRecord(Frozen):
    """One executed step. `detail` is masked text; `verified` lists what was proven, in plain words."""

    path: str
    action: str
    title: str
    place: str
    effect: Effect
    started: datetime
    seconds: float
    outcome: Literal["ok", "failed", "skipped", "reused", "proven"]
    detail: str = ""
    error: str = ""
    verified: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    looked: tuple[Looked, ...] = ()
    called: tuple[Called, ...] = ()
    gave: tuple[tuple[str, str], ...] = ()
    """What the step gave to those after it: name → how long or how many, never what."""


class RunRecord(Frozen):
    """One work item's run. `outcome` is under_way until it has one, or waits for a person."""

    run_id: str
    item: str
    bot: str
    workflow: str
    started: datetime
    seconds: float
    outcome: Outcome | Literal["under_way"]
    code: str = ""
    reason: str = ""
    steps: tuple[StepRecord, ...] = ()
