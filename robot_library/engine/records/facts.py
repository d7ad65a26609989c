"""What alerts are made of: counts by bot, from columns in clear. Nothing sealed is opened."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.moments import is_past
from robot_library.engine.database.store import Store
from robot_library.engine.records.critical import NEWEST

_t = tables.items.c
_OPEN = ("new", "in_progress", "waiting_for_person")
_FAILED = ("application_exception", "dead")


@dataclass(frozen=True)
class Count:
    """So many items of a bot, the oldest of them since a moment (seconds since 1970)."""

    bot: str
    count: int
    since: float
    code: str = ""
    item: str = ""


class Facts:
    """Questions about items; `bots` empty means all."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def failed(self, since: float, bots: Collection[str] = ()) -> list[Count]:
        """Items given up because the world failed them, since a moment; `code` is the most frequent one."""
        return await self._by_bot(bots, _t.ended, _t.state.in_(_FAILED), _t.ended >= since)

    async def dead(self, bots: Collection[str] = ()) -> list[Count]:
        """Dead letters that nobody has sent back."""
        return await self._by_bot(bots, _t.ended, _t.state == "dead")

    async def late(self, now: float, bots: Collection[str] = ()) -> list[Count]:
        """Open items past their due time."""
        return await self._by_bot(bots, _t.due, _t.state.in_(_OPEN), _t.due <= now)

    async def due_soon(self, now: float, within: float, bots: Collection[str] = ()) -> list[Count]:
        """Open items that will be due within so many seconds."""
        return await self._by_bot(bots, _t.due, _t.state.in_(_OPEN), _t.due > now, _t.due <= now + within)

    async def unanswered(self, before: float, bots: Collection[str] = ()) -> list[Count]:
        """Items that have waited for a person since before a moment."""
        return await self._by_bot(bots, _t.updated, _t.state == "waiting_for_person", _t.updated <= before)

    async def critical(self, before: float, bots: Collection[str] = ()) -> list[tuple[str, Count]]:
        """Critical results found before a moment that nobody has acknowledged, with their ids; `code` is how each
        stands."""
        c = NEWEST.c
        where = [c.state != "acknowledged", c.at <= before, *([c.bot.in_(list(bots))] if bots else [])]
        query = sa.select(c.id, c.bot, c.at, c.state, c.item).where(*where).order_by(c.at, c.id)
        return [(str(row[0]), Count(row[1], 1, float(row[2]), row[3], row[4])) for row in await self._rows(query)]

    async def unseen(self, before: float, bots: Collection[str] = ()) -> list[tuple[str, Count]]:
        """Reports taken back as entered in error before a moment whose typed text no person has seen to, with the ids
        of the retractions."""
        s, r = tables.report_steps.c, tables.reports.c
        retractions = sa.select(s.version, sa.func.min(s.at).label("at")).where(s.status == "entered_in_error")
        once = retractions.group_by(s.version).having(sa.func.count() == 1).subquery()
        where = [once.c.at <= before, *([r.bot.in_(list(bots))] if bots else [])]
        query = sa.select(r.id, r.bot, once.c.at, r.item).join(once, once.c.version == r.id).where(*where)
        rows = await self._rows(query.order_by(once.c.at, r.id))
        return [(str(row[0]), Count(row[1], 1, float(row[2]), "entered_in_error", row[3])) for row in rows]

    async def incidents(self, bots: Collection[str] = ()) -> list[tuple[str, Count]]:
        """What people said was wrong and nobody has closed, with their ids."""
        i = tables.incidents.c
        where = [i.closed.is_(None), *([i.bot.in_(bots)] if bots else [])]
        rows = await self._rows(sa.select(i.id, i.bot, i.at, i.item).where(*where).order_by(i.at))
        return [(str(ident), Count(bot, 1, at, item=item)) for ident, bot, at, item in rows]

    async def undelivered(self, before: float) -> list[Count]:
        """Deliveries by receiver (as `bot`) that a person must look at, or that have been under way since before a
        moment; `code` is the last reason."""
        o = tables.outbox.c
        late = sa.or_(o.state == "stopped", sa.and_(o.state == "waiting", o.made <= before))
        grouped = sa.select(o.target, sa.func.count(), sa.func.min(o.made), sa.func.max(o.code))
        query = grouped.where(late).group_by(o.target).order_by(o.target)
        return [Count(row[0], int(row[1]), float(row[2]), row[3]) for row in await self._rows(query)]

    async def last_ended_with(self, code: str) -> list[Count]:
        """Bots whose last ended item ended with this code, with that item."""
        last = sa.select(_t.bot, sa.func.max(_t.ended).label("ended")).group_by(_t.bot).subquery()
        query = sa.select(_t.bot, _t.ended, _t.id).join(last, sa.and_(last.c.bot == _t.bot, last.c.ended == _t.ended))
        rows = await self._rows(query.where(_t.code == code).order_by(_t.bot))
        return [Count(str(bot), 1, float(ended), code, str(item)) for bot, ended, item in rows]

    async def moved(self) -> dict[str, float]:
        """When an item of each bot last came or changed."""
        query = sa.select(_t.bot, sa.func.max(_t.updated)).where(is_past(_t.updated, time.time())).group_by(_t.bot)
        return {str(bot): float(at) for bot, at in await self._rows(query)}

    async def fired(self) -> dict[str, float]:
        """When a slot of each bot last fired."""
        slot = tables.slots.c
        query = sa.select(slot.bot, sa.func.max(slot.at)).where(is_past(slot.at, time.time())).group_by(slot.bot)
        return {str(bot): float(at) for bot, at in await self._rows(query)}

    async def _by_bot(
        self, bots: Collection[str], since: sa.Column[Any], *where: sa.ColumnElement[bool]
    ) -> list[Count]:
        terms = [*where, *([_t.bot.in_(bots)] if bots else [])]
        groups = (_t.bot, _t.code)
        query = sa.select(*groups, sa.func.count(), sa.func.min(since), sa.func.min(_t.id)).where(*terms)
        rows = await self._rows(query.group_by(*groups))
        found: dict[str, list[Any]] = {}
        for row in rows:
            found.setdefault(str(row[0]), []).append(row)
        return [_count(bot, alike) for bot, alike in sorted(found.items())]

    async def _rows(self, query: sa.Select[Any]) -> list[Any]:
        return await self._store.read(lambda connection: list(connection.execute(query)))


def _count(bot: str, rows: list[Any]) -> Count:
    most = max(rows, key=lambda row: row[2])
    count = sum(row[2] for row in rows)
    return Count(bot, count, min(float(row[3] or 0.0) for row in rows), most[1], most[4] if count == 1 else "")
