"""Small figures as SVG: no script, no style of their own, readable to those who do not see them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup, escape

from robot_library.engine.records.figures import HOUR
from robot_library.errors import Outcome
from robot_library.web.times import Clock

OUTCOMES: tuple[Outcome, ...] = ("typed", "shadow", "already_reported", "needs_person", "refused")
"""From the bottom of a bar to its top."""
_WIDE, _HIGH = 480, 84
Hours = Mapping[int, Mapping[Outcome, int]]


def by_hour(counts: Hours, hours: int, told: str) -> Markup:
    """One bar for each of the last hours, in parts by outcome. `told` says the same in words."""
    last = int(time.time() // HOUR)
    return _bars([counts.get(hour, {}) for hour in range(last - hours + 1, last + 1)], told)


def by_day(counts: Hours, days: int, clock: Clock, told: str) -> Markup:
    """One bar for each of the last days as they are counted where the clock hangs."""
    found: dict[date, dict[Outcome, int]] = {}
    for hour, column in counts.items():
        day = found.setdefault(clock.at(hour * HOUR).date(), {})
        for outcome, count in column.items():
            day[outcome] = day.get(outcome, 0) + count
    today = clock.at(time.time()).date()
    return _bars([found.get(today - timedelta(days=back), {}) for back in range(days - 1, -1, -1)], told)


def _bars(columns: Sequence[Mapping[Outcome, int]], told: str) -> Markup:
    top = max([sum(column.values()) for column in columns] + [1])
    width = _WIDE / len(columns)
    bars = [_bar(column, place * width, width, top) for place, column in enumerate(columns)]
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" preserveAspectRatio="none" role="img" aria-label="{told}">'
        '<line class="base" x1="0" x2="{w}" y1="{y}" y2="{y}"/>{bars}</svg>'
    ).format(w=_WIDE, h=_HIGH, y=_HIGH - 0.5, told=told, bars=Markup("").join(bars))


def _bar(column: Mapping[Outcome, int], x: float, width: float, top: int) -> Markup:
    parts, y = [], float(_HIGH - 1)
    for outcome in OUTCOMES:
        count = column.get(outcome, 0)
        if count:
            high = count / top * (_HIGH - 4)
            y -= high
            parts.append(
                Markup('<rect class="bar-{o}" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}"/>').format(
                    o=outcome, x=x + 1.5, y=y, w=width - 3, h=high
                )
            )
    return Markup("").join(parts)


def meter(share: float, kind: str = "bar") -> Markup:
    """A share of one as a short bar; what it means stands beside it in figures."""
    full = round(90 * min(1.0, max(0.0, share)), 1)
    return Markup(
        '<svg class="meter" viewBox="0 0 90 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="90" height="8" rx="2"/><rect class="{kind}" width="{full}" height="8" rx="2"/></svg>'
    ).format(kind=escape(kind), full=full)


def totals(counts: Mapping[Any, Mapping[Outcome, int]]) -> dict[Outcome, int]:
    """All hours, or all bots, together."""
    found: dict[Outcome, int] = dict.fromkeys(OUTCOMES, 0)
    for column in counts.values():
        for outcome, count in column.items():
            found[outcome] += count
    return found
