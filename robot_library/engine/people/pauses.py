"""Items that a person has paused: laid down at the next step boundary, holding nothing, until somebody lets them go on.

A paused item begins its unfinished part anew when it goes on: in a fresh session, with everything read and proven
again, so that whatever a person did on the screens meanwhile is seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once
from robot_library.engine.records.items import Life
from robot_library.interfaces import Sealer

PAUSED = "Paused"
_p, _t = tables.pauses.c, tables.items.c


@dataclass(frozen=True)
class Pause:
    """Since when (seconds since 1970), by whom; `until` when it goes to a person, if it has a limit. `resting` once the
    bot has laid it down."""

    item: str
    at: float
    who: str
    until: float | None
    resting: bool


class Pauses:
    """The table of pauses."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer

    async def pause(self, item: str, generation: int, who: str, until: float | None) -> bool:
        """From the next step boundary on. False if it is paused already."""
        now = time.time()
        row = {"item": item, "generation": generation, "at": now, "until": until,
               "entry": self._sealer.seal(who, f"pause|{item}")}  # fmt: skip

        def work(connection: sa.Connection) -> bool:
            connection.execute(sa.delete(tables.pauses).where(_p.item == item, _p.generation != generation))
            new = connection.execute(insert_once(self._store.durable, tables.pauses, row)).rowcount == 1
            connection.execute(sa.update(tables.items).where(_t.id == item).values(updated=now))
            return new

        return await self._store.write(work)

    async def go_on(self, item: str, then: Callable[[sa.Connection, int, int], None]) -> bool:
        """Not paused any more; `then` queues the go of a number, after so many failures, if the bot has laid it down.
        False if it was not paused."""

        def work(connection: sa.Connection) -> bool:
            query = sa.select(_p.number, _p.failures).where(_p.item == item).with_for_update()
            row = connection.execute(query).first()
            if row is None:
                return False
            connection.execute(sa.delete(tables.pauses).where(_p.item == item))
            connection.execute(sa.update(tables.items).where(_t.id == item).values(updated=time.time()))
            if row[0] is not None:
                then(connection, int(row[0]) + 1, int(row[1]))
            return True

        return await self._store.write(work)

    def forget(self, connection: sa.Connection, item: str) -> bool:
        """In the caller's transaction: not paused any more, because it ends. Whether the bot has laid it down."""
        query = sa.select(_p.number).where(_p.item == item).with_for_update()
        row = connection.execute(query).first()
        connection.execute(sa.delete(tables.pauses).where(_p.item == item))
        return row is not None and row[0] is not None

    async def park(self, life: Life, number: int, failures: int) -> bool:
        """Whether this life of an item is paused; if so, where it goes on from is written down."""
        mine = (_p.item == life.item, _p.generation == life.generation)
        change = sa.update(tables.pauses).where(*mine).values(number=number, failures=failures)

        def work(connection: sa.Connection) -> bool:
            parked = connection.execute(change).rowcount == 1
            if parked:
                connection.execute(sa.update(tables.items).where(_t.id == life.item).values(updated=time.time()))
            return parked

        return await self._store.write(work)

    async def some(self, items: Sequence[str]) -> dict[str, Pause]:
        """Those of these items that are paused in the life they have now."""
        query = (
            sa.select(tables.pauses).join(tables.items, sa.and_(_p.item == _t.id, _p.generation == _t.generation))
            .where(_p.item.in_(list(items)), _t.outcome.is_(None))
        )  # fmt: skip
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        return {row["item"]: self._pause(row) for row in rows}

    async def resting(self, bot: str) -> int:
        """How many items of a bot have been laid down, and wait for whoever has paused them."""
        query = (
            sa.select(sa.func.count()).select_from(tables.pauses)
            .join(tables.items, sa.and_(_p.item == _t.id, _p.generation == _t.generation))
            .where(_t.bot == bot, _t.state.in_(("new", "in_progress")), _p.number.is_not(None))
        )  # fmt: skip
        return int(await self._store.read(lambda connection: connection.execute(query).scalar_one()))

    async def overdue(self, now: float) -> list[Pause]:
        """Pauses that have lasted as long as they may, of lives that have not ended."""
        own = sa.and_(_p.item == _t.id, _p.generation == _t.generation, _t.outcome.is_(None))
        query = sa.select(tables.pauses).join(tables.items, own).where(_p.until <= now).limit(100)
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        return [self._pause(row) for row in rows]

    def _pause(self, row: Any) -> Pause:
        who = str(self._sealer.open(row["entry"], f"pause|{row['item']}"))
        return Pause(row["item"], row["at"], who, row["until"], row["number"] is not None)
