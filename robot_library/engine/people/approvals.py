"""Who has asked for what of a bot to go live, and who else has approved it. The one door to these rows.

Rows are only ever added. Each is sealed under the site key for its bot, its number and the row before it; how many
there are is sealed too. A row that was made up, changed, moved, copied or taken away is seen, and then nothing is
granted at all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once
from robot_library.engine.database.trail import told_if_can_be
from robot_library.engine.records.shadow import release
from robot_library.errors import ApprovalRefused, SetupError
from robot_library.interfaces import Sealer
from robot_library.model.approval import CHAIN, HOLDS_BACK, Approval, Approved, Kind, MadeOf, Permission, permission
from robot_library.model.audit import Happened

_a, _m = tables.approvals.c, tables.meta.c


class Approvals:
    """The record of one site."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer

    # ---- what people do ----

    async def ask(self, bot: str, stage: Approved, made: MadeOf, who: str, why: str) -> Approval:
        """Ask another person to let exactly this go one step further. ApprovalRefused for two steps at once, for what
        is granted already, and for skills that are not for clinical use."""
        entry = Approval(bot, 0, "ask", stage, made.hash, _named(who), why, time.time(), made.parts)

        def check(there: Permission) -> Approval:
            _can_ask(there, stage, made)
            return entry

        return await self._add(bot, check)

    async def approve(self, bot: str, made: MadeOf, who: str, why: str, *, seen: int | None = None) -> Approval:
        """Let it: another person than asked, and exactly what was asked for. `seen` is the number of the request that
        they have looked at; None: the one there is. ApprovalRefused otherwise."""

        def check(there: Permission) -> Approval:
            asked = self._asked(there, bot)
            if seen is not None and asked.n != seen:
                raise ApprovalRefused("something else is asked for now.", cure="Look at it again.")
            if _named(who) == asked.who:
                raise ApprovalRefused("whoever asked cannot approve it: another person must.")
            if made.hash != asked.hash:
                raise ApprovalRefused(
                    f"bot {bot!r} has changed since it was asked for.", cure="Look at it, and ask anew."
                )
            return _decided(asked, "approve", who, why)

        return await self._add(bot, check)

    async def refuse(self, bot: str, who: str, why: str) -> Approval:
        """Say no to what was asked for; whoever asked may take it back so, too."""
        return await self._add(bot, lambda there: _decided(self._asked(there, bot), "refuse", who, why))

    async def withdraw(self, bot: str, who: str, why: str) -> Approval:
        """End what is granted: at once, by one person alone."""

        def check(there: Permission) -> Approval:
            if there.granted is None:
                raise ApprovalRefused(f"nothing is granted to bot {bot!r}.")
            return _decided(there.granted, "withdraw", who, why)

        return await self._add(bot, check)

    # ---- what there is ----

    async def record(self, bot: str) -> list[Approval]:
        """All that was asked for and decided, the oldest first. SetupError if it was changed."""
        return await self._store.read(lambda connection: self._record(connection, bot)[0])

    async def permission(self, bot: str) -> Permission:
        """How the bot stands. A record that was changed grants nothing."""
        return await self._store.read(lambda connection: self._permission(connection, bot))

    async def bots(self) -> list[str]:
        """Every bot that somebody has asked something for."""
        query = sa.select(_a.bot).distinct().order_by(_a.bot)
        return await self._store.read(lambda connection: [str(one) for one in connection.execute(query).scalars()])

    # ---- inside ----

    def _asked(self, there: Permission, bot: str) -> Approval:
        if there.asked is None:
            raise ApprovalRefused(f"nobody has asked for anything for bot {bot!r}.", cure="`wetread bots ask`.")
        return there.asked

    def _permission(self, connection: sa.Connection, bot: str) -> Permission:
        try:
            return permission(self._record(connection, bot)[0])
        except SetupError as failure:
            return Permission(broken=str(failure))

    def _record(self, connection: sa.Connection, bot: str) -> tuple[list[Approval], str]:
        """The record, and the mark that the next row is sealed with."""
        # One statement: between two, a server's other session may decide, and rows and count would not agree.
        always = sa.select(sa.literal(1)).subquery()
        count_of = always.outerjoin(tables.meta, _m.name == self._head(bot))
        query = sa.select(_m.value, _a.entry).select_from(count_of.outerjoin(tables.approvals, _a.bot == bot))
        found_rows = connection.execute(query.order_by(_a.n)).mappings().all()
        head, rows = found_rows[0]["value"], [row for row in found_rows if row["entry"] is not None]
        try:
            count = 0 if head is None else self._sealer.open(head, f"approvals|{bot}")
            found, before = self._opened(bot, rows)
        except SetupError:
            found, before, count = [], "", -1
        if count != len(rows) or len(found) != len(rows):
            raise SetupError(
                f"the record of approvals of bot {bot!r} was changed: nothing in it is believed.",
                cure="Restore the database from a backup, and find out who wrote to it.",
            )
        return found, before

    def _opened(self, bot: str, rows: Sequence[Any]) -> tuple[list[Approval], str]:
        found: list[Approval] = []
        before = ""
        for number, row in enumerate(rows, start=1):
            said = self._sealer.open(row["entry"], self._context(bot, number, before))
            found.append(Approval(bot=bot, n=number, **said))
            before = self._sealer.mac(row["entry"])
        return found, before

    def _context(self, bot: str, number: int, before: str) -> str:
        return f"approval|{bot}|{number}|{before}"

    def _head(self, bot: str) -> str:
        return f"approvals|{self._sealer.mac(f'approvals|{bot}')[:32]}"

    async def _add(self, bot: str, check: Any) -> Approval:
        def work(connection: sa.Connection) -> Approval:
            record, before = self._record(connection, bot)
            one = replace(cast("Approval", check(permission(record))), n=len(record) + 1)
            said = {key: value for key, value in vars(one).items() if key not in ("bot", "n")}
            entry = self._sealer.seal({**said, "parts": dict(one.parts)}, self._context(bot, one.n, before))
            row = {"bot": bot, "n": one.n, "at": one.at, "entry": entry}
            if connection.execute(insert_once(self._store.durable, tables.approvals, row)).rowcount != 1:
                raise ApprovalRefused("somebody else has just decided about this bot.", cure="Look at it again.")
            self._count(connection, bot, one.n)
            if one.kind == "approve" and one.stage in ("limited", "live"):
                release(connection, bot)
            if one.kind not in HOLDS_BACK:  # AuditBroken, and nothing is granted, where the trail cannot take it
                self._store.trail.record(_happened(one))
            return one

        one = await self._store.write(work)
        if one.kind in HOLDS_BACK:  # it stands, whether the trail hangs or not
            await asyncio.to_thread(told_if_can_be, self._store.trail, _happened(one))
        return one

    def _count(self, connection: sa.Connection, bot: str, count: int) -> None:
        value = self._sealer.seal(count, f"approvals|{bot}")
        name = self._head(bot)
        connection.execute(insert_once(self._store.durable, tables.meta, {"name": name, "value": value}))
        connection.execute(sa.update(tables.meta).where(_m.name == name).values(value=value))


