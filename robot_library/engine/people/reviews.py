"""Questions that wait for a person: who is at one, what they have typed so far, put off, sent to somebody else.

A hold is a lease in the database: of two people one gets the item, whoever does not come back loses it after a while,
and a restart of any process changes nothing. Whoever takes an item over says so; the one who had it is told when they
do the next thing. What was typed stays with the question, sealed, whoever goes on with it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, made_or_locked
from robot_library.engine.records.items import ROOM, Request
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.paths import ASKED
from robot_library.errors import SetupError
from robot_library.interfaces import Sealer
from robot_library.model.audit import hashed
from robot_library.model.confirm import CONFIRM
from robot_library.model.review import Asked

LEASE = 120.0
"""Seconds after which a hold ends of whom nothing is heard."""
_r, _t = tables.reviews.c, tables.items.c
_LONGEST = 20_000
_REMEMBERED = 200
_ASKING = sa.select(_t.id, _t.bot, _t.generation, _t.priority, _t.created, _t.due, _t.request).where(
    _t.state == "waiting_for_person", _t.request.is_not(None), _t.code != CONFIRM
)


@dataclass(frozen=True)
class Typed:
    """What a person has begun to answer; `edits` are template fields as they wrote them."""

    decision: Literal["", "positive", "negative"] = ""
    edits: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    by: str = ""
    sent_to: str = ""
    sent_by: str = ""
    sent_note: str = ""


@dataclass(frozen=True)
class Standing:
    """How a question stands. `holder` is "" if nobody is at it. Times in seconds since 1970."""

    item: str
    holder: str = ""
    until: float = 0.0
    later: float = 0.0
    step: int = 0
    typed: Typed = Typed()
    token: str = ""
    """Of the hold: what `holder` shows to save and to answer. For nobody else's eyes."""

    def held_by_other(self, who: str) -> bool:
        """Whether somebody else is at it."""
        return bool(self.holder) and self.holder != who


@dataclass(frozen=True)
class Question:
    """An item that waits for a person, with what it asks. `asked` is None if its workflow shows nothing."""

    item: str
    bot: str
    generation: int
    priority: int
    created: float
    due: float | None
    request: Request
    asked: Asked | None
    standing: Standing

    @property
    def which(self) -> str:
        """Which of the item's questions: another one is about another finding, perhaps another film."""
        return f"{self.generation}.{self.request.path}"

    @property
    def urgent(self) -> bool:
        """A STAT order, or one that a model has ruled in: they stand above all others."""
        return self.priority <= 1 or (self.asked is not None and self.asked.finding.decision == "positive")


@dataclass(frozen=True)
class Hold:
    """Somebody has an item now. `from_whom`: who had it a moment ago, if it was taken over."""

    item: str
    token: str
    standing: Standing
    from_whom: str = ""


