"""Alerts as rows: each cause raised once, told to one person after the other until somebody acknowledges, cleared when
it is over. The messages to people are written down in the same transaction, so that a restart loses none.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.moments import has_come
from robot_library.engine.database.store import Store, insert_once
from robot_library.errors import UnknownName
from robot_library.interfaces import Sealer

_a = tables.alerts.c
_m = tables.messages.c
LONGEST = 3600.0
"""Seconds at most between two tries to tell somebody."""
FORSAKEN = _LATE_BY = 86_400.0
Moment = Literal["raised", "more", "next", "over", "test"]


@dataclass(frozen=True)
class Found:
    """A cause that holds now. `cause`, `scope` and `key` together tell one from another; no patient's value in any."""

    cause: str
    scope: str
    text: str
    """One plain line: the site's own names, codes and counts only."""
    key: str = ""
    code: str = ""
    item: str = ""
    count: int = 1
    tell: tuple[str, ...] = ()
    """People told at once."""
    escalate: tuple[str, ...] = ()
    """People told next, one after the other."""
    escalate_after: float = 900.0
    insists: bool = False
    """It is told again whenever it is more, also where nobody has answered and there is nobody left to be told next."""


@dataclass(frozen=True)
class Alert:
    """One alert. Times in seconds since 1970; `item` is an opaque id."""

    id: str
    cause: str
    scope: str
    code: str
    item: str
    count: int
    text: str
    raised: float
    seen: float
    acknowledged: float | None
    by: str
    cleared: float | None
    undelivered: int = 0
    """Messages about it that could not be delivered until now."""

    @property
    def state(self) -> str:
        """`open`, `acknowledged` or `over`."""
        if self.cleared is not None:
            return "over"
        return "open" if self.acknowledged is None else "acknowledged"


@dataclass(frozen=True)
class Message:
    """Something to be told to somebody."""

    id: str
    person: str
    moment: Moment
    tries: int
    ways: frozenset[str]
    """The ways by which it has been told already."""
    alert: Alert


@dataclass
class Kept:
    """What a look at the causes has changed: ids of alerts."""

    raised: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    escalated: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)


