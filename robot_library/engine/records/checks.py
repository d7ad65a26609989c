"""What canaries, backups and retention have found: the newest of each kind and scope counts."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.moments import is_past
from robot_library.engine.database.store import Store
from robot_library.errors import SetupError
from robot_library.interfaces import Sealer

RECONCILE = "reconcile"
"""Every order of a bot's list against what became of it (engine/reconciling.py)."""
LOAD = "load"
"""Whether a bot can run at a worker; the scope is bot@worker, and `found` says why it cannot."""
_c = tables.checks.c


@dataclass(frozen=True)
class Check:
    """One finding. `scope` is a screen map's or a bot's name; `found` may name orders and is kept sealed."""

    kind: str
    scope: str
    at: float
    bad: int
    """How many things are not as they should be."""
    counts: Mapping[str, int]
    found: Any = None


class Checks:
    """The table of checks."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer

    async def add(self, kind: str, scope: str, counts: Mapping[str, int], bad: int, found: Any = None) -> None:
        """Keep what was found now."""
        ident, told = secrets.token_hex(8), json.dumps(dict(counts))
        row = {
            "id": ident, "kind": kind, "scope": scope, "at": time.time(), "bad": bad, "counts": told,
            "found": self._sealer.seal(found, f"check|{ident}"),
        }  # fmt: skip
        await self._store.write(lambda connection: connection.execute(sa.insert(tables.checks).values(**row)))

    async def newest(self, kind: str, *, opened: bool = True) -> dict[str, Check]:
        """The newest of a kind by scope; not `opened`: only what stands in clear, without `found`. What a clock that
        was ahead has dated is not the newest until its time has come."""
        there = (_c.kind == kind, is_past(_c.at, time.time()))
        last = sa.select(_c.scope, sa.func.max(_c.at).label("at")).where(*there).group_by(_c.scope).subquery()
        query = sa.select(tables.checks).join(last, sa.and_(last.c.scope == _c.scope, last.c.at == _c.at))
        return {one.scope: one for one in await self._checks(query.where(_c.kind == kind), opened=opened)}

    async def all(self, kind: str, scope: str | None = None, *, limit: int = 50) -> list[Check]:
        """The last ones, the newest first."""
        where = [_c.kind == kind, *([_c.scope == scope] if scope else [])]
        return await self._checks(sa.select(tables.checks).where(*where).order_by(_c.at.desc()).limit(limit))

    async def old(self, before: float) -> int:
        """How many are from before this moment."""
        query = sa.select(sa.func.count()).select_from(tables.checks).where(_c.at < before)
        return int(await self._store.read(lambda connection: connection.execute(query).scalar_one()))

    async def forget(self, before: float) -> int:
        """Delete those from before this moment; how many."""
        rows = sa.delete(tables.checks).where(_c.at < before)
        return await self._store.write(lambda connection: connection.execute(rows).rowcount)

    async def change(self, kind: str, changed: Callable[[Any], Any]) -> None:
        """What was found of a kind, as it is to stand from now on. What does not open nobody reads, and it stays."""
        query = sa.select(_c.id, _c.found).where(_c.kind == kind)
        for ident, sealed in await self._store.read(lambda connection: list(connection.execute(query))):
            try:
                found = self._sealer.open(sealed, f"check|{ident}")
            except SetupError:
                continue
            if (now := changed(found)) != found:
                row = sa.update(tables.checks).where(_c.id == ident)
                row = row.values(found=self._sealer.seal(now, f"check|{ident}"))
                await self._store.write(lambda connection, row=row: connection.execute(row))  # type: ignore[misc]

    async def _checks(self, query: sa.Select[Any], *, opened: bool = True) -> list[Check]:
        rows = await self._store.read(lambda connection: list(connection.execute(query).mappings()))
        return [
            Check(
                row["kind"], row["scope"], row["at"], row["bad"], json.loads(row["counts"]),
                self._sealer.open(row["found"], f"check|{row['id']}") if opened else None,
            )
            for row in rows
        ]  # fmt: skip
