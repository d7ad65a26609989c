"""Rates, times, troubles and drift, as numbers for pages. Read-only; the rows are written by `counts`."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.errors import Outcome
from robot_library.model.run import Effect

_t, _spent, _trouble, _drift = tables.items.c, tables.spent.c, tables.troubles.c, tables.drift.c
HOUR = 3600.0


@dataclass(frozen=True)
class Spent:
    """What one kind of step took: seconds in all and at most, over so many times."""

    bot: str
    action: str
    effect: Effect
    count: int
    seconds: float
    longest: float

    @property
    def mean(self) -> float:
        """Seconds each time."""
        return self.seconds / self.count if self.count else 0.0


@dataclass(frozen=True)
class Trouble:
    """How often something went wrong in the same way at the same place. Times in seconds since 1970."""

    bot: str
    code: str
    screen: str
    action: str
    count: int
    items: int
    first: float
    last: float


@dataclass(frozen=True)
class Drifted:
    """A target that was found by a fall-back: its screen map wants mending."""

    bot: str
    target: str
    line: str
    count: int
    first: float
    last: float


class Figures:
    """Questions whose answers are numbers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def ended_by_hour(self, since: float, bot: str | None = None) -> dict[int, dict[Outcome, int]]:
        """Items that ended, by hour since 1970 and outcome. Days and time zones are made of hours by the reader."""
        where = [_t.ended >= since, *([_t.bot == bot] if bot else [])]
        # SQLite's cast cuts off, PostgreSQL's rounds; SQLite may have no floor.
        exact = _t.ended / HOUR
        whole = exact if self._store.durable.dialect.name == "sqlite" else sa.func.floor(exact)
        hour = sa.cast(whole, sa.Integer)
        query = sa.select(hour, _t.outcome, sa.func.count()).where(*where).group_by(hour, _t.outcome)
        found: dict[int, dict[Outcome, int]] = defaultdict(dict)
        for at, outcome, count in await self._rows(query):
            found[at][outcome] = count
        return dict(sorted(found.items()))

    async def ended_by_bot(self, since: float) -> dict[str, dict[Outcome, int]]:
        """Items that ended, by bot and outcome."""
        groups = (_t.bot, _t.outcome)
        query = sa.select(*groups, sa.func.count()).where(_t.ended >= since).group_by(*groups)
        found: dict[str, dict[Outcome, int]] = defaultdict(dict)
        for bot, outcome, count in await self._rows(query):
            found[bot][outcome] = count
        return dict(found)

    async def waits(self, since: float) -> list[tuple[str, int, float, float]]:
        """By bot, of items ended since: how many, seconds from coming to beginning, and from beginning to end."""
        begun, done = sa.func.avg(_t.started - _t.created), sa.func.avg(_t.ended - _t.started)
        where = (_t.ended >= since, _t.started.is_not(None))
        query = sa.select(_t.bot, sa.func.count(), begun, done).where(*where).group_by(_t.bot).order_by(_t.bot)
        return [(bot, count, float(wait), float(work)) for bot, count, wait, work in await self._rows(query)]

    async def spent(self, since: float, bot: str | None = None) -> list[Spent]:
        """Time by bot and kind of step, longest in all first; blocks are not counted, their steps are."""
        groups = (_spent.bot, _spent.action, _spent.effect)
        total = sa.func.sum(_spent.seconds)
        where = [_spent.hour >= int(since // HOUR), *([_spent.bot == bot] if bot else [])]
        query = (
            sa.select(*groups, sa.func.sum(_spent.count), total, sa.func.max(_spent.longest))
            .where(*where).group_by(*groups).order_by(total.desc())
        )  # fmt: skip
        return [Spent(*row) for row in await self._rows(query)]

    async def troubles(self, since: float = 0.0, bot: str | None = None) -> list[Trouble]:
        """Goes that failed, by code, screen and kind of step; most frequent first. Those that were retried count."""
        groups = (_trouble.bot, _trouble.code, _trouble.screen, _trouble.action)
        count = sa.func.count()
        where = [_trouble.at >= since, *([_trouble.bot == bot] if bot else [])]
        query = (
            sa.select(*groups, count, sa.func.count(_trouble.item.distinct()), sa.func.min(_trouble.at),
                      sa.func.max(_trouble.at))
            .where(*where).group_by(*groups).order_by(count.desc(), *groups)
        )  # fmt: skip
        return [Trouble(*row) for row in await self._rows(query)]

    @staticmethod
    def troubled_at(screen: str) -> sa.Select[Any]:
        """Ids of the items that had trouble at a screen."""
        return sa.select(_trouble.item).where(_trouble.screen == screen)

    async def drift(self, since: float = 0.0) -> list[Drifted]:
        """Targets found by a fall-back, last seen first."""
        query = (
            sa.select(_drift.bot, _drift.target, _drift.line, _drift.count, _drift.first, _drift.last)
            .where(_drift.last >= since).order_by(_drift.last.desc(), _drift.target)
        )  # fmt: skip
        return [Drifted(*row) for row in await self._rows(query)]

    async def idle_since(self) -> float | None:
        """When an item last ended; None if none has. For "nothing has happened for two hours"."""
        rows = await self._rows(sa.select(sa.func.max(_t.ended)).where(_t.ended <= time.time()))
        return None if rows[0][0] is None else float(rows[0][0])

    async def _rows(self, query: sa.Select[Any]) -> list[Any]:
        return await self._store.read(lambda connection: list(connection.execute(query)))