class HeldByOther(Exception):
    """Somebody else is at this item."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class Reviews:
    """The holds and beginnings of answers of one site. `clock` gives seconds since 1970."""

    def __init__(self, store: Store, sealer: Sealer, *, clock: Callable[[], float] = time.time) -> None:
        self._store, self._sealer, self._clock = store, sealer, clock
        self._known: dict[tuple[str, str], Asked | None] = {}

    # ---- what is asked ----

    async def waiting(self, limit: int = 500) -> list[Question]:
        """Every question that can still be answered; urgent ones first, then those whose time is up first."""
        query = _ASKING.where(_t.until > self._clock()).order_by(_t.priority, _t.id).limit(limit)
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        found = [await self._question(row) for row in rows]
        standing = await self.standing([one.item for one in found])
        found = [replace(one, standing=standing[one.item]) for one in found]
        return sorted(found, key=lambda one: (not one.urgent, one.due or one.request.until, one.created))

    async def question(self, item: str) -> Question:
        """One question. SetupError if the item does not wait, or no longer."""
        query = _ASKING.where(_t.id == item, _t.until > self._clock())
        row = await self._store.read(lambda connection: connection.execute(query).mappings().first())
        if row is None:
            raise SetupError("this item does not wait for an answer, or no longer.")
        return replace(await self._question(row), standing=(await self.standing([item]))[item])

    async def _question(self, row: Any) -> Question:
        item = row["id"]
        request = Request(**self._sealer.open(row["request"], f"request|{item}"))
        asked = await self._shown(item, row["generation"], request)
        return Question(
            item, row["bot"], row["generation"], row["priority"] // ROOM, row["created"], row["due"], request, asked,
            Standing(item),
        )  # fmt: skip

    async def _shown(self, item: str, generation: int, request: Request) -> Asked | None:
        """What was to be shown: it never changes, so it is opened once as long as it is looked at."""
        key = (item, f"{generation}|{request.path}")
        if key not in self._known:
            shown = await ItemJournal(self._store, self._sealer, item, generation).get(f"{request.path}{ASKED}")
            while len(self._known) >= _REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[key] = shown if isinstance(shown, Asked) else None
        return self._known[key]

    async def standing(self, items: Sequence[str]) -> dict[str, Standing]:
        """How these questions stand; of one that nobody has touched, an empty standing."""
        query = sa.select(tables.reviews).where(_r.item.in_(list(items)))
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        names = await self._names(items)
        found = {row["item"]: self._standing(row) for row in rows if row["asked"] == names.get(row["item"])}
        return {item: found.get(item, Standing(item)) for item in items}

    async def changes(self) -> str:
        """Something that differs whenever a hold has changed."""
        query = sa.select(sa.func.max(_r.at), sa.func.count())
        return repr(tuple(await self._store.read(lambda connection: connection.execute(query).one())))

    async def earlier(self, asked: Asked, item: str, limit: int = 20) -> list[str]:
        """Other items about the same patient, the newest first: found by the keyed hash of the number."""
        numbers = {hashed(self._sealer.mac, one.value) for person in asked.patients for one in person.ids}
        s = tables.subjects.c
        query = (
            sa.select(_t.id).join(tables.subjects, s.item == _t.id).where(s.patient.in_(numbers), _t.id != item)
            .distinct().order_by(_t.created.desc(), _t.id).limit(limit)
        )  # fmt: skip
        query = query.add_columns(_t.created)
        return [str(row[0]) for row in await self._store.read(lambda connection: connection.execute(query).all())]

    # ---- at one ----

    async def take(self, item: str, who: str, *, over: bool = False) -> Hold:
        """Be at an item. HeldByOther if somebody else is, unless it is taken `over`; a hold of one's own is renewed,
        and an older window of the same person loses it."""
        asked, now, token = await self._name(item), self._clock(), secrets.token_hex(16)

        def work(connection: sa.Connection) -> Hold:
            was = self._locked(connection, item, asked)
            if was.held_by_other(who) and not over:
                raise HeldByOther(was.holder)
            values = {"token": token, "until": now + LEASE, "later": 0.0, "holder": self._seal(item, "holder", who)}
            self._set(connection, item, values)
            after = Standing(item, who, now + LEASE, 0.0, was.step, was.typed, token)
            return Hold(item, token, after, was.holder if was.holder != who else "")

        return await self._store.write(work)

    async def renew(self, item: str, token: str) -> Standing | None:
        """Still there: the hold lasts longer. None if it is lost."""
        return await self._held(item, token, {"until": self._clock() + LEASE})

    async def save(self, item: str, token: str, typed: Typed) -> Standing | None:
        """Keep what was typed so far; None if the hold is lost, and then nothing is kept."""
        if sum(map(len, typed.edits.values())) + len(typed.note) > _LONGEST:
            raise SetupError(f"a draft takes at most {_LONGEST} characters.")
        return await self._held(item, token, {"until": self._clock() + LEASE}, typed)

    async def leave(self, item: str, token: str, *, later: float = 0.0, typed: Typed | None = None) -> bool:
        """Give the item back, perhaps for later (a moment), perhaps sent to somebody; False if the hold was lost."""
        values = {"token": "", "until": 0.0, "holder": None, "later": later}
        return await self._held(item, token, values, typed) is not None

    async def forget(self, item: str) -> None:
        """The question is answered."""
        await self._store.write(lambda connection: connection.execute(sa.delete(tables.reviews).where(_r.item == item)))

    # ---- inside ----

    async def _held(
        self, item: str, token: str, values: Mapping[str, Any], typed: Typed | None = None
    ) -> Standing | None:
        asked = await self._name(item)

        def work(connection: sa.Connection) -> Standing | None:
            was = self._locked(connection, item, asked)
            query = sa.select(_r.token).where(_r.item == item)
            if not token or not secrets.compare_digest(
                str(connection.execute(query).scalar_one()).encode(), token.encode("utf-8", "replace")
            ):
                return None
            more: dict[str, Any] = {}
            if typed is not None:
                more = {"entry": self._seal(item, "entry", vars(typed) | {"edits": dict(typed.edits)})}
                more["step"] = was.step + 1
            self._set(connection, item, {**values, **more})
            query_after = sa.select(tables.reviews).where(_r.item == item)
            return self._standing(connection.execute(query_after).mappings().one())

        return await self._store.write(work)

    def _locked(self, connection: sa.Connection, item: str, asked: str) -> Standing:
        """The row, made if there is none, held until the transaction ends; empty if it was of an earlier question."""
        row = {"item": item, "asked": asked, "at": self._clock(), "token": "", "until": 0.0, "later": 0.0, "step": 0}
        connection.execute(made_or_locked(self._store.durable, tables.reviews, row))
        query = sa.select(tables.reviews).where(_r.item == item)
        found = connection.execute(query).mappings().one()
        if found["asked"] == asked:
            return self._standing(found)
        empty = {**row, "holder": None, "entry": None}
        connection.execute(sa.update(tables.reviews).where(_r.item == item).values(**empty))
        return Standing(item)

    def _set(self, connection: sa.Connection, item: str, values: Mapping[str, Any]) -> None:
        change = sa.update(tables.reviews).where(_r.item == item).values(at=self._clock(), **values)
        connection.execute(change)

    def _standing(self, row: Any) -> Standing:
        item, held = row["item"], row["until"] > self._clock()
        holder = self._open(item, "holder", row["holder"]) if row["holder"] and held else ""
        typed = Typed(**self._open(item, "entry", row["entry"])) if row["entry"] else Typed()
        token = row["token"] if holder else ""
        return Standing(item, holder, row["until"] if held else 0.0, row["later"], row["step"], typed, token)

    async def _name(self, item: str) -> str:
        """The question as the item asks it now. SetupError if it asks nothing."""
        if (name := (await self._names([item])).get(item)) is None:
            raise SetupError("this item does not wait for an answer, or no longer.")
        return name

    async def _names(self, items: Sequence[str]) -> dict[str, str]:
        query = sa.select(_t.id, _t.generation, _t.request, _t.until).where(
            _t.id.in_(list(items)), _t.state == "waiting_for_person"
        )
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        found = {}
        for ident, generation, request, until in rows:
            if request and (until is None or until > self._clock()):
                path = self._sealer.open(request, f"request|{ident}")["path"]
                found[str(ident)] = self._sealer.mac(f"review|{ident}|{generation}|{path}")
        return found

    def _seal(self, item: str, what: str, value: Any) -> str:
        return self._sealer.seal(value, f"review-{what}|{item}")

    def _open(self, item: str, what: str, sealed: str) -> Any:
        return self._sealer.open(sealed, f"review-{what}|{item}")
