"""Forgetting: what ended items have left behind is deleted after its time, and what still refers to kept bytes is told.

What stays of an item for ever: that it was (its key's hash, bot, outcome, code, times), so that it is not taken again,
and what it has claimed, so that nothing it has pressed is pressed again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, alone
from robot_library.engine.people.incidents import open_items
from robot_library.engine.records.items import FORGOTTEN
from robot_library.interfaces import Sealer

_t, _s = tables.items.c, tables.slots.c
_REFERENCE = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_CHUNK = 200


class Keeping:
    """Retention in the engine's database."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer

    async def old(self, before: float) -> list[str]:
        """Items that ended before a moment and whose run is still kept; not those with an open incident."""
        query = sa.select(_t.id).where(*_old(before)).order_by(_t.id)
        return [str(row[0]) for row in await self._rows(query)]

    async def forget(self, items: Sequence[str], before: float | None = None) -> int:
        """Delete the runs and the data of ended items; how many. They can no longer be sent back. With `before` only
        those that are still `old`: while the others were deleted somebody may have sent one back, or said that it was
        wrong."""
        count = 0
        for start in range(0, len(items), _CHUNK):
            some = list(items[start : start + _CHUNK])

            def work(connection: sa.Connection, some: list[str] = some) -> list[str]:
                alone(connection)
                if before is not None:
                    still = sa.select(_t.id).where(_t.id.in_(some), *_old(before)).with_for_update()
                    some = [str(row) for row in connection.execute(still).scalars()]
                self._forget(connection, some)
                return some

            gone = await self._store.write(work)
            await self._forget_workflows(gone)
            count += len(gone)
        return count

    async def old_slots(self, before: float) -> list[str]:
        """Slots by the clock, and reconciliations, that were fired before a moment and have ended. Of a hook's keys and
        of other bots' ends the name stays, so that none is taken again."""
        by_clock = sa.or_(_s.slot.like("%@____-__-__T%"), _s.slot.like("%@reconcile:%"))
        query = sa.select(_s.slot).where(_s.at < before, _s.state != "fired", by_clock)
        return [str(row[0]) for row in await self._rows(query)]

    async def forget_slots(self, before: float) -> int:
        """Delete these, and what the queue has kept of all that ended before; how many."""
        from robot_library.engine.durable import forget_slots

        await forget_slots(self._store.durable, self._sealer, before)
        old = await self.old_slots(before)
        for start in range(0, len(old), _CHUNK):
            rows = sa.delete(tables.slots).where(_s.slot.in_(old[start : start + _CHUNK]))
            await self._store.write(lambda connection, rows=rows: connection.execute(rows))  # type: ignore[misc]
        return len(old)

    def _forget(self, connection: sa.Connection, items: list[str]) -> None:
        for table in (
            tables.timeline,
            tables.journal,
            tables.troubles,
            tables.reviews,
            tables.subjects,
            tables.starts,
            tables.pauses,
            tables.handovers,
        ):
            connection.execute(sa.delete(table).where(table.c.item.in_(items)))
        for item in items:
            empty = self._sealer.seal({}, f"payload|{item}")
            values = {"payload": empty, "reason": None, "request": None, "workflow": FORGOTTEN}
            connection.execute(sa.update(tables.items).where(_t.id == item, _t.ended.is_not(None)).values(**values))

    async def _forget_workflows(self, items: list[str]) -> None:
        """What the queue has kept of them: nothing but opaque ids and sealed numbers, but it is not needed either."""
        from robot_library.engine.durable import forget_workflows

        await forget_workflows(self._store.durable, self._sealer, items)

    async def without_values(self, take: Callable[[list[str]], int]) -> int:
        """Hand forgotten items to `take`, while nobody else writes, of whom nothing is left that their own key opens:
        no note, and no incident, whose bundle may lie somewhere. The sum of what it says."""
        left = (tables.notes, tables.incidents, tables.timeline, tables.journal, tables.reviews, tables.handovers)
        gone = sa.select(_t.id).where(_t.workflow == FORGOTTEN, *(_t.id.not_in(sa.select(t.c.item)) for t in left))
        rows, count = await self._rows(gone), 0
        for start in range(0, len(rows), _CHUNK):
            some = [str(row[0]) for row in rows[start : start + _CHUNK]]

            def work(connection: sa.Connection, some: list[str] = some) -> int:
                alone(connection)
                return take([str(row[0]) for row in connection.execute(gone.where(_t.id.in_(some)))])

            count += await self._store.write(work)
        return count

    async def references(self, after: float, without: Collection[str] = ()) -> tuple[set[str], set[str]]:
        """References to kept bytes of items that have not ended, ended after a moment, or have an open incident: all,
        and those that the items were given when they came. Not of those `without`."""
        lasts = sa.or_(_t.ended.is_(None), _t.ended >= after, _t.id.in_(open_items()))
        kept = sa.select(_t.id).where(lasts, _t.workflow != FORGOTTEN)
        return await self.references_of(
            [ident for row in await self._rows(kept) if (ident := str(row[0])) not in without]
        )

    async def references_of(self, items: Sequence[str]) -> tuple[set[str], set[str]]:
        """As `references`, of these items."""
        found: set[str] = set()
        given: set[str] = set()
        for start in range(0, len(items), _CHUNK):
            made, came = await self._of(items[start : start + _CHUNK])
            found, given = found | made | came, given | came
        return found, given

    async def _of(self, items: Sequence[str]) -> tuple[set[str], set[str]]:
        j, line = tables.journal.c, tables.timeline.c

        def work(connection: sa.Connection) -> tuple[set[str], set[str]]:
            found: set[str] = set()
            given: set[str] = set()
            for item, sealed in connection.execute(sa.select(_t.id, _t.payload).where(_t.id.in_(items))):
                given |= set(references(self._sealer.open(sealed, f"payload|{item}")))
            for item, sealed in connection.execute(sa.select(line.item, line.entry).where(line.item.in_(items))):
                found |= set(references(self._sealer.open(sealed, f"timeline|{item}")))
            for item, key, value in connection.execute(sa.select(j.item, j.key, j.value).where(j.item.in_(items))):
                name = self._sealer.open(key, f"journal-key|{item}")
                found |= set(references(self._sealer.open(value, f"journal|{item}|{name}")))
            return found, given

        return await self._store.read(work)

    async def _rows(self, query: sa.Select[Any]) -> list[Any]:
        return await self._store.read(lambda connection: list(connection.execute(query)))


def _old(before: float) -> tuple[sa.ColumnElement[bool], ...]:
    return _t.ended < before, _t.workflow != FORGOTTEN, _t.id.not_in(open_items())


def references(value: Any) -> Iterator[str]:
    """Everything inside a value that looks like a reference to kept bytes. Rather one too many than one too few."""
    match value:
        case str():
            yield from _REFERENCE.findall(value)
        case BaseModel():
            for name in type(value).model_fields:
                yield from references(getattr(value, name))
        case Mapping():
            for key, member in value.items():
                yield from references(key)
                yield from references(member)
        case list() | tuple() | set() | frozenset():
            for member in value:
                yield from references(member)
