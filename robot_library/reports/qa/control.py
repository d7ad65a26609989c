"""Control charts: is a device still what it was? Individuals charts (Shewhart) with limits from a baseline of its own.

Limits are the baseline's mean and three standard deviations; the deviation comes from the moving range of neighbouring
films (Montgomery, Introduction to Statistical Quality Control, individuals chart: mean moving range / 1.128), so that
a drift within the baseline does not widen them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

RANGE_TO_DEVIATION = 1.128
LEAST = 6
"""Films a baseline needs."""
BEYOND, NEAR, RUN = "beyond three deviations", "two of three beyond two deviations", "eight on one side"


@dataclass(frozen=True)
class Chart:
    """One measure of one device, film by film. `signals`: place of a film → the rule it breaks."""

    values: tuple[float, ...]
    baseline: int
    centre: float
    deviation: float
    signals: dict[int, str]

    @property
    def limits(self) -> tuple[float, float]:
        """Three deviations on both sides."""
        return self.centre - 3 * self.deviation, self.centre + 3 * self.deviation


def chart(values: Sequence[float], baseline: int) -> Chart | None:
    """The first `baseline` values make the limits, all are held against them; None if there are fewer than LEAST."""
    made = list(values[:baseline])
    if len(made) < LEAST:
        return None
    centre = sum(made) / len(made)
    steps = [abs(after - before) for before, after in pairwise(made)]
    deviation = sum(steps) / len(steps) / RANGE_TO_DEVIATION
    return Chart(tuple(values), len(made), centre, deviation, signals(values, centre, deviation))


def signals(values: Sequence[float], centre: float, deviation: float) -> dict[int, str]:
    """Western Electric rules 1, 2 and 4, by the place of the film at which each is broken."""
    found: dict[int, str] = {}
    off = [value - centre for value in values]
    for place, distance in enumerate(off):
        if abs(distance) > 3 * deviation:
            found[place] = BEYOND
        elif any(_two_of_three(side, off[max(0, place - 2) : place + 1], deviation) for side in (1, -1)):
            found[place] = NEAR
        elif place >= 7 and any(all(side * d > 0 for d in off[place - 7 : place + 1]) for side in (1, -1)):
            found[place] = RUN
    return found


def _two_of_three(side: int, last: Sequence[float], deviation: float) -> bool:
    far = [side * distance > 2 * deviation for distance in last]
    return len(far) == 3 and far[-1] and sum(far) >= 2
