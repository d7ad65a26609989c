"""What people say was wrong: by whom, about which item, why, and when somebody has closed it. Saying it stops nothing.

An item with an open incident keeps its run and its evidence, however old it is.
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.engine.database.trail import told_if_can_be
from robot_library.errors import IncidentRefused, SetupError, UnknownName
from robot_library.interfaces import Sealer
from robot_library.model.audit import Happened

_i = tables.incidents.c


@dataclass(frozen=True)
class Incident:
    """Times in seconds since 1970; `closed` None while somebody must still look. `why`: no patient data, people are
    asked."""

    id: str
    item: str
    bot: str
    version: str
    """Of the bot, when the item last began; empty if it never did."""
    at: float
    who: str
    why: str
    closed: float | None = None
    closed_by: str = ""
    closed_why: str = ""


class Incidents:
    """The record of one site."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer

    async def report(self, item: str, who: str, why: str) -> Incident:
        """Say that what became of an item was wrong: kept, noted on the item, told to the audit trail. UnknownName for
        no item; IncidentRefused without a name or a reason."""
        _said(who, why)
        ident, at = secrets.token_hex(8), time.time()

        def work(connection: sa.Connection) -> Incident:
            t = tables.items.c
            found = connection.execute(sa.select(t.bot, t.version).where(t.id == item)).first()
            if found is None:
                raise UnknownName(f"there is no work item {item[:24]!r} here.")
            one = Incident(ident, item, str(found.bot), str(found.version), at, who, why)
            told = Happened("decision", f"incident {ident}", item=item, bot=one.bot, version=one.version, person=who)
            told_if_can_be(self._store.trail, told)
            entry = self._sealer.seal({"who": who, "why": why}, f"incident|{ident}|{item}")
            row = {"id": ident, "item": item, "bot": one.bot, "version": one.version, "at": at, "entry": entry}
            connection.execute(sa.insert(tables.incidents).values(**row))
            self._note(connection, one)
            return one

        return await self._store.write(work)

    def _note(self, connection: sa.Connection, one: Incident) -> None:
        """On the item, too; of one that was shredded nothing is kept any more, and the incident stands by itself."""
        said = {"who": one.who, "text": f"This was wrong ({one.id}): {one.why}"}
        with suppress(SetupError):
            entry = self._sealer.seal(said, f"note|{one.item}")
            connection.execute(sa.insert(tables.notes).values(item=one.item, at=one.at, entry=entry))

    async def close(self, ident: str, who: str, why: str) -> Incident:
        """Somebody has looked and done what was to be done. IncidentRefused if it is closed already."""
        _said(who, why)
        one = await self.get(ident)
        entry = self._sealer.seal({"who": who, "why": why}, f"incident-closed|{one.id}")
        change = sa.update(tables.incidents).where(_i.id == one.id, _i.closed.is_(None))

        def work(connection: sa.Connection) -> None:
            if connection.execute(change.values(closed=time.time(), closing=entry)).rowcount != 1:
                raise IncidentRefused(f"incident {one.id} is closed already.")
            told = Happened("decision", f"incident {one.id} closed", item=one.item, bot=one.bot, person=who)
            self._store.trail.record(told)

        await self._store.write(work)
        return await self.get(one.id)

    async def get(self, letters: str) -> Incident:
        """The one incident whose id begins so. UnknownName if there is none, or more than one."""
        found = [one for one in await self._read() if letters and one.id.startswith(letters)]
        if len(found) != 1:
            raise UnknownName(
                f"{len(found)} incidents begin with {letters[:32]!r}; one is needed.", cure="`wetread incident list`."
            )
        return found[0]

    async def of(self, item: str) -> list[Incident]:
        """Those of one item, the newest first."""
        return await self._read(_i.item == item)

    async def all(self, *, closed: bool = False, most: int | None = None) -> list[Incident]:
        """Open ones, the newest first; with `closed`, every one. At most `most` of them."""
        return await self._read(*(() if closed else (_i.closed.is_(None),)), most=most)

    async def count(self) -> tuple[int, int]:
        """How many are open, and how many there are."""
        query = sa.select(sa.func.count(), sa.func.count(_i.closed)).select_from(tables.incidents)
        there, closed = await self._store.read(lambda connection: connection.execute(query).one())
        return there - closed, there

    async def _read(self, *where: sa.ColumnElement[bool], most: int | None = None) -> list[Incident]:
        query = sa.select(tables.incidents).where(*where).order_by(_i.at.desc(), _i.id).limit(most)
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        return [self._opened(row) for row in rows]

    def _opened(self, row: Any) -> Incident:
        said = self._sealer.open(row["entry"], f"incident|{row['id']}|{row['item']}")
        one = Incident(row["id"], row["item"], row["bot"], row["version"], row["at"], said["who"], said["why"])
        if row["closed"] is None:
            return one
        end = self._sealer.open(row["closing"], f"incident-closed|{row['id']}")
        return Incident(**{**vars(one), "closed": row["closed"], "closed_by": end["who"], "closed_why": end["why"]})


def open_items() -> sa.Select[Any]:
    """Items of which somebody must still look at an incident: what they leave behind is kept."""
    return sa.select(_i.item).where(_i.closed.is_(None))


def _said(who: str, why: str) -> None:
    if not who.strip() or not why.strip():
        raise IncidentRefused("who says so, and why, must be written.", cure="One plain sentence; no patient data.")
