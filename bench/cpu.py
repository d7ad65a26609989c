"""Seconds of CPU that the bot, its browser, Playwright's own process and the hospital have spent."""

from __future__ import annotations

import psutil

Seconds = dict[str, float]


class Cpu:
    """Counts from its making on. Processes that have come and gone meanwhile are counted where the system passes
    their time on to their parent (Linux), else not."""

    def __init__(self, hospital: int) -> None:
        self._hospital = hospital
        self._begun = self._now()

    def spent(self) -> Seconds:
        """Seconds by who spent them."""
        return {name: round(seconds - self._begun[name], 3) for name, seconds in self._now().items()}

    def _now(self) -> Seconds:
        me = psutil.Process()
        found = {"bot": own(me), "playwright": 0.0, "browser": 0.0, "hospital": _alive(psutil.Process(self._hospital))}
        for child in me.children(recursive=True):
            if child.pid != self._hospital:
                found["playwright" if _is_node(child) else "browser"] += _alive(child)
        return found


def own(process: psutil.Process) -> float:
    """Seconds of one process without its children."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _alive(process: psutil.Process) -> float:
    try:
        if _is_node(process):
            return own(process)
        times = process.cpu_times()
        gone = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        return float(times.user + times.system + gone)
    except psutil.Error:
        return 0.0


def _is_node(process: psutil.Process) -> bool:
    try:
        return "node" in process.name().lower()
    except psutil.Error:
        return False
