"""When a system is open, and how fast it may be worked on: site.yaml's limits at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from robot_library.model.clock import moment, zone
from robot_library.model.systems import Maintenance, Pace, SystemLimits

_AHEAD = timedelta(days=8)


@dataclass(frozen=True)
class Closed:
    """Why a system is not worked on now, and from when on it will be (seconds since 1970)."""

    reason: str
    until: float


class Opening:
    """One system's hours. `home` is the site's zone, for systems that name none."""

    def __init__(self, name: str, limits: SystemLimits, home: str) -> None:
        self._name, self._limits, self._zone = name, limits, zone(limits.zone or home)

    def closed(self, now: float) -> Closed | None:
        """Why it is closed at this moment; None if it is open."""
        here = self._here(now)
        window = next((one for one in self._limits.maintenance if self._under(one, here)), None)
        if window is None and self._in_hours(here):
            return None
        what = f"under maintenance ({window.why})" if window and window.why else "under maintenance"
        until = self._opens(now)
        when = self._here(until).strftime("%Y-%m-%d %H:%M")
        what = what if window else "closed"
        return Closed(f"{self._name} is {what} until {when} ({self._zone.key})", until)

    def paces(self, now: float) -> tuple[Pace, ...]:
        """Every pace that must be kept at this moment."""
        here = self._here(now)
        gentle = (Pace(items=one.items, per=one.per) for one in self._limits.gentle if one.covers(here))
        return (*gentle, *((self._limits.rate,) if self._limits.rate else ()))

    def _here(self, now: float) -> datetime:
        return datetime.fromtimestamp(now, self._zone)

    def _open(self, here: datetime) -> bool:
        return self._in_hours(here) and not any(self._under(window, here) for window in self._limits.maintenance)

    def _in_hours(self, here: datetime) -> bool:
        return not self._limits.hours or any(span.covers(here) for span in self._limits.hours)

    def _under(self, window: Maintenance, here: datetime) -> bool:
        if window.begins is not None and window.ends is not None:
            return moment(window.begins) <= here.replace(tzinfo=None) < moment(window.ends)
        return window.weekly is not None and window.weekly.covers(here)

    def _opens(self, now: float) -> float:
        """The next moment at which it is open; asked again in a week if there is none in sight."""
        here = self._here(now)
        edges = sorted({edge.astimezone(UTC).timestamp() for edge in self._edges(here)})
        later = (edge for edge in edges if edge > now)
        return next((edge for edge in later if self._open(self._here(edge))), now + _AHEAD.total_seconds() - 86400)

    def _edges(self, here: datetime) -> Iterator[datetime]:
        for span in self._limits.hours:
            yield from span.edges(here)
        for window in self._limits.maintenance:
            if window.weekly is not None:
                yield from window.weekly.edges(here)
            if window.ends is not None:
                yield moment(window.ends).replace(tzinfo=self._zone)
