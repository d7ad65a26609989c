"""One patient's part of the database: found by the number, and deleted once its keys are destroyed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.engine.keeping import Keeping, references
from robot_library.engine.people.incidents import open_items
from robot_library.engine.records.checks import RECONCILE, Checks
from robot_library.engine.records.items import FORGOTTEN
from robot_library.errors import ItemTaken, SetupError
from robot_library.interfaces import Sealer
from robot_library.model.audit import hashed
from robot_library.model.release import ReportVersion

_t, _s, _r, _c = tables.items.c, tables.report_steps.c, tables.reports.c, tables.critical.c
_CHUNK = 200
Gone = Callable[[str], bool]
"""Whether an owner's key ("item|…", "report|…", "critical|…") was destroyed."""


@dataclass(frozen=True)
class Part:
    """What belongs to one patient: ids of items, of versions of reports, of critical results."""

    items: tuple[str, ...]
    versions: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()

    def owners(self) -> list[str]:
        """Whose keys these are sealed under."""
        return [
            *(f"item|{one}" for one in self.items),
            *(f"report|{one}" for one in self.versions),
            *(f"critical|{one}" for one in self.critical),
        ]


class Shredding:
    """Over one database. `gone` tells what cannot be opened any more."""

    def __init__(self, store: Store, sealer: Sealer, gone: Gone) -> None:
        self._store, self._sealer, self._gone = store, sealer, gone
        self.keeping = Keeping(store, sealer)

    async def of_patient(self, number: str, told: Iterable[str] = ()) -> Part:
        """By the hash that the items' screens gave, by what the items were given, by what the reports say; and those
        that somebody else has `told` of. Every kept item and report is opened for it: seconds for some ten thousand."""
        wanted = _plain(number)
        mark = hashed(self._sealer.mac, number)
        subjects = sa.select(tables.subjects.c.item).where(tables.subjects.c.patient == mark)
        known = {str(row[0]) for row in await self._rows(subjects)}
        for row in await self._rows(sa.select(_t.id, _t.payload)):
            given = self._opened(row.payload, f"payload|{row.id}") or {}
            if any(_plain(value) == wanted for value in given.values()):
                known.add(str(row.id))
        reports = [one for one in await self._reports() if wanted in map(_plain, one.content.subject.numbers)]
        return await self.of_items(known | set(told) | {one.item for one in reports})

    async def of_items(self, items: Iterable[str]) -> Part:
        """Of these items, as far as something of them is still here."""
        wanted = sorted(set(items))
        here = {
            str(row[0]) for row in await self._rows_of(sa.select(_t.id).where(_t.workflow != FORGOTTEN), _t.id, wanted)
        }
        versions = [str(row[0]) for row in await self._rows_of(sa.select(_r.id), _r.item, wanted)]
        critical = {str(row[0]) for row in await self._rows_of(sa.select(_c.id), _c.item, wanted)}
        left = here | {
            str(row[0]) for row in await self._rows_of(sa.select(tables.notes.c.item), tables.notes.c.item, wanted)
        }
        return Part(tuple(sorted(left)), tuple(sorted(versions)), tuple(sorted(critical)))

    async def in_the_way(self, part: Part) -> dict[str, int]:
        """What must end first: items at work or waiting, open incidents, reports on their way, results that nobody has
        acknowledged."""
        o = tables.outbox.c
        alive = sa.select(_t.id).where(_t.ended.is_(None))
        held = sa.select(_t.id).where(_t.id.in_(open_items()))
        sent = sa.select(o.version).where(o.state == "waiting")
        last = sa.select(_c.id, sa.func.max(_c.step).label("step")).group_by(_c.id).subquery()
        urgent = sa.select(_c.id).join(last, sa.and_(last.c.id == _c.id, last.c.step == _c.step))
        urgent = urgent.where(_c.state != "acknowledged")
        return {
            "not ended": len(await self._rows_of(alive, _t.id, part.items)),
            "open incident": len(await self._rows_of(held, _t.id, part.items)),
            "report on its way": len(await self._rows_of(sent, o.version, part.versions)),
            "critical result not acknowledged": len(await self._rows_of(urgent, _c.id, part.critical)),
        }

    async def references(self, part: Part) -> tuple[set[str], set[str]]:
        """References to kept bytes: all, and those that items were given when they came."""
        whole = [one for one in part.items if not self._gone(f"item|{one}")]
        found, given = await self.keeping.references_of(whole)
        for one in await self._reports(part.versions):
            found |= set(references(one.content))
        return found, given

    async def forget(self, part: Part) -> None:
        """Delete what belongs to the patient; that the items were, how they ended and what they have claimed stays."""
        await self._unnumbered(part.items)  # first: what is cut off after the items are forgotten is not begun again
        await self.keeping.forget(part.items)
        for start in range(0, len(part.items), _CHUNK):
            some = part.items[start : start + _CHUNK]
            await self._delete((tables.notes, tables.notes.c.item), (tables.cancels, tables.cancels.c.item), some=some)
        await self._delete(
            (tables.report_steps, _s.version), (tables.outbox, tables.outbox.c.version), (tables.reports, _r.id),
            some=part.versions,
        )  # fmt: skip
        await self._delete((tables.critical, _c.id), some=part.critical)

    async def _unnumbered(self, items: Collection[str]) -> None:
        """Reconciliations list every order of a day by its number: of these items', only what became of them stays."""

        def without(found: Any) -> Any:
            rows = found if isinstance(found, list) else []
            return [{**row, "order": ""} if row.get("item") in items else row for row in rows] or found

        await Checks(self._store, self._sealer).change(RECONCILE, without)

    async def closed(self) -> list[str]:
        """Items of whom something is here still that cannot be opened any more."""
        kept = sa.select(_t.id).where(_t.workflow != FORGOTTEN)
        return [str(row[0]) for row in await self._rows(kept) if self._gone(f"item|{row[0]}")]

    async def sweep(self) -> int:
        """Forget what cannot be opened any more: a backup from before the shredding was put back, or a shredding was
        cut off. Items that had not ended then end with a person. How many items."""
        items = await self.closed()
        versions = [str(row[0]) for row in await self._rows(sa.select(_r.id)) if self._gone(f"report|{row[0]}")]
        critical = {str(row[0]) for row in await self._rows(sa.select(_c.id)) if self._gone(f"critical|{row[0]}")}
        now = time.time()
        values = {"state": "business_exception", "outcome": "needs_person", "code": ItemTaken.__name__, "ended": now,
                  "updated": now}  # fmt: skip
        for start in range(0, len(items), _CHUNK):
            some = items[start : start + _CHUNK]
            ended = sa.update(tables.items).where(_t.id.in_(some), _t.ended.is_(None)).values(**values)
            await self._store.write(lambda connection, ended=ended: connection.execute(ended))  # type: ignore[misc]
        if items or versions or critical:
            await self.forget(Part(tuple(items), tuple(versions), tuple(sorted(critical))))
        return len(items)

    async def _reports(self, versions: Collection[str] | None = None) -> list[ReportVersion]:
        query = sa.select(tables.report_steps)
        rows = await (self._rows(query) if versions is None else self._rows_of(query, _s.version, list(versions)))
        opened = [self._opened(row.entry, f"report|{row.version}|{row.step}|{row.status}") for row in rows]
        return [one for one in opened if isinstance(one, ReportVersion)]

    def _opened(self, sealed: str, context: str) -> Any:
        """None where the key is gone already."""
        try:
            return self._sealer.open(sealed, context)
        except SetupError:
            kind, _, rest = context.partition("|")
            if self._gone(f"{'item' if kind == 'payload' else kind}|{rest.partition('|')[0]}"):
                return None
            raise

    async def _delete(self, *whence: tuple[sa.Table, sa.ColumnElement[Any]], some: Sequence[str]) -> None:
        def work(connection: sa.Connection) -> None:
            for table, column in whence:
                connection.execute(sa.delete(table).where(column.in_(some)))

        if some:
            await self._store.write(work)

    async def _rows_of(self, query: sa.Select[Any], column: sa.ColumnElement[Any], wanted: Sequence[str]) -> list[Any]:
        found: list[Any] = []
        for start in range(0, len(wanted), _CHUNK):
            found += await self._rows(query.where(column.in_(wanted[start : start + _CHUNK])))
        return found

    async def _rows(self, query: sa.Select[Any]) -> list[Any]:
        return await self._store.read(lambda connection: list(connection.execute(query)))


def _plain(number: str) -> str:
    return number.strip().upper()
