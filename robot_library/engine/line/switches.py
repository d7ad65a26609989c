"""Stop the line: for everything, one bot, one system, one credential; and what people have decided about each bot.

A stopped line stays stopped until a person lets it go on, whoever stopped it, through every restart.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once
from robot_library.engine.database.trail import told_if_can_be
from robot_library.engine.records.shadow import release
from robot_library.errors import SetupError
from robot_library.interfaces import Sealer
from robot_library.model.audit import Happened

Stage = Literal["draft", "shadow", "limited", "live"]
STAGES: tuple[Stage, ...] = get_args(Stage)
KINDS = ("bot", "system", "credential")
_HOLDS_BACK = frozenset({"stop", "disable"})
ITSELF = "wetread"
"""Who stops a line that nobody stopped by hand."""
_w, _b = tables.switches.c, tables.bot_states.c


@dataclass(frozen=True)
class Switch:
    """One stopped line. `code` is why wetread stopped it by itself; empty if a person did. `since` in seconds since
    1970."""

    scope: str
    who: str
    why: str
    since: float
    code: str = ""


@dataclass(frozen=True)
class BotState:
    """What people have decided about a bot. `stage` None: its file says it.

    `since`: from when on its triggers may set it going; None if nobody has enabled it, and it runs only when a person
    starts it.
    """

    bot: str
    enabled: bool
    stage: Stage | None
    at: float
    since: float | None = None


@dataclass(frozen=True)
class Decision:
    """One line of the record of decisions."""

    at: float
    about: str
    what: str
    who: str
    why: str


def checked(scope: str) -> str:
    """A scope as it is written. SetupError for another spelling."""
    kind, colon, name = scope.partition(":")
    if scope == "all" or (colon and kind in KINDS and name.strip() == name != ""):
        return scope
    raise SetupError(f"there is no line {scope!r}.", cure="Write all, bot:NAME, system:NAME or credential:NAME.")


def in_words(scope: str) -> str:
    """A scope as people say it."""
    kind, _, name = scope.partition(":")
    return {"all": "everything", "bot": f"bot {name}", "credential": f"credential {name}"}.get(kind, name)


class Decisions:
    """The record that switches and states write to."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer

    def add(self, connection: sa.Connection, about: str, what: str, who: str, why: str) -> None:
        """One line, in the transaction that carries it out. AuditBroken, and nothing is carried out, where the audit
        trail cannot take what lets a bot do more. What holds it back is `told` once it is carried out."""
        if what not in _HOLDS_BACK:
            self._store.trail.record(_happened(about, what, who))
        entry = self._sealer.seal({"who": who, "why": why}, f"decision|{about}")
        row = {"at": time.time(), "about": about, "what": what, "entry": entry}
        connection.execute(sa.insert(tables.decisions).values(**row))

    async def told(self, about: str, what: str, who: str) -> None:
        """What holds a bot back stands by now, and stays: a trail that hangs, as on a share, does not put it off, and
        a server would have ended the transaction that waits for it."""
        if what in _HOLDS_BACK:
            await asyncio.to_thread(told_if_can_be, self._store.trail, _happened(about, what, who))

    async def all(self, about: str | None = None, *, limit: int = 200) -> list[Decision]:
        """The newest first."""
        query = sa.select(tables.decisions).order_by(tables.decisions.c.n.desc()).limit(limit)
        if about is not None:
            query = query.where(tables.decisions.c.about == about)
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        return [self._decision(dict(row)) for row in rows]

    def _decision(self, row: dict[str, Any]) -> Decision:
        said = self._sealer.open(row["entry"], f"decision|{row['about']}")
        return Decision(row["at"], row["about"], row["what"], said["who"], said["why"])


def _happened(about: str, what: str, who: str) -> Happened:
    return Happened("decision", f"{what} {about}", person=who)


