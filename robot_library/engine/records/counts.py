"""What is counted while items run, in clear, so that no page has to open timelines: time by kind of step, troubles,
drift. Names here are the site's own (bots, screens, actions, codes), never a patient's."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once
from robot_library.model.run import StepRecord

_NAME = re.compile(r"[\w.:-]{1,120}")


@dataclass(frozen=True)
class Where:
    """The innermost step that failed, and the screen that was open: names only."""

    path: str = ""
    action: str = ""
    screen: str = ""


def upsert(engine: sa.Engine, table: sa.Table, row: dict[str, Any], change: dict[str, Any]) -> sa.Executable:
    """INSERT, or where the row is there already, `change` it."""
    keys = [column.name for column in table.primary_key]
    if engine.dialect.name == "sqlite":
        return sqlite.insert(table).values(**row).on_conflict_do_update(index_elements=keys, set_=change)
    return postgresql.insert(table).values(**row).on_conflict_do_update(index_elements=keys, set_=change)


@cache
def _spend(dialect: str) -> sa.Executable:
    insert = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(tables.spent)
    c, new = tables.spent.c, insert.excluded
    longer = sa.case((c.longest < new.longest, new.longest), else_=c.longest)
    change = {"count": c.count + 1, "seconds": c.seconds + new.seconds, "longest": longer}
    return insert.on_conflict_do_update(
        index_elements=[column.name for column in tables.spent.primary_key], set_=change
    )


class Counts:
    """Writes the rows that `Figures` reads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def spent(self, bot: str, record: StepRecord) -> dict[str, Any] | None:
        """A step's time as a row of its hour; None for a block, whose steps count themselves."""
        if record.effect == "block" or record.outcome in ("skipped", "reused"):
            return None
        return {
            "bot": bot, "hour": int(record.started.timestamp() // 3600), "action": record.action,
            "effect": record.effect, "count": 1, "seconds": record.seconds, "longest": record.seconds,
        }  # fmt: skip

    def spend(self, connection: sa.Connection, row: dict[str, Any]) -> None:
        """Add a step's time to its hour."""
        connection.execute(_spend(self._store.durable.dialect.name), row)

    async def trouble(self, go: str, item: str, bot: str, code: str, where: Where) -> None:
        """A go failed: once for each go, however often it is told after a crash."""
        row = {
            "go": go, "item": item, "bot": bot, "at": time.time(), "code": code,
            "path": where.path[:120], "action": where.action[:64], "screen": where.screen[:120],
        }  # fmt: skip
        statement = insert_once(self._store.durable, tables.troubles, row)
        await self._store.write(lambda connection: connection.execute(statement), swift=True)

    async def drift(self, bot: str, line: str) -> None:
        """A target was found by a fall-back. `line` begins with the target's name (role.screen.target)."""
        target = line.split(" ", 1)[0]
        if not _NAME.fullmatch(target):
            return
        now, c = time.time(), tables.drift.c
        row = {"bot": bot, "target": target, "line": line[:300], "count": 1, "first": now, "last": now}
        statement = upsert(
            self._store.durable, tables.drift, row, {"count": c.count + 1, "last": now, "line": line[:300]}
        )
        await self._store.write(lambda connection: connection.execute(statement), swift=True)

    async def mended(self, bot: str, target: str) -> None:
        """Its map was mended: what was counted of a target's fall-backs is over."""
        c = tables.drift.c
        gone = sa.delete(tables.drift).where(c.bot == bot, c.target == target)
        await self._store.write(lambda connection: connection.execute(gone))
