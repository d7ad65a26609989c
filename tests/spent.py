"""Seconds of a processor by room: what pytest and every process below it has used, however busy the machine was."""

from __future__ import annotations

import contextlib
from collections import Counter

import psutil


def cpu_seconds() -> float:
    """User and system time of this process, of those below it, and of those that they have waited for. A floor: what a
    browser's own processes used is lost once it is closed (sampled each half second, `drivers` used 88 s, not 43)."""
    me = psutil.Process()
    spent = 0.0
    for process in (me, *me.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            spent += times.user + times.system
            spent += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return spent


class Spent:
    """Looks at the clock where one room ends and another begins: some milliseconds, forty times a run."""

    def __init__(self) -> None:
        self.rooms: Counter[str] = Counter()
        """Room → seconds."""
        self._room = ""
        self._at = 0.0

    def enter(self, room: str) -> None:
        """What was used until now was the room's before; what comes is this one's. "" where there is none."""
        if room == self._room:
            return
        now = cpu_seconds()
        if self._room:
            self.rooms[self._room] += round(max(0.0, now - self._at), 1)
        self._room, self._at = room, now

    def add(self, rooms: dict[str, float]) -> None:
        """What another worker has counted."""
        self.rooms.update(rooms)
