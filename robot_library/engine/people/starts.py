"""Items that a person started by hand: by whom, sealed; found again by a keyed hash of their name."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.interfaces import Sealer

_s, _t = tables.starts.c, tables.items.c


class Starts:
    """The table of starts."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer

    def row(self, item: str, who: str) -> dict[str, Any]:
        """A row, to be written together with the item's."""
        return {"item": item, "at": time.time(), "who_mac": self._mac(who),
                "entry": self._sealer.seal(who, f"start|{item}")}  # fmt: skip

    async def by(self, item: str) -> str:
        """Who started an item; "" if nobody did by hand."""
        query = sa.select(_s.entry).where(_s.item == item)
        sealed = await self._store.read(lambda connection: connection.execute(query).scalar_one_or_none())
        return "" if sealed is None else str(self._sealer.open(sealed, f"start|{item}"))

    async def whose(self, items: Sequence[str]) -> dict[str, str]:
        """Who started these items, of those that somebody did."""
        query = sa.select(_s.item, _s.entry).where(_s.item.in_(list(items)))
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return {str(item): str(self._sealer.open(entry, f"start|{item}")) for item, entry in rows}

    async def of(self, who: str, *, limit: int = 20) -> list[str]:
        """The items somebody started, the newest first."""
        query = sa.select(_s.item).where(_s.who_mac == self._mac(who)).order_by(_s.at.desc(), _s.item).limit(limit)
        return [
            str(row) for row in await self._store.read(lambda connection: connection.execute(query).scalars().all())
        ]

    async def often(self, who: str, *, limit: int = 6) -> list[str]:
        """The bots somebody starts most, the most started first."""
        count = sa.func.count()
        query = (
            sa.select(_t.bot).join(tables.starts, _s.item == _t.id).where(_s.who_mac == self._mac(who))
            .group_by(_t.bot).order_by(count.desc(), _t.bot).limit(limit)
        )  # fmt: skip
        return [
            str(row) for row in await self._store.read(lambda connection: connection.execute(query).scalars().all())
        ]

    def _mac(self, who: str) -> str:
        return self._sealer.mac(f"starter|{who}")
