"""What is to be brought to whom: once for each step of a report and each receiver, kept until it has arrived.

A row is taken for a while before it is sent, so that two offices do not send at once; a kill in the middle leaves it to
be sent again, with the same identifiers, by which the receiver knows it. What a receiver is sent of one report comes
in order: a correction waits until the report it corrects has arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.moments import has_come
from robot_library.engine.database.store import Store, insert_once
from robot_library.engine.people.releases import TO_ADDRESS
from robot_library.interfaces import Sealer
from robot_library.model.release import Status

_o = tables.outbox.c
State = Literal["waiting", "sent", "stopped", "dropped"]
"""dropped: it was withdrawn before it went out; nobody is to be sent it any more."""
NEVER_SENT = "NeverSent"
"""Code of what was dropped before anything of it went out."""
HOLD = 600.0
"""Seconds for which a delivery is taken while it is on its way."""
_FIRST, _LONGEST = 15.0, 3600.0
_UNDER_WAY: tuple[State, ...] = ("waiting", "stopped")


@dataclass(frozen=True)
class Letter:
    """One delivery. Times in seconds since 1970; `code` says why the last try failed."""

    version: str
    step: int
    status: Status
    target: str
    kind: str
    report: str
    number: int
    state: State
    made: float
    due: float
    tries: int
    code: str
    sent: float | None

    @property
    def went_out(self) -> bool:
        """Whether the receiver may have got it."""
        return self.state == "sent" or (self.tries > 0 and self.code != NEVER_SENT)

    @property
    def id(self) -> str:
        """The same whenever it is sent again: what identifiers of messages and objects are made from."""
        return f"{self.version}.{self.step}"


class Outbox:
    """The table of deliveries."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer

    async def unaddressed(self) -> list[Letter]:
        """What nobody has said the receivers of yet, the oldest first."""
        where = (_o.target == TO_ADDRESS, _o.state == "waiting")
        return await self._select(*where)

    async def address(self, letter: Letter, targets: Mapping[str, str], gone: Sequence[str], now: float) -> None:
        """Write down its receivers (name → kind), and those it should go to but which are no longer known: once."""
        row = {"version": letter.version, "step": letter.step, "status": letter.status, "report": letter.report,
               "number": letter.number, "made": letter.made, "due": now}  # fmt: skip
        rows = [{**row, "target": name, "kind": kind} for name, kind in targets.items()]
        rows += [{**row, "target": name, "state": "stopped", "code": "NoSuchTarget"} for name in gone]
        done = sa.update(tables.outbox).where(*_is(letter), _o.state == "waiting").values(state="sent", sent=now)

        def work(connection: sa.Connection) -> None:
            if connection.execute(done).rowcount == 1:
                for each in rows:
                    connection.execute(insert_once(self._store.durable, tables.outbox, each))

        await self._store.write(work)

    async def due(self, now: float, *, target: str = "") -> list[Letter]:
        """What may be sent now: due, and nothing earlier of the same report still under way to the same receiver."""
        held = _other(earlier=True, stands=lambda other: other.state == "waiting")
        where = [_o.target != TO_ADDRESS, _o.state == "waiting", has_come(_o.due, now, _LONGEST), ~held]
        return await self._select(*where, *([_o.target == target] if target else []))

    async def take(self, letter: Letter, now: float) -> bool:
        """Take it for sending; False if somebody else has."""
        taken = sa.update(tables.outbox).where(*_is(letter), _o.state == "waiting", _o.due == letter.due)
        change = taken.values(due=now + HOLD, tries=_o.tries + 1)
        return await self._store.write(lambda connection: connection.execute(change).rowcount == 1)

    async def arrived(self, letter: Letter, receipt: Mapping[str, Any], now: float) -> None:
        """It was taken by the receiver, who answered this."""
        entry = self._sealer.seal(dict(receipt), f"outbox|{letter.id}|{letter.target}")
        await self._change(letter, state="sent", sent=now, code="", entry=entry)

    async def failed(self, letter: Letter, code: str, now: float, *, again: bool) -> None:
        """It was not taken: tried again later, or given to a person."""
        wait = min(_LONGEST, _FIRST * 2.0 ** min(letter.tries, 12))
        await self._change(letter, state="waiting" if again else "stopped", code=code[:64], due=now + wait)

    async def dropped(self, letter: Letter) -> None:
        """It was withdrawn meanwhile, and is sent to nobody. For whoever has taken it."""
        await self._change(letter, state="dropped", code="" if letter.tries else NEVER_SENT)

    async def again(self, letters: Sequence[Letter], now: float) -> int:
        """A person says that these are to be tried again at once; how many are. What something later of the same report
        has overtaken at its receiver, or is overtaking now, is not: it would put the old text over the new."""
        back, overtaken = 0, _other(earlier=False, stands=_may_be_there)
        for one in sorted(letters, key=lambda one: (one.number, one.step)):
            change = sa.update(tables.outbox).where(*_is(one), _o.state.in_(_UNDER_WAY), ~overtaken)
            change = change.values(state="waiting", due=now)
            back += await self._store.write(lambda connection, change=change: connection.execute(change).rowcount)  # type: ignore[misc]
        return back

    async def of(self, report: str) -> list[Letter]:
        """Every delivery of a report, the oldest first."""
        return await self._select(_o.report == report, _o.target != TO_ADDRESS)

    async def receipts(self, report: str, target: str) -> list[tuple[Letter, dict[str, Any]]]:
        """What a receiver has got of a report, the oldest first, with what it answered."""
        query = sa.select(tables.outbox).where(_o.report == report, _o.target == target, _o.state == "sent")
        rows = await self._rows(query.order_by(_o.number, _o.step))
        return [
            (_letter(row), self._sealer.open(row["entry"], f"outbox|{row['version']}.{row['step']}|{target}"))
            for row in rows
        ]

    async def perhaps(self, letter: Letter) -> list[Letter]:
        """What the receiver of this letter may have got of its report before, although it has not said so: what was
        taken for sending and then dropped, or refused, perhaps in part."""
        found = [one for one in await self.of(letter.report) if one.target == letter.target and one.id != letter.id]
        return [one for one in found if one.went_out and one.state != "sent"]

    async def open(self) -> list[Letter]:
        """Everything that has not arrived, the oldest first."""
        return await self._select(_o.state.in_(_UNDER_WAY), _o.target != TO_ADDRESS)

    async def _change(self, letter: Letter, **values: Any) -> None:
        change = sa.update(tables.outbox).where(*_is(letter), _o.state != "sent").values(**values)
        await self._store.write(lambda connection: connection.execute(change))

    async def _select(self, *where: sa.ColumnElement[bool]) -> list[Letter]:
        order = (_o.made, _o.number, _o.step, _o.target)
        return [_letter(row) for row in await self._rows(sa.select(tables.outbox).where(*where).order_by(*order))]

    async def _rows(self, query: sa.Select[Any]) -> list[Any]:
        return await self._store.read(lambda connection: list(connection.execute(query).mappings()))


