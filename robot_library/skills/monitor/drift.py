"""The newest answers against the reference: population stability index (PSI) of each quantity, with its chance; of
the features, many numbers at once, what corresponds to it (`embedding`).

PSI is warned of at 0.1 and stops at 0.25, as is usual. With few answers chance alone reaches that: for B bins and
n answers against m of the reference, PSI without any drift is about chi-squared(B - 1) * (1/n + 1/m). An alarm is more
than chance reaches once in a hundred times; "ok" takes so many answers that chance stays below 0.1 as often.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from robot_library.model.base import Frozen
from robot_library.skills.monitor.embedding import AXES, Cloud, apart
from robot_library.skills.monitor.records import Observation
from robot_library.skills.monitor.reference import DRIFT, Reference, Spread, quantities

WARN, STOP = 0.1, 0.25
LAST = 500
"""Newest answers that are looked at."""
Level = Literal["too few", "ok", "warn", "stop"]
_LEVELS: tuple[Level, ...] = ("ok", "too few", "warn", "stop")
LEAST = 30
"""Answers below which there is no alarm either."""
_Z99 = 2.3263478740408408


class Drifted(Frozen):
    """One quantity: its PSI, what chance reaches once in a hundred times, and the answers that "ok" takes."""

    name: str
    n: int
    psi: float
    chance: float
    needed: int | None
    """None: the reference itself is too small for any verdict."""
    level: Level


class Drift(Frozen):
    """Every quantity, the worst level of all, and how many answers were looked at."""

    level: Level
    n: int
    reference_n: int
    rows: tuple[Drifted, ...]


def drift(made: Reference, observed: Sequence[Observation], last: int = LAST) -> Drift:
    """Compare the newest `last` answers with the reference. Answers withheld because of drift do not count."""
    window = [one for one in observed if one.code != DRIFT][-last:]
    found = quantities(window)
    rows = [_row(name, one, found.get(name, [])) for name, one in made.spreads.items()]
    if made.features is not None:
        rows.append(_features(made.features, window))
    level = max((row.level for row in rows), key=_LEVELS.index, default="too few")
    return Drift(level=level, n=len(window), reference_n=made.n, rows=tuple(rows))


def _row(name: str, before: Spread, values: Sequence[float] | Sequence[str]) -> Drifted:
    bins = sum(share > 0 for share in before.shares)
    value = psi(before, before.counts(values)) if values else 0.0
    return _judged(name, value, max(2, bins) - 1, len(values), before.n)


def _features(before: Cloud, window: Sequence[Observation]) -> Drifted:
    """The features of the window, all axes together."""
    now = before.placed([one.features for one in window if one.features])
    return _judged("features", apart(before, now), 2 * AXES, len(now), before.n)


def _judged(name: str, value: float, degrees: int, n: int, m: int) -> Drifted:
    """A divergence of n answers from a reference of m, with as many degrees of freedom."""
    chance = chance_level(degrees, n, m)
    level: Level = "ok" if chance <= WARN else "too few"
    if n >= LEAST and value > max(WARN, chance):
        level = "stop" if value >= STOP else "warn"
    return Drifted(
        name=name,
        n=n,
        psi=round(value, 4),
        chance=round(min(chance, 99), 4),
        needed=needed(degrees, m),
        level=level,
    )


def psi(before: Spread, counts: Sequence[int]) -> float:
    """Sum of (p - q) ln(p / q) over the bins; half a case is added to each, so that an empty bin stays finite."""
    n, m, bins = sum(counts), before.n, len(counts)
    total = 0.0
    for count, share in zip(counts, before.shares, strict=True):
        p, q = (count + 0.5) / (n + 0.5 * bins), (share * m + 0.5) / (m + 0.5 * bins)
        total += (p - q) * math.log(p / q)
    return total


def chance_level(degrees: int, n: int, m: int) -> float:
    """Divergence that chance alone exceeds once in a hundred times; infinite without answers."""
    return chi_squared_99(degrees) * (1 / n + 1 / m) if n and m else math.inf


def needed(degrees: int, m: int) -> int | None:
    """Answers needed for a verdict against a reference of m; None when the reference is too small."""
    room = WARN / chi_squared_99(degrees) - (1 / m if m else math.inf)
    return math.ceil(1 / room) if room > 0 else None


def chi_squared_99(degrees: int) -> float:
    """99th percentile of chi-squared (Wilson and Hilferty's approximation, within 1 % from one degree on)."""
    spread_ = 2 / (9 * degrees)
    return degrees * (1 - spread_ + _Z99 * math.sqrt(spread_)) ** 3
