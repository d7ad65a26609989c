"""What holds when a system is down, and in the time after: pure rules over outages (downtime.py) and site.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from robot_library.engine.line.admission import PaceNeed
from robot_library.engine.line.downtime import Outage
from robot_library.errors import LineHeld, OutOfDate
from robot_library.model.systems import CatchUp, SystemLimits

SYSTEM_DOWN = "SystemDown"
"""The code of such a hold: asked anew each time, it ends as soon as the system answers."""


def away(outages: Iterable[Outage]) -> LineHeld | None:
    """The hold on whatever works on these systems, if one of them is down; the one that is asked last."""
    down = max((one for one in outages if one.ended is None), key=lambda one: one.until, default=None)
    if down is None:
        return None
    return LineHeld(SYSTEM_DOWN, down.reason, scope=f"system:{down.system}", until=down.until)


def paces(
    outages: Iterable[Outage], limits: Mapping[str, SystemLimits], unit: str, now: float
) -> Iterator[PaceNeed]:  # fmt: skip
    """How fast what waited may begin, on systems that are back since a short while."""
    for system, catch_up, _ in _after(outages, limits, now):
        if catch_up.items is not None:
            yield PaceNeed(f"system:{system}", unit, catch_up.items, catch_up.per.total_seconds())


def refuse_out_of_date(
    outages: Iterable[Outage], limits: Mapping[str, SystemLimits], taken: float, now: float
) -> None:  # fmt: skip
    """Raise OutOfDate for an item that was taken before the system was back, and longer ago than is still wanted."""
    for system, catch_up, back in _after(outages, limits, now):
        too_old = catch_up.not_older_than
        if too_old is not None and taken < back and now - taken > too_old.total_seconds():
            raise OutOfDate(
                f"this item was taken before {system} was down, too long ago to begin it now by itself.",
                cure="A person looks whether it is still wanted, and sends it back: `wetread queue retry`.",
            )


def _after(
    outages: Iterable[Outage], limits: Mapping[str, SystemLimits], now: float
) -> Iterator[tuple[str, CatchUp, float]]:  # fmt: skip
    """Systems in the time after they were down: name, what holds there, since when they are back."""
    for one in outages:
        found = limits.get(one.system)
        if one.ended is None or found is None or found.catch_up is None:
            continue
        if now < one.ended + found.catch_up.lasts.total_seconds():
            yield one.system, found.catch_up, one.ended
