"""A run as data: what happened to one item, step by step. Never holds a patient's value in clear."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from robot_library.errors import Outcome
from robot_library.model.base import Frozen

Effect = Literal["session", "read", "compute", "write", "commit", "file", "once", "wait", "block"]


class Evidence(Frozen):
    """Something kept to show what was seen; `blob` refers to the encrypted store."""

    kind: Literal["screenshot", "image", "overlay", "text", "table"]
    title: str
    blob: str
    masked: bool = True


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