def _happened(one: Approval) -> Happened:
    """As the audit trail is told it."""
    return Happened(
        "decision", f"{one.kind} stage {one.stage} bot:{one.bot}", bot=one.bot, version=one.hash, person=one.who
    )


def _can_ask(there: Permission, stage: Approved, made: MadeOf) -> None:
    has = there.stage(made.hash)
    at, wanted = CHAIN.index(has), CHAIN.index(stage)
    if wanted <= at:
        raise ApprovalRefused(f"this is granted already: {has}.")
    if wanted > at + 1:
        raise ApprovalRefused(
            f"what the bot is made of now is {has}: the next step is {CHAIN[at + 1]}, not {stage}.",
            cure="Draft, shadow, limited, live: each by itself, for one and the same hash.",
        )
    if made.research and stage != "shadow":
        raise ApprovalRefused(f"it may only be a shadow: {'; '.join(made.research)}.")


def _decided(about: Approval, kind: Kind, who: str, why: str) -> Approval:
    asked_by = about.who if about.kind == "ask" else about.asked_by
    return replace(about, kind=kind, who=_named(who), why=why, at=time.time(), asked_by=asked_by)


def _named(who: str) -> str:
    """The one way a name is compared; ApprovalRefused for nobody."""
    if not (name := who.strip().casefold()):
        raise ApprovalRefused("nobody has said who they are.")
    return name
