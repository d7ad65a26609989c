"""Items in a row that end the same way stop their bot's line: a changed screen must not eat the queue."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, made_or_locked

_BUSINESS = frozenset(
    {"StudyNotFound", "StudyIncomplete", "StudyUnreadable", "StudyShared", "OrderChanged", "OrderHeld", "ReportExists",
     "NeedsPerson", "NoAnswer", "OutOfDate", "WorkflowChanged"}
)  # fmt: skip
"""How items end on any day. They are neither counted nor do they end a row."""
_k = tables.streaks.c


@dataclass(frozen=True)
class Streak:
    """`count` items in a row ended alike; `first` is the id of the first of them."""

    mark: str
    count: int
    first: str


class Streaks:
    """The table of rows of one bot each."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def note(self, bot: str, item: str, go: str, code: str, where: str) -> Streak | None:
        """An item has ended in this go: with a code at a place (a screen, or a kind of step), or well (no code).
        Told again after a crash, it counts once. Returns the row it stands in, if it ended badly."""
        if code in _BUSINESS:
            return None
        mark = f"{code} at {where}" if where else code

        def work(connection: sa.Connection) -> Streak | None:
            if not code:
                connection.execute(sa.delete(tables.streaks).where(_k.bot == bot))
                return None
            fresh = {"bot": bot, "mark": mark, "count": 0, "first": item, "last": ""}
            connection.execute(made_or_locked(self._store.durable, tables.streaks, fresh))
            query = sa.select(tables.streaks).where(_k.bot == bot)
            row = connection.execute(query).mappings().one()
            if row["last"] == go:
                return Streak(row["mark"], row["count"], row["first"])
            same = row["mark"] == mark
            count, first = (row["count"] + 1, row["first"]) if same else (1, item)
            values = {"mark": mark, "count": count, "first": first, "last": go}
            connection.execute(sa.update(tables.streaks).where(_k.bot == bot).values(**values))
            return Streak(mark, count, first)

        return await self._store.write(work)
