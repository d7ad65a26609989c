"""Work items as rows: what the dashboard counts in clear, everything else sealed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once, once
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.paths import BEGAN_WITH
from robot_library.errors import Outcome, UnknownName
from robot_library.interfaces import Sealer
from robot_library.model.workitem import State, WorkItem

_t = tables.items.c
_OPEN = ("new", "in_progress", "waiting_for_person")
_SOME = 100
URGENT = 1
"""The priority of STAT orders."""
ROOM = 1_000_000
"""Within one priority, room for the order in which items came."""


FORGOTTEN = ""
"""In place of the workflow's hash: the item's run and data are no longer kept (keeping.py)."""


Then = Callable[[sa.Connection], None]


@dataclass(frozen=True)
class Life:
    """One life of an item, and its place in the queue."""

    item: str
    generation: int
    rank: int


@dataclass(frozen=True)
class Request:
    """What a person is asked; `until` in seconds since 1970, `path` of the asking step."""

    path: str
    ask: str
    reason: str
    code: str
    until: float
    topic: str

    @property
    def number(self) -> int:
        """Of the go that asked."""
        return int(self.topic.rpartition(".")[2])


@dataclass(frozen=True)
class ItemView:
    """A work item and how it stands."""

    item: WorkItem
    rank: int
    """Its place in the queue: by priority, then in the order items came."""
    generation: int
    workflow: str
    created: float
    updated: float
    started: float | None
    outcome: Outcome | None
    code: str
    reason: str
    request: Request | None
    version: str = ""
    """Fingerprint of what it began with; empty before."""
    due: float | None = None
    """When it should have ended, in seconds since 1970."""

    def until(self, now: float, seconds: float) -> float:
        """How long a person's answer is waited for: as long as asked, but an urgent order with a due time no longer
        than that, and a minute at least."""
        urgent = self.item.priority <= URGENT and self.due is not None
        return min(now + seconds, max(self.due or 0.0, now + 60.0)) if urgent else now + seconds


def _taken(item: str, generation: int) -> sa.Select[Any]:
    c = tables.cancels.c
    return sa.select(c.item).where(c.item == item, c.generation == generation)


def key_mac(sealer: Sealer, bot: str, key: str) -> str:
    """What an item is known by: a keyed hash, so that the key itself (an order's number) stands nowhere in clear."""
    return sealer.mac(f"item|{bot}|{key}")


class Items:
    """The table of items."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer

    def row(
        self, bot: str, workflow: str, payload: Mapping[str, str], key: str, *, priority: int, due: float | None
    ) -> dict[str, Any]:
        """A new item as a row; its place in the queue is given when it is inserted."""
        ident, now = secrets.token_hex(12), time.time()
        return {
            "id": ident, "bot": bot, "key_mac": key_mac(self._sealer, bot, key), "state": "new", "workflow": workflow,
            "created": now, "updated": now, "code": "", "generation": 0, "version": "", "priority": priority,
            "due": due, "payload": self._sealer.seal(dict(payload), f"payload|{ident}"),
        }  # fmt: skip

    async def known(self, macs: Collection[str]) -> set[str]:
        """Those of these keyed hashes (`key_mac`) that an item is known by."""
        query = sa.select(_t.key_mac).where(_t.key_mac.in_(list(macs)))
        found = await self._store.read(lambda connection: connection.execute(query).scalars().all())
        return {str(mac) for mac in found}

    def insert(self, connection: sa.Connection, row: Mapping[str, Any]) -> bool:
        """insert_all for one."""
        return bool(self.insert_all(connection, [row]))

    def insert_all(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        """Insert those whose key is not there yet, in the caller's transaction; returns id and rank of the new ones. Of
        two rows with one key the first counts."""
        first = {str(row["key_mac"]): row for row in reversed(rows)}
        came = self._came(connection, len(first))  # locks the counter's row: from here on nobody else adds
        there = sa.select(_t.key_mac).where(_t.key_mac.in_(list(first)))
        known = set(connection.execute(there).scalars())
        new = [row for row in rows if first[row["key_mac"]] is row and row["key_mac"] not in known]
        placed = [
            {**row, "priority": row["priority"] * ROOM + (came + number) % ROOM} for number, row in enumerate(new)
        ]
        if placed:
            connection.execute(sa.insert(tables.items), placed)
        return {str(row["id"]): int(row["priority"]) for row in placed}

    def _came(self, connection: sa.Connection, more: int) -> int:
        """How many have come before; counted in a row of its own, since counting items takes ever longer."""
        counter, name = tables.counters.c, "items"
        so_many_more = sa.update(tables.counters).where(counter.name == name).values(value=counter.value + more)
        if connection.execute(so_many_more).rowcount == 0:
            came = connection.execute(sa.select(sa.func.count()).select_from(tables.items)).scalar_one()
            connection.execute(insert_once(self._store.durable, tables.counters, {"name": name, "value": came}))
            connection.execute(so_many_more)
        return int(connection.execute(sa.select(counter.value).where(counter.name == name)).scalar_one()) - more

    async def get(self, item: str) -> ItemView:
        """One item; UnknownName if there is none of this id."""
        rows = await self._select(_t.id == item)
        if not rows:
            raise UnknownName(f"there is no work item {item!r} here.")
        return rows[0]

    async def by_key(self, mac: str) -> str | None:
        """The item that is known by this keyed hash (`key_mac`), if there is one."""
        query = sa.select(_t.id).where(_t.key_mac == mac)
        return await self._store.read(lambda connection: connection.execute(query).scalar_one_or_none())

    async def all(self, *, bot: str | None = None, state: tuple[State, ...] = ()) -> list[ItemView]:
        """Items in the order they came."""
        terms = [_t.bot == bot] if bot else []
        return await self._select(*terms, *([_t.state.in_(state)] if state else []))

    async def versions(self) -> set[str]:
        """What items that have begun and not ended are to go on with."""
        query = sa.select(_t.version).distinct().where(_t.state.in_(_OPEN), _t.version != "")
        rows = await self._store.read(lambda connection: connection.execute(query).scalars().all())
        return {str(row) for row in rows}

    async def overdue(self, bots: Sequence[str], now: float) -> list[ItemView]:
        """Items that have waited for a person for as long as they may."""
        late = (_t.state == "waiting_for_person", _t.until <= now, _t.bot.in_(list(bots)))
        ids = await self._store.read(
            lambda connection: connection.execute(sa.select(_t.id).where(*late).limit(_SOME)).scalars().all()
        )
        return await self._select(_t.id.in_(ids)) if ids else []

    async def changed(self, since: float) -> list[tuple[str, float]]:
        """Items that have changed since a moment (seconds since 1970), and when each did last."""
        query = sa.select(_t.id, _t.updated).where(_t.updated > since)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [(str(row[0]), float(row[1])) for row in rows]

    async def touch(self, item: str) -> None:
        """Let other processes see that something has happened to it."""
        change = sa.update(tables.items).where(_t.id == item).values(updated=time.time())
        await self._store.write(lambda connection: connection.execute(change), swift=True)

    async def count(self, bots: list[str], *states: State) -> int:
        """How many items of these bots are in these states."""
        query = sa.select(sa.func.count()).where(_t.bot.in_(bots), _t.state.in_(states))
        return int(await self._store.read(lambda connection: connection.execute(query).scalar_one()))

    async def _select(self, *where: sa.ColumnElement[bool]) -> list[ItemView]:
        query = sa.select(tables.items).where(*where).order_by(_t.created, _t.id)
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        return [self._view(dict(row)) for row in rows]

    def _view(self, row: Mapping[str, Any]) -> ItemView:
        ident = row["id"]

        def opened(column: str) -> Any:
            return None if row[column] is None else self._sealer.open(row[column], f"{column}|{ident}")

        item = WorkItem(
            id=ident, bot=row["bot"], payload=opened("payload"), state=row["state"], priority=row["priority"] // ROOM
        )
        request = opened("request")
        return ItemView(
            item, row["priority"], row["generation"], row["workflow"], row["created"], row["updated"], row["started"],
            cast("Outcome | None", row["outcome"]), row["code"], opened("reason") or "",
            Request(**request) if request else None, row["version"], row["due"],
        )  # fmt: skip

    async def begin(self, item: str, workflow: str, version: str) -> bool:
        """A go starts: in progress, begun now if it never was, and from now on with this version. False if the item has
        ended meanwhile."""
        now = time.time()
        values = {
            "state": "in_progress", "request": None, "workflow": workflow, "version": version, "updated": now,
        }  # fmt: skip
        change = sa.update(tables.items).where(_t.id == item, _t.outcome.is_(None))
        change = change.values(started=sa.func.coalesce(_t.started, now), **values)
        return await self._store.write(lambda connection: connection.execute(change).rowcount == 1)

    async def wait(self, item: str, request: Request, generation: int, answer_mac: str) -> bool:
        """The item waits for a person. False, and nothing is changed, if the answer (the journal's `answer_mac`) is
        there already, or this life of the item is over: a go whose process ended tells its result once more. Nor if
        a person has taken it meanwhile."""
        values = {
            "state": "waiting_for_person", "request": self._sealer.seal(vars(request), f"request|{item}"),
            "code": request.code, "reason": self._sealer.seal(request.reason, f"reason|{item}"),
            "until": request.until,
        }  # fmt: skip
        alive = (_t.id == item, _t.generation == generation, _t.state.in_(("new", "in_progress", "waiting_for_person")))
        there = sa.select(tables.journal.c.item).where(
            tables.journal.c.item == item, tables.journal.c.key_mac == answer_mac
        )

        taken = _taken(item, generation)

        def work(connection: sa.Connection) -> bool:
            held = connection.execute(sa.select(_t.id).where(*alive).with_for_update()).first()
            if held is None or connection.execute(there).first() or connection.execute(taken).first():
                return False
            change = sa.update(tables.items).where(*alive).values(updated=time.time(), **values)
            return connection.execute(change).rowcount == 1

        return await self._store.write(work)

    async def leave_waiting(
        self, item: str, request: Request, row: Mapping[str, str] | None, then: Then | None = None, **values: Any
    ) -> bool:
        """Change an item that still waits with just this request; False if it does so no more. `then` is done in the
        same transaction."""

        def work(connection: sa.Connection) -> bool:
            waiting = (_t.id == item, _t.state == "waiting_for_person")
            asked = sa.select(_t.request).where(*waiting).with_for_update()  # nobody ends it before the answer is kept
            kept = connection.execute(asked).scalar_one_or_none()
            if kept is None or self._sealer.open(kept, f"request|{item}") != vars(request):
                return False
            if row is not None:
                connection.execute(insert_once(self._store.durable, tables.journal, dict(row)))
            change = sa.update(tables.items).where(*waiting, _t.request == kept)
            values_now = {"updated": time.time(), "request": None, "until": None, **values}
            changed = connection.execute(change.values(**values_now)).rowcount == 1
            if changed and then is not None:
                then(connection)
            return changed

        return await self._store.write(work)

    async def answered(self, item: str, request: Request, row: Mapping[str, str], then: Then | None = None) -> bool:
        """The request is answered, and the answer's journal row is kept with it. False if it waits no more."""
        return await self.leave_waiting(item, request, row, then, state="in_progress")

    async def expire(self, item: str, request: Request, code: str, reason: str) -> bool:
        """Nobody answered this request: the item ends and stays with the person. False if somebody did."""
        sealed = self._sealer.seal(reason, f"reason|{item}")
        values: dict[str, Any] = {
            "state": "business_exception", "outcome": "needs_person", "code": code, "reason": sealed,
            "ended": time.time(),
        }  # fmt: skip
        return await self.leave_waiting(item, request, None, **values)

    def hold(self, connection: sa.Connection, item: str) -> None:
        """Nobody else changes it until the caller's transaction ends."""
        connection.execute(sa.select(_t.id).where(_t.id == item).with_for_update()).first()

    def take_away(
        self, connection: sa.Connection, view: ItemView, code: str, reason: str, *, parked: bool = False
    ) -> bool:
        """End an item that nobody works on at the moment, in the caller's transaction; False if somebody does.
        `parked`: it is paused, and the bot has laid it down."""
        idle = ("new", "waiting_for_person", *(("in_progress",) if parked else ()))
        sealed = self._sealer.seal(reason, f"reason|{view.item.id}")
        now = time.time()
        change = (
            sa.update(tables.items)
            .where(_t.id == view.item.id, _t.generation == view.generation, _t.state.in_(idle))
            .values(
                state="business_exception", outcome="needs_person", code=code, reason=sealed, request=None, updated=now,
                ended=now,
            )
        )  # fmt: skip
        if connection.execute(change).rowcount == 1:
            return True
        # At work: it is shown from now on that it will stop.
        at_work = (_t.id == view.item.id, _t.generation == view.generation, _t.state == "in_progress")
        connection.execute(sa.update(tables.items).where(*at_work).values(code=code, updated=now))
        return False

    async def is_taken(self, item: str, generation: int) -> bool:
        """Whether a person has taken this life of the item out of the bot's hands, and it has not ended yet."""
        query = _taken(item, generation).where(_t.id == tables.cancels.c.item, _t.outcome.is_(None))
        return await self._store.read(lambda connection: connection.execute(query).first() is not None)

    async def close(
        self, item: str, state: State, outcome: Outcome, code: str, reason: str, generation: int | None = None
    ) -> None:
        """The item has ended. With a generation, only if this life of it has: it may have been sent back since."""
        now = time.time()
        values = {"state": state, "outcome": outcome, "code": code, "request": None, "updated": now, "ended": now}
        values["reason"] = self._sealer.seal(reason, f"reason|{item}")
        this_life = [_t.generation == generation] if generation is not None else []
        change = sa.update(tables.items).where(_t.id == item, *this_life).values(**values)
        await self._store.write(lambda connection: connection.execute(change))

    def reopen_all(self, connection: sa.Connection, items: Sequence[str]) -> list[tuple[str, Life]]:
        """Send ended items back, in the caller's transaction: bot and new life of each that had ended, was not done,
        and is still kept. What it was done with until then stays written down, for a recall (impact.py)."""
        ended = ("done", "business_exception", "application_exception", "dead")
        change = (
            sa.update(tables.items)
            .where(_t.id.in_(list(items)), _t.state.in_(ended), _t.outcome != "typed", _t.workflow != FORGOTTEN)
            .values(
                state="new", outcome=None, code="", reason=None, ended=None, generation=_t.generation + 1,
                updated=time.time(),
            )
            .returning(_t.bot, _t.id, _t.generation, _t.priority, _t.version)
        )  # fmt: skip
        back = list(connection.execute(change))
        for _, item, generation, _, version in back:
            if version:
                before = ItemJournal(self._store, self._sealer, str(item), int(generation) - 1)
                connection.execute(once(self._store.durable, tables.journal), before.row(BEGAN_WITH, str(version)))
        return [(str(row[0]), Life(str(row[1]), int(row[2]), int(row[3]))) for row in back]
