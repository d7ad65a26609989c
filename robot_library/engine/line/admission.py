"""Paces and seats, counted in the database: the same for all workers on all hosts, and none outlives its worker."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once

SEAT_LASTS = 45.0
"""Seconds that a seat outlives the last word of the worker that holds it."""
_KEPT = 8 * 86400.0
_p, _s = tables.paces.c, tables.seats.c


@dataclass(frozen=True)
class PaceNeed:
    """`unit` may begin on `subject` only if fewer than `items` others have in the last `per` seconds. `again`: when it
    may be asked again, where that is not `per` after the first of them."""

    subject: str
    unit: str
    items: int
    per: float
    again: float | None = None


@dataclass(frozen=True)
class SeatNeed:
    """A seat on a system that has `sessions` of them. A credential is one that has a single seat: `system` is then
    `credential:` with its name."""

    system: str
    holder: str
    sessions: int

    @property
    def credential(self) -> str:
        """The name of the credential that is held; empty for a system's seat."""
        kind, _, name = self.system.partition(":")
        return name if kind == "credential" else ""


@dataclass(frozen=True)
class Refused:
    """What could not be had, and from when on it may be asked for again."""

    need: PaceNeed | SeatNeed
    until: float


class Admission:
    """All or nothing: every need of one go is met in one transaction, or none is taken."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def admit(self, paces: Sequence[PaceNeed], seats: Sequence[SeatNeed]) -> Refused | None:
        """Take all that is needed; None if it was had."""
        if not paces and not seats:
            return None

        def work(connection: sa.Connection) -> Refused | None:
            names = sorted({need.subject for need in paces} | {need.system for need in seats})
            _alone(connection, names)
            now = clock(connection)
            refusals = [self._slow(connection, need, now) for need in paces]
            refusals += [self._full(connection, need, now) for need in seats]
            if worst := max((one for one in refusals if one), key=lambda one: one.until, default=None):
                return worst
            for pace in paces:
                row = {"subject": pace.subject, "unit": pace.unit, "at": now}
                connection.execute(insert_once(self._store.durable, tables.paces, row))
            for seat in seats:
                self._sit(connection, seat.system, seat.holder, now)
            return None

        return await self._store.write(work, swift=not paces)  # no seat outlives a power cut; a pace does

    def _slow(self, connection: sa.Connection, need: PaceNeed, now: float) -> Refused | None:
        """A unit that has begun already is not counted again."""
        connection.execute(sa.delete(tables.paces).where(_p.subject == need.subject, _p.at < now - _KEPT))
        mine = sa.select(_p.at).where(_p.subject == need.subject, _p.unit == need.unit)
        if connection.execute(mine).first() is not None:
            return None
        begun = sa.select(_p.at).where(_p.subject == need.subject, _p.at > now - need.per)
        latest = connection.execute(begun.order_by(_p.at.desc()).limit(need.items)).scalars().all()
        if len(latest) < need.items:
            return None
        return Refused(need, need.again or float(latest[-1]) + need.per)

    def _full(self, connection: sa.Connection, need: SeatNeed, now: float) -> Refused | None:
        connection.execute(sa.delete(tables.seats).where(_s.system == need.system, _s.until <= now))
        taken = connection.execute(sa.select(_s.holder).where(_s.system == need.system)).scalars().all()
        if need.holder in taken or len(taken) < need.sessions:
            return None
        return Refused(need, now)

    def _sit(self, connection: sa.Connection, system: str, holder: str, now: float) -> None:
        mine = (_s.system == system, _s.holder == holder)
        changed = connection.execute(sa.update(tables.seats).where(*mine).values(until=now + SEAT_LASTS))
        if changed.rowcount == 0:
            row = {"system": system, "holder": holder, "until": now + SEAT_LASTS}
            connection.execute(sa.insert(tables.seats).values(**row))

    async def renew(self, holders: Sequence[str]) -> set[tuple[str, str]]:
        """Keep seats for another while; returns those that are still held as (system, holder)."""
        if not holders:
            return set()

        def work(connection: sa.Connection) -> set[tuple[str, str]]:
            now = clock(connection)
            mine = (_s.holder.in_(holders), _s.until > now)
            connection.execute(sa.update(tables.seats).where(*mine).values(until=now + SEAT_LASTS))
            rows = connection.execute(sa.select(_s.system, _s.holder).where(*mine)).all()
            return {(str(row[0]), str(row[1])) for row in rows}

        return await self._store.write(work)

    async def give_up(self, holder: str, system: str | None = None) -> None:
        """Give a seat back, or all seats of holders that begin so (an executor's, at its start and end)."""
        mine = _s.holder.startswith(holder, autoescape=True) if system is None else _s.holder == holder
        gone = sa.delete(tables.seats).where(mine, *([_s.system == system] if system else []))
        await self._store.write(lambda connection: connection.execute(gone))

    async def give_back(self, seats: Sequence[SeatNeed]) -> None:
        """Give these back."""

        def work(connection: sa.Connection) -> None:
            for seat in seats:
                connection.execute(sa.delete(tables.seats).where(_s.system == seat.system, _s.holder == seat.holder))

        await self._store.write(work, swift=True)

    def drop_credentials(self, worker: str) -> None:
        """Of a worker that is surely gone: nobody waits for its credentials any more. Blocks."""
        mine = (_s.holder.startswith(f"{worker}|", autoescape=True), _s.system.startswith("credential:"))
        with self._store.durable.begin() as connection:
            connection.execute(sa.delete(tables.seats).where(*mine))

    async def seats(self) -> list[tuple[str, str]]:
        """Seats taken now, as (system, holder)."""

        def work(connection: sa.Connection) -> list[tuple[str, str]]:
            query = sa.select(_s.system, _s.holder).where(_s.until > clock(connection))
            return [(str(row[0]), str(row[1])) for row in connection.execute(query.order_by(_s.system, _s.holder))]

        return await self._store.read(work)


def clock(connection: sa.Connection) -> float:
    """Seconds since 1970 by the one clock that all workers share: the server's; on one machine its own."""
    if connection.dialect.name != "postgresql":
        return time.time()
    return float(connection.execute(sa.select(sa.extract("epoch", sa.func.clock_timestamp()))).scalar_one())


def _alone(connection: sa.Connection, names: Sequence[str]) -> None:
    """One transaction at a time counts these; SQLite's writing transactions are alone by themselves."""
    if connection.dialect.name == "postgresql":
        for name in names:
            number = int.from_bytes(hashlib.sha256(f"wetread-count|{name}".encode()).digest()[:8], "big", signed=True)
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