class Alerts:
    """The tables of alerts and of messages about them."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer

    # ---- what arises and ends ----

    async def keep(
        self, found: Sequence[Found], looked_at: Collection[str], now: float | None = None, *, scope: str = ""
    ) -> Kept:
        """Raise what is new, note what lasts, tell the next person where nobody has answered, clear what is over.

        `looked_at` are the causes that were looked for: open alerts of these that are not found any more are over,
        if their scope begins with `scope`, or nobody has seen them for a day: whose they are is gone.
        """
        at, kept = time.time() if now is None else now, Kept()
        holding = {self._mac(one): one for one in found}

        def work(connection: sa.Connection) -> Kept:
            live = connection.execute(sa.select(tables.alerts).where(_a.cleared.is_(None))).mappings().all()
            known = {str(row["live"]): dict(row) for row in live}
            for mac, one in holding.items():
                if mac in known:
                    self._last(connection, known[mac], one, at, kept)
                else:
                    self._raise(connection, mac, one, at, kept)
            for mac, row in known.items():
                ours = row["scope"].startswith(scope) or row["seen"] < at - FORSAKEN
                if mac not in holding and row["cause"] in looked_at and ours:
                    self._clear(connection, row, at, kept)
            return kept

        return await self._store.write(work)

    def _mac(self, one: Found) -> str:
        return self._sealer.mac(f"alert|{one.cause}|{one.scope}|{one.key}")

    def _raise(self, connection: sa.Connection, mac: str, one: Found, at: float, kept: Kept) -> None:
        ident = secrets.token_hex(8)
        row = {
            "id": ident, "live": mac, "cause": one.cause, "scope": one.scope, "code": one.code, "item": one.item,
            "count": one.count, "raised": at, "seen": at, "told": 0,
            "next": at + one.escalate_after if one.escalate else None,
            "text": self._sealer.seal(one.text, f"alert|{ident}"),
        }  # fmt: skip
        connection.execute(insert_once(self._store.durable, tables.alerts, row))
        if connection.execute(sa.select(_a.id).where(_a.live == mac)).scalar_one() == ident:
            kept.raised.append(ident)
            self._tell(connection, ident, one.tell, "raised", at)

    def _last(self, connection: sa.Connection, row: dict[str, Any], one: Found, at: float, kept: Kept) -> None:
        """A cause that lasts: more of it than was acknowledged is news again."""
        ident = str(row["id"])
        people: tuple[str, ...] = ()
        moment: Moment | None = None
        changed: list[str] = []
        text = self._sealer.seal(one.text, f"alert|{ident}")
        values: dict[str, Any] = {"seen": at, "count": one.count, "code": one.code, "item": one.item, "text": text}
        if row["acknowledged"] is not None and one.count > (row["acknowledged_count"] or 0):
            values |= {"acknowledged": None, "who": None, "told": 0}
            values["next"] = at + one.escalate_after if one.escalate else None
            people, moment, changed = one.tell, "more", kept.more
        elif row["acknowledged"] is None and _has_come(row["next"], at, one.escalate_after):
            told = int(row["told"])
            more = told + 1 < len(one.escalate)
            values |= {"told": told + 1, "next": at + one.escalate_after if more else None}
            people, moment, changed = one.escalate[told : told + 1], "next", kept.escalated
        elif row["acknowledged"] is None and row["next"] is None and one.insists and one.count > row["count"]:
            values |= {"told": 0, "next": at + one.escalate_after if one.escalate else None}
            people, moment, changed = one.tell, "more", kept.more
        # Only if it still stands as it was read: another office may be looking at the same moment.
        as_read = (
            _a.acknowledged.is_not_distinct_from(row["acknowledged"]), _a.told == row["told"],
            *([_a.count == row["count"]] if moment == "more" else []),
        )  # fmt: skip
        change = sa.update(tables.alerts).where(_a.id == ident, _a.cleared.is_(None), *as_read).values(**values)
        if connection.execute(change).rowcount == 1 and moment is not None:
            changed.append(ident)
            self._tell(connection, ident, people, moment, at)

    def _clear(self, connection: sa.Connection, row: dict[str, Any], at: float, kept: Kept) -> None:
        change = sa.update(tables.alerts).where(_a.id == row["id"], _a.cleared.is_(None))
        if connection.execute(change.values(cleared=at, live=row["id"], next=None)).rowcount != 1:
            return
        kept.cleared.append(row["id"])
        told = sa.select(_m.person).where(_m.alert == row["id"], _m.moment != "over").distinct()
        self._tell(connection, row["id"], connection.execute(told).scalars().all(), "over", at)

    def _tell(self, connection: sa.Connection, alert: str, people: Sequence[str], moment: Moment, at: float) -> None:
        for person in dict.fromkeys(people):
            row = {
                "id": secrets.token_hex(8), "alert": alert, "person": person, "moment": moment, "made": at, "due": at,
                "tries": 0, "ways": "", "code": "",
            }  # fmt: skip
            connection.execute(sa.insert(tables.messages).values(**row))

    async def acknowledge(self, alert: str, who: str) -> bool:
        """Somebody takes it up: nobody else is told. False if it is over or acknowledged already."""
        sealed = self._sealer.seal(who, f"alert-who|{alert}")
        change = (
            sa.update(tables.alerts)
            .where(_a.id == alert, _a.cleared.is_(None), _a.acknowledged.is_(None))
            .values(acknowledged=time.time(), acknowledged_count=_a.count, who=sealed, next=None)
        )
        return await self._store.write(lambda connection: connection.execute(change).rowcount == 1)

    async def test(self, people: Sequence[str]) -> str:
        """An alert that says nothing is wrong, over at once: to see whether people are reached."""
        ident, at = secrets.token_hex(8), time.time()
        text = "This is a test: nothing is wrong. Whoever reads this is reached."
        row = {
            "id": ident, "live": ident, "cause": "test", "scope": "", "code": "", "item": "", "count": 1, "raised": at,
            "seen": at, "told": 0, "cleared": at, "text": self._sealer.seal(text, f"alert|{ident}"),
        }  # fmt: skip

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.insert(tables.alerts).values(**row))
            self._tell(connection, ident, people, "test", at)

        await self._store.write(work)
        return ident

    # ---- what there is ----

    async def all(self, *, over: bool = False, limit: int = 500) -> list[Alert]:
        """Alerts that last, the newest first; with `over`, also those that are over."""
        where = [] if over else [_a.cleared.is_(None)]
        query = sa.select(tables.alerts).where(*where).order_by(_a.raised.desc(), _a.id).limit(limit)
        stuck = sa.select(_m.alert, sa.func.count()).where(_m.sent.is_(None), _m.tries > 0).group_by(_m.alert)

        def work(connection: sa.Connection) -> tuple[list[Any], dict[str, int]]:
            rows = list(connection.execute(query).mappings())
            return rows, {str(alert): int(count) for alert, count in connection.execute(stuck)}

        rows, undelivered = await self._store.read(work)
        return [self._alert(row, undelivered.get(row["id"], 0)) for row in rows]

    async def find(self, letters: str) -> Alert:
        """The one alert whose id begins so. UnknownName if there is none, or more than one."""
        found = [one for one in await self.all(over=True, limit=10_000) if letters and one.id.startswith(letters)]
        if len(found) != 1:
            raise UnknownName(
                f"{len(found)} alerts begin with {letters[:32]!r}; one is needed.", cure="`wetread alerts list`."
            )
        return found[0]

    def _alert(self, row: Any, undelivered: int = 0) -> Alert:
        ident = str(row["id"])
        by = "" if row["who"] is None else str(self._sealer.open(row["who"], f"alert-who|{ident}"))
        text = str(self._sealer.open(row["text"], f"alert|{ident}"))
        return Alert(
            ident, row["cause"], row["scope"], row["code"], row["item"], row["count"], text, row["raised"],
            row["seen"], row["acknowledged"], by, row["cleared"], undelivered,
        )  # fmt: skip

    async def told(self, alert: str) -> list[tuple[str, bool, str]]:
        """Who was to be told of an alert, whether they have been, and why not."""
        query = sa.select(_m.person, _m.sent, _m.code).where(_m.alert == alert).order_by(_m.made, _m.person)
        rows = await self._store.read(lambda connection: list(connection.execute(query)))
        return [(str(person), sent is not None, str(code)) for person, sent, code in rows]

    # ---- messages ----

    async def waiting(self, now: float) -> dict[str, list[Message]]:
        """Messages that are due, by person, oldest first."""
        query = (
            sa.select(tables.messages, *(column.label(f"a_{column.name}") for column in tables.alerts.c))
            .join(tables.alerts, _a.id == _m.alert)
            .where(_m.sent.is_(None), has_come(_m.due, now, LONGEST))
            .order_by(_m.made, _m.id)
        )
        rows = await self._store.read(lambda connection: list(connection.execute(query).mappings()))
        found: dict[str, list[Message]] = {}
        for row in rows:
            alert = self._alert({name[2:]: value for name, value in row.items() if name.startswith("a_")})
            message = Message(
                row["id"], row["person"], row["moment"], row["tries"], frozenset(row["ways"].split()), alert
            )
            found.setdefault(message.person, []).append(message)
        return found

    async def last_sent(self, person: str) -> float:
        """When this person was last told something; 0 if never."""
        query = sa.select(sa.func.max(_m.sent)).where(_m.person == person)
        found = await self._store.read(lambda connection: connection.execute(query).scalar_one_or_none())
        return float(found or 0.0)

    async def take(self, messages: Sequence[Message], now: float, hold: float) -> list[Message]:
        """Take messages for sending, for `hold` seconds: another office does not send them meanwhile."""

        def work(connection: sa.Connection) -> list[Message]:
            taken = []
            for one in messages:
                change = sa.update(tables.messages).where(
                    _m.id == one.id, _m.sent.is_(None), has_come(_m.due, now, LONGEST)
                )
                if connection.execute(change.values(due=now + hold, tries=_m.tries + 1)).rowcount == 1:
                    taken.append(one)
            return taken

        return await self._store.write(work)

    async def mark(
        self, message: Message, *, ways: Collection[str], code: str = "", sent: float | None = None, again: float = 0.0
    ) -> None:
        """How it went: told by these ways, `sent` when that is all of them; else why not, and tried `again` then."""
        values = {"ways": " ".join(sorted(ways)), "code": code[:64], "sent": sent, "due": again}
        change = sa.update(tables.messages).where(_m.id == message.id).values(**values)
        await self._store.write(lambda connection: connection.execute(change))

    async def old(self, before: float) -> int:
        """How many alerts were over before this moment."""
        query = sa.select(sa.func.count()).select_from(tables.alerts).where(_a.cleared < before)
        return int(await self._store.read(lambda connection: connection.execute(query).scalar_one()))

    async def forget(self, before: float) -> int:
        """Delete alerts that were over before this moment, with their messages; how many."""
        old = sa.select(_a.id).where(_a.cleared < before)

        def work(connection: sa.Connection) -> int:
            connection.execute(sa.delete(tables.messages).where(_m.alert.in_(old)))
            return connection.execute(sa.delete(tables.alerts).where(_a.cleared < before)).rowcount

        return await self._store.write(work)


def _has_come(moment: float | None, at: float, after: float) -> bool:
    """Whether the next is to be told; also where that was written down by a clock that was days ahead."""
    return moment is not None and not at < moment <= at + after + _LATE_BY
