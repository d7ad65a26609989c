"""Retention of reports: what they still refer to is kept, and what is older than it may be goes, for good."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.engine.keeping import references
from robot_library.engine.people.releases import Releases
from robot_library.interfaces import Sealer

_r, _s, _o, _c = tables.reports.c, tables.report_steps.c, tables.outbox.c, tables.critical.c
_CHUNK = 200


class OldReports:
    """Retention in the tables of reports."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._releases = store, Releases(store, sealer)

    async def references(self, after: float) -> set[str]:
        """References to kept bytes of reports that something has happened to since a moment, or that are under way."""
        recent = sa.select(_s.version).where(_s.at >= after)
        waiting = sa.select(_o.version).where(_o.state == "waiting")
        query = sa.select(_r.id).where(sa.or_(_r.id.in_(recent), _r.id.in_(waiting)))
        rows = await self._store.read(lambda connection: connection.execute(query).scalars().all())
        found: set[str] = set()
        for ident in rows:
            found |= set(references((await self._releases.get(str(ident))).content))
        return found

    async def old(self, before: float) -> list[str]:
        """Reports that nothing has happened to since a moment, that are not under way to anybody, and that do not wait
        for a person to see to what was typed."""
        last = (
            sa.select(_r.report, sa.func.max(_s.at).label("at"))
            .join(tables.report_steps, _s.version == _r.id)
            .group_by(_r.report)
            .subquery()
        )
        waiting = sa.select(_o.report).where(_o.state == "waiting")
        once = (
            sa.select(_r.report).join(tables.report_steps, _s.version == _r.id).where(_s.status == "entered_in_error")
        )
        unseen = once.group_by(_r.report).having(sa.func.count() == 1)
        gone = (last.c.report.not_in(waiting), last.c.report.not_in(unseen))
        query = sa.select(last.c.report).where(last.c.at < before, *gone)
        rows = await self._store.read(lambda connection: connection.execute(query).scalars().all())
        return [str(row) for row in rows]

    async def forget(self, reports: Sequence[str], before: float) -> list[str]:
        """Delete these, and critical results that were found before the moment and acknowledged. Whose keys open
        nothing any more."""
        done = sa.select(_c.id).where(_c.state == "acknowledged", _c.at < before)

        def work(connection: sa.Connection) -> list[str]:
            owners: list[str] = []
            for start in range(0, len(reports), _CHUNK):
                some = list(reports[start : start + _CHUNK])
                versions = sa.select(_r.id).where(_r.report.in_(some))
                owners += [f"report|{one}" for one in connection.execute(versions).scalars()]
                connection.execute(sa.delete(tables.report_steps).where(_s.version.in_(versions)))
                connection.execute(sa.delete(tables.outbox).where(_o.report.in_(some)))
                connection.execute(sa.delete(tables.reports).where(_r.report.in_(some)))
            ids = connection.execute(done).scalars().all()
            connection.execute(sa.delete(tables.critical).where(_c.id.in_(list(ids))))
            return owners + [f"critical|{one}" for one in sorted(set(ids))]

        return await self._store.write(work)
