"""Where the steps of a run stand in time: long pauses, in which it waited for a person or a turn, are drawn short."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from robot_library.model.run import StepRecord

PAUSE = 5.0
"""Seconds without any step, from which on a gap is drawn as one this long."""
_LEAST = 0.4
"""Hundredths: no bar is thinner."""


@dataclass(frozen=True)
class Placed:
    """A step, its bar in hundredths of the whole, how deep it stands inside others, and how long nothing was done
    before it (0 where that is short)."""

    step: StepRecord
    left: float
    width: float
    deep: int
    waited: float


def placed(steps: Sequence[StepRecord]) -> list[Placed]:
    """In the order in which they began, a block before what stands in it."""
    order = sorted(steps, key=lambda step: (step.started, -step.seconds))
    if not order:
        return []
    shift, reached, spots = 0.0, 0.0, list[tuple[StepRecord, float, float]]()
    for step in order:
        begins = (step.started - order[0].started).total_seconds()
        waited = begins - reached if begins - reached > PAUSE else 0.0
        shift += max(0.0, waited - PAUSE)
        spots.append((step, begins - shift, waited))
        reached = max(reached, begins + step.seconds)
    whole = max(at + step.seconds for step, at, _ in spots) or 1.0
    return [
        Placed(step, 100 * at / whole, max(_LEAST, 100 * step.seconds / whole), _deep(step.path), waited)
        for step, at, waited in spots
    ]


def _deep(path: str) -> int:
    return len(re.findall(r"\.[a-z_][a-z_0-9]*\.|>", path))
