"""What stands where: read-only questions for lists and pages. Nothing here opens a payload.

Everything asked for in clear stands in clear already (states, codes, times). Of what is sealed, only the reasons of the
few items on one page are opened, and the timeline of the one item that is looked at.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.moments import is_past
from robot_library.engine.database.store import Store
from robot_library.engine.fleet.pulse import AtHand
from robot_library.engine.records.figures import Figures
from robot_library.engine.records.items import ItemView, Request, key_mac
from robot_library.engine.records.runs import Runs
from robot_library.errors import Outcome, UnknownName
from robot_library.interfaces import Sealer
from robot_library.model.run import RunRecord, StepRecord
from robot_library.model.workitem import State, WorkItem

_t = tables.items.c
_ROOM = 1_000_000
OPEN: tuple[State, ...] = ("new", "in_progress", "waiting_for_person")
ENDED: tuple[State, ...] = ("done", "business_exception", "application_exception", "dead")
Order = Literal["newest", "oldest", "changed", "next", "due"]
ORDERS: tuple[Order, ...] = get_args(Order)
_BY: Mapping[str, tuple[sa.UnaryExpression[Any] | sa.ColumnElement[Any], ...]] = {
    "newest": (_t.created.desc(), _t.id),
    "oldest": (_t.created, _t.id),
    "changed": (_t.updated.desc(), _t.id),
    "next": (_t.priority, _t.id),
    "due": (_t.due.is_(None), _t.due, _t.id),
}
_SHOWN = [column for column in tables.items.c if column.name not in {"payload", "key_mac"}]
_LONGEST_SEARCH = 200
_LOOK_BACK = 12
_HEX = re.compile("[0-9a-f]+")


@dataclass(frozen=True)
class Tally:
    """How many items of one bot stand alike; when the oldest came and the newest changed (seconds since 1970)."""

    bot: str
    state: State
    outcome: Outcome | None
    code: str
    count: int
    oldest: float
    newest: float


@dataclass(frozen=True)
class Listed:
    """An item in a list. Times in seconds since 1970; `reason` is the masked one kept with the item."""

    id: str
    bot: str
    state: State
    outcome: Outcome | None
    code: str
    reason: str
    priority: int
    due: float | None
    created: float
    updated: float
    started: float | None
    generation: int
    workflow: str
    ask: str = ""
    """Who is asked, if it waits for a person."""

    @property
    def ended(self) -> bool:
        """Whether it has come to an end."""
        return self.state in ENDED

    def late(self, now: float) -> bool:
        """Whether it should have ended by now, and has not."""
        return self.due is not None and not self.ended and self.due < now


@dataclass(frozen=True)
class Live:
    """An item at work: the step at hand (None until its worker has told), the last masked picture that was kept."""

    item: Listed
    at: AtHand | None
    picture: str | None


@dataclass(frozen=True)
class Page:
    """Some items, and how many there are in all."""

    items: list[Listed]
    total: int


class Board:
    """Questions about the items; `figures` holds those about rates, times, troubles and drift."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer
        self.figures = Figures(store)

    async def tally(self) -> list[Tally]:
        """Counts by bot, state, outcome and code."""
        groups = (_t.bot, _t.state, _t.outcome, _t.code)
        sums = (sa.func.count(), sa.func.min(_t.created), sa.func.max(_t.updated))
        query = sa.select(*groups, *sums).group_by(*groups).order_by(*groups)
        return [Tally(*row) for row in await self._rows(query)]

    async def ages(self, edges: Sequence[float]) -> dict[State, list[int]]:
        """Of each open state, how many items came within the first edge (seconds ago), the second, …, and before."""
        now = time.time()
        age = sa.case(*((_t.created >= now - edge, place) for place, edge in enumerate(edges)), else_=len(edges))
        query = sa.select(_t.state, age, sa.func.count()).where(_t.state.in_(OPEN)).group_by(_t.state, age)
        found: dict[State, list[int]] = {state: [0] * (len(edges) + 1) for state in OPEN}
        for state, place, count in await self._rows(query):
            found[state][place] = count
        return found

    async def late(self, *, within: float = 0.0) -> int:
        """How many open items are past their due time, or will be within so many seconds."""
        query = sa.select(sa.func.count()).where(_t.due < time.time() + within, _t.state.in_(OPEN))
        return int((await self._rows(query))[0][0])

    async def page(
        self, *, bot: str | None = None, states: Sequence[State] = (), outcome: Outcome | None = None,
        code: str | None = None, screen: str | None = None, search: str | None = None, by_key: bool = True,
        late: bool = False, before: float | None = None, begins: str | None = None, order: Order = "newest",
        offset: int = 0, limit: int = 50,
    ) -> Page:  # fmt: skip
        """Items that fit everything that is given. `search` is an item's first letters, a code, a bot, or the whole of
        the key the item was taken by (an order's number), found through its keyed hash unless not `by_key`. `before`:
        those that came before this moment; `begins`: an item's first letters."""
        where: list[sa.ColumnElement[bool]] = []
        where += [_t.bot == bot] if bot else []
        where += [_t.state.in_(states)] if states else []
        where += [_t.outcome == outcome] if outcome else []
        where += [_t.code == code] if code else []
        where += [_t.id.in_(Figures.troubled_at(screen))] if screen else []
        where += [_t.due < time.time(), _t.state.in_(OPEN)] if late else []
        where += [_t.created < before] if before is not None else []
        where += [_begins(begins, least=1)] if begins is not None else []
        where += [await self._search(search.strip()[:_LONGEST_SEARCH], by_key)] if search and search.strip() else []
        # The ids first: SQLite then sorts and skips over small rows, not over sealed payloads.
        ids = sa.select(_t.id).where(*where).order_by(*_BY[order]).limit(max(1, limit)).offset(max(0, offset))
        query = sa.select(*_SHOWN).where(_t.id.in_(ids)).order_by(*_BY[order])
        total = sa.select(sa.func.count()).select_from(tables.items).where(*where)

        def work(connection: sa.Connection) -> tuple[list[Any], int]:
            return list(connection.execute(query).mappings()), int(connection.execute(total).scalar_one())

        rows, count = await self._store.read(work)
        return Page([self._listed(row) for row in rows], count)

    async def matching(self, *, bot: str | None = None, states: Sequence[State] = (), code: str | None = None,
                       limit: int = 10_000) -> list[str]:  # fmt: skip
        """Ids of items that fit, oldest first: for doing one thing to many."""
        where = [*([_t.bot == bot] if bot else []), *([_t.code == code] if code else [])]
        where += [_t.state.in_(states)] if states else []
        query = sa.select(_t.id).where(*where).order_by(_t.created, _t.id).limit(limit)
        return [row[0] for row in await self._rows(query)]

    async def some(self, items: Sequence[str]) -> list[Listed]:
        """These items, as far as they are here; at most a few thousand."""
        query = sa.select(*_SHOWN).where(_t.id.in_(items)).order_by(_t.created, _t.id)
        rows = await self._store.read(lambda connection: list(connection.execute(query).mappings()))
        return [self._listed(dict(row)) for row in rows]

    async def find(self, letters: str) -> str:
        """The one item whose id begins so. UnknownName if there is none, or more than one."""
        found = [row[0] for row in await self._rows(sa.select(_t.id).where(_begins(letters)).limit(2))]
        if len(found) != 1:
            what = "no item begins" if not found else "more than one item begins"
            raise UnknownName(
                f"{what} with {letters[:24]!r}.", cure="`wetread queue list` and `wetread runs` show them."
            )
        return str(found[0])

    async def item(self, item: str) -> Listed:
        """One item by its whole id; UnknownName if there is none."""
        rows = await self._store.read(
            lambda connection: list(connection.execute(sa.select(*_SHOWN).where(_t.id == item)).mappings())
        )
        if not rows:
            raise UnknownName(f"there is no work item {item[:24]!r} here.")
        return self._listed(dict(rows[0]))

    async def run(self, item: str) -> RunRecord:
        """What happened to one item, step by step."""
        one = await self.item(item)
        bare = WorkItem(id=one.id, bot=one.bot, payload={}, state=one.state, priority=one.priority)
        view = ItemView(
            bare, 0, one.generation, one.workflow, one.created, one.updated, one.started, one.outcome, one.code,
            one.reason, None,
        )  # fmt: skip
        return await Runs(self._store, self._sealer).of(view, "")

    async def live(self, limit: int = 12) -> list[Live]:
        """Items at work, those begun last first."""
        page = await self.page(states=("in_progress",), order="changed", limit=limit)
        query = sa.select(tables.now).where(tables.now.c.item.in_([one.id for one in page.items]))
        rows = await self._store.read(lambda connection: list(connection.execute(query).mappings()))
        at = {row["item"]: AtHand(**row) for row in rows}
        return [Live(one, at.get(one.id), await self.last_picture(one.id)) for one in page.items]

    async def last_picture(self, item: str) -> str | None:
        """Reference of the newest screenshot in an item's last steps that was masked when it was taken."""
        c = tables.timeline.c
        query = sa.select(c.entry).where(c.item == item).order_by(c.n.desc()).limit(_LOOK_BACK)
        for (entry,) in await self._rows(query):
            step: StepRecord = self._sealer.open(entry, f"timeline|{item}")
            for kept in reversed(step.evidence):
                if kept.kind == "screenshot" and kept.masked:
                    return kept.blob
        return None

    async def changes(self) -> dict[str, str]:
        """Topic → something that differs whenever it has changed; answered from indexes."""
        at_hand, now = sa.select(sa.func.max(tables.now.c.since)).scalar_subquery(), time.time()
        # Each by itself: SQLite answers one maximum from an index, and goes through every row for two.
        newest = [
            sa.select(sa.func.max(one)).where(is_past(one, now)).scalar_subquery() for one in (_t.updated, _t.created)
        ]
        asked = {
            "items": sa.select(*newest),
            "runs": sa.select(sa.func.max(tables.timeline.c.n), at_hand),
        }
        return {topic: repr(tuple((await self._rows(query))[0])) for topic, query in asked.items()}

    async def bots(self) -> list[str]:
        """Every bot that has, or had, an item here."""
        return [row[0] for row in await self._rows(sa.select(_t.bot).distinct().order_by(_t.bot))]

    async def _search(self, text: str, by_key: bool) -> sa.ColumnElement[bool]:
        macs = [key_mac(self._sealer, bot, text) for bot in await self.bots()] if by_key else []
        low = text.lower()
        return sa.or_(
            _begins(low), _t.key_mac.in_(macs),
            sa.func.lower(_t.code).contains(low, autoescape=True), sa.func.lower(_t.bot).contains(low, autoescape=True),
        )  # fmt: skip

    async def _rows(self, query: sa.Select[Any]) -> list[Any]:
        return await self._store.read(lambda connection: list(connection.execute(query)))

    def _listed(self, row: Mapping[str, Any]) -> Listed:
        ident = row["id"]
        reason = self._sealer.open(row["reason"], f"reason|{ident}") if row["reason"] else ""
        request = Request(**self._sealer.open(row["request"], f"request|{ident}")) if row["request"] else None
        return Listed(
            ident, row["bot"], cast(State, row["state"]), cast("Outcome | None", row["outcome"]), row["code"],
            reason or "", row["priority"] // _ROOM, row["due"], row["created"], row["updated"], row["started"],
            row["generation"], row["workflow"], request.ask if request else "",
        )  # fmt: skip


def _begins(letters: str, least: int = 3) -> sa.ColumnElement[bool]:
    """Ids that begin so, as a range, which the primary key answers. Ids are hex digits: `g` stands behind them all."""
    if len(letters) < least or not _HEX.fullmatch(letters):
        return sa.false()
    return sa.and_(_t.id >= letters, _t.id < letters + "g")