def _other(*, earlier: bool, stands: Callable[[Any], sa.ColumnElement[bool]]) -> sa.Exists:
    """Whether something earlier (or later) of the same report stands so at the same receiver; in HL7, of any report of
    the same item: what is known by its order's numbers alone takes the withdrawal of one for that of the next."""
    other = tables.outbox.alias("other")
    ours, theirs = (_o, other.c) if earlier else (other.c, _o)
    own = sa.and_(theirs.number == ours.number, theirs.step < ours.step)
    place = sa.and_(other.c.report == _o.report, sa.or_(theirs.number < ours.number, own))
    mine, its = tables.reports.alias("mine"), tables.reports.alias("its")
    one_item = sa.exists().where(mine.c.id == _o.version, its.c.id == other.c.version, mine.c.item == its.c.item)
    one_item = one_item.correlate(tables.outbox, other)
    next_one = sa.and_(_o.kind == "hl7", other.c.report != _o.report, theirs.made < ours.made, one_item)
    return sa.exists().where(other.c.target == _o.target, stands(other.c), sa.or_(place, next_one))


def _may_be_there(other: Any) -> sa.ColumnElement[bool]:
    """Sent; or on its way now, or sent without an answer, and to be sent again."""
    return sa.or_(other.state == "sent", sa.and_(other.state == "waiting", other.tries > 0))


def _is(letter: Letter) -> tuple[sa.ColumnElement[bool], ...]:
    return (_o.version == letter.version, _o.step == letter.step, _o.target == letter.target)


def _letter(row: Any) -> Letter:
    return Letter(**{name: row[name] for name in Letter.__dataclass_fields__})
