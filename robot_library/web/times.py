"""Moments and durations as people read them. Seconds since 1970 in, short words out."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

_UNITS = (("d", 86400.0), ("h", 3600.0), ("min", 60.0))


def span(seconds: float | None) -> str:
    """A duration in its two largest units at most: 45 s, 12 min, 3 h 05, 2 d 4 h; a dash for None."""
    if seconds is None:
        return "–"
    left = max(0.0, seconds)
    if left < 10:
        return f"{left:.1f} s"
    if left < 60:
        return f"{left:.0f} s"
    if left < 3600:
        return f"{left // 60:.0f} min"
    if left < 86400:
        return f"{left // 3600:.0f} h {left % 3600 // 60:02.0f}"
    return f"{left // 86400:.0f} d {left % 86400 // 3600:.0f} h"


def ago(moment: float | None) -> str:
    """How long since, in one unit: 3 min; a dash for None."""
    if moment is None:
        return "–"
    seconds = max(0.0, time.time() - moment)
    for name, size in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"


class Clock:
    """Moments in one time zone."""

    def __init__(self, zone: str = "UTC") -> None:
        self.name, self._zone = zone, ZoneInfo(zone)

    def at(self, moment: float) -> datetime:
        """The moment in this zone."""
        return datetime.fromtimestamp(moment, self._zone)

    def iso(self, moment: float) -> str:
        """For machines: a <time>'s datetime."""
        return self.at(moment).isoformat(timespec="seconds")

    def short(self, moment: float | None) -> str:
        """The time of day today, with the date on any other day; a dash for None."""
        if moment is None:
            return "–"
        at = self.at(moment)
        today = self.at(time.time()).date()
        return f"{at:%H:%M:%S}" if at.date() == today else f"{at:%d %b %H:%M}"

    def whole(self, moment: float) -> str:
        """Date, time and zone."""
        return f"{self.at(moment):%Y-%m-%d %H:%M:%S} {self.name}"