class Switches:
    """The stopped lines."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer
        self.decisions = Decisions(store, sealer)

    async def stop(self, scope: str, who: str, why: str, *, code: str = "") -> bool:
        """Stop a line; False if it was stopped already, and then the first reason stays."""
        entry = self._sealer.seal({"who": who, "why": why}, f"switch|{checked(scope)}")
        row = {"scope": scope, "since": time.time(), "code": code, "entry": entry}

        def work(connection: sa.Connection) -> bool:
            new = connection.execute(insert_once(self._store.durable, tables.switches, row)).rowcount == 1
            if new:
                self.decisions.add(connection, scope, "stop", who, why)
            return new

        if new := await self._store.write(work):
            await self.decisions.told(scope, "stop", who)
        return new

    async def go_on(self, scope: str, who: str, why: str = "") -> bool:
        """Let a line go on; False if it was not stopped. What had led to an automatic stop is counted anew."""

        def work(connection: sa.Connection) -> bool:
            gone = connection.execute(sa.delete(tables.switches).where(_w.scope == checked(scope))).rowcount == 1
            if gone:
                self._forget(connection, scope)
                self.decisions.add(connection, scope, "go_on", who, why)
            return gone

        return await self._store.write(work)

    def _forget(self, connection: sa.Connection, scope: str) -> None:
        kind, _, name = scope.partition(":")
        if kind == "bot":
            connection.execute(sa.delete(tables.streaks).where(tables.streaks.c.bot == name))
        if kind == "credential":
            anew = sa.update(tables.sign_ins).where(tables.sign_ins.c.credential == name)
            connection.execute(anew.values(unknown=0, waits=0, by="", until=0.0))

    async def scopes(self) -> set[str]:
        """Every stopped scope; the cheapest question there is."""
        rows = await self._store.read(lambda connection: connection.execute(sa.select(_w.scope)).scalars().all())
        return set(rows)

    async def list(self) -> list[Switch]:
        """Every stopped line, the oldest first."""
        query = sa.select(tables.switches).order_by(_w.since, _w.scope)
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        found = []
        for row in rows:
            said = self._sealer.open(row["entry"], f"switch|{row['scope']}")
            found.append(Switch(row["scope"], said["who"], said["why"], row["since"], row["code"]))
        return found


class BotStates:
    """Which bots are enabled, and at which stage. A bot nobody has decided about is enabled, at its file's stage."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store = store
        self.decisions = Decisions(store, sealer)

    async def enable(self, bot: str, who: str, why: str = "") -> None:
        """Let a bot work, and its triggers set it going. Enabled twice, it is enabled since the first time."""
        await self._decide(bot, "enable", who, why, enabled=1, since=sa.func.coalesce(_b.since, time.time()))

    async def disable(self, bot: str, who: str, why: str = "") -> None:
        """Let a bot take nothing more; what it types at this moment is laid down at the next safe point."""
        await self._decide(bot, "disable", who, why, enabled=0, since=None)

    async def set_stage(self, bot: str, stage: Stage, who: str, why: str) -> None:
        """Move a bot to a stage. The stricter one of this and its file's holds."""
        if stage not in STAGES:
            raise SetupError(f"there is no stage {stage!r}.", cure=f"One of {', '.join(STAGES)}.")
        await self._decide(bot, f"stage {stage}", who, why, stage=stage)

    async def _decide(self, bot: str, what: str, who: str, why: str, **values: Any) -> None:
        def work(connection: sa.Connection) -> None:
            fresh = {"bot": bot, "enabled": 1, "stage": None, "at": time.time()}
            connection.execute(insert_once(self._store.durable, tables.bot_states, fresh))
            change = sa.update(tables.bot_states).where(_b.bot == bot)
            connection.execute(change.values(at=time.time(), **values))
            if values.get("stage") not in (None, "shadow"):
                release(connection, bot)
            self.decisions.add(connection, f"bot:{bot}", what, who, why)

        await self._store.write(work)
        await self.decisions.told(f"bot:{bot}", what, who)

    async def behind(self, bot: str) -> str:
        """The person who last let a bot work here, or further; empty if nobody has."""
        for decision in await self.decisions.all(f"bot:{bot}"):
            if decision.what == "enable" or decision.what.startswith("stage "):
                return decision.who
        return ""

    async def get(self, bot: str) -> BotState:
        """One bot."""
        found = [one for one in await self.all() if one.bot == bot]
        return found[0] if found else BotState(bot, True, None, 0.0)

    async def all(self) -> list[BotState]:
        """Every bot that somebody has decided about, by name."""
        query = sa.select(tables.bot_states).order_by(_b.bot)
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        return [
            BotState(row["bot"], bool(row["enabled"]), cast("Stage | None", row["stage"]), row["at"], row["since"])
            for row in rows
        ]


def stricter(*stages: Stage | None) -> Stage:
    """The strictest of some stages; None says nothing."""
    return min((stage for stage in stages if stage is not None), key=STAGES.index, default="live")
