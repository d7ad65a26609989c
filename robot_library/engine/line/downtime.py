"""Systems that do not answer. Known to all workers through the database; one of them asks, now and then, by a bare
question and never by signing in; as soon as there is an answer the work goes on by itself.

A failed go is no proof: what it works on is asked three times before it counts as down, so that a connection that was
dropped once, or one page that is broken, holds nobody up.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import sqlalchemy as sa

from robot_library.abilities import Asks
from robot_library.engine.database import tables
from robot_library.engine.database.moments import has_come
from robot_library.engine.database.store import Store, insert_once
from robot_library.engine.line.admission import clock
from robot_library.interfaces import Driver
from robot_library.model.bot import App
from robot_library.model.screen import ScreenMap

log = logging.getLogger("wetread.engine")
FIRST_WAIT, LONGEST_WAIT = 30.0, 600.0
"""Seconds until a system that is down is asked again: doubled each time, spread by a quarter to both sides."""
ASKED, APART = 3, 1.0
"""How often a system must fail to answer before it counts as down, and the seconds between."""
LOOK_EVERY = 1.0
_ASK_LASTS = 60.0
"""Seconds after which an asking worker is taken for dead, and another asks."""
_ANSWER_WITHIN = 20.0
_FORGOTTEN = 3600.0
_SOON = 600.0
"""Down again so soon after it was back: the waits go on where they were."""
_o = tables.outages.c


@dataclass(frozen=True)
class Asked:
    """One system as a bot works on it, and how it is asked. `name` is its name in site.yaml, or its map's."""

    name: str
    app: App
    screens: ScreenMap
    driver: Driver
    probe: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells outages apart: two hospitals' systems may share a map."""
        return self.name, address_of(self.app)


@dataclass(frozen=True)
class Outage:
    """A system that does not answer since a moment, is asked again at `until`, and was `asked` so often; or one that
    answers again since `ended`. Moments in seconds since 1970; `code` says how it did not answer."""

    system: str
    address: str
    code: str
    since: float
    until: float
    asked: int
    ended: float | None

    @property
    def reason(self) -> str:
        """In words that name the system only."""
        return f"{self.system} does not answer ({self.code})"


def address_of(app: App) -> str:
    """Where a system is: no user, no query, at most 300 characters."""
    parts = urlsplit(app.url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/").lower()[:300]


async def outages(store: Store) -> list[Outage]:
    """Every system that is down or was, by name."""
    query = sa.select(tables.outages).order_by(_o.system, _o.address)
    rows = await store.read(lambda connection: connection.execute(query).mappings().all())
    return [_read(row) for row in rows]


async def down_now(store: Store) -> list[Outage]:
    """Systems that are down. What no worker has asked for an hour is nobody's concern any more: its bot is gone, or no
    worker runs; the next that does asks at once."""
    return [one for one in await outages(store) if one.ended is None and one.until > time.time() - _FORGOTTEN]


async def ask_soon(store: Store, system: str) -> bool:
    """Have a system that is down asked at once; False if it is not down."""
    now = sa.update(tables.outages).where(_o.system == system, _o.ended.is_(None))
    return await store.write(lambda connection: connection.execute(now.values(until=clock(connection))).rowcount > 0)


def _read(row: sa.RowMapping) -> Outage:
    return Outage(row["system"], row["address"], row["code"], row["since"], row["until"], row["asked"], row["ended"])


class Downtime:
    """One worker's part in it. `who` is its name."""

    def __init__(self, store: Store, who: str) -> None:
        self._store, self._who = store, who
        self._known: dict[tuple[str, str], Asked] = {}
        self._keeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to ask, in turn with other workers, the systems that are down."""
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Ask no more; others do."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None

    def know(self, systems: Iterable[Asked]) -> None:
        """Systems that this worker can ask."""
        self._known |= {one.key: one for one in systems}

    async def of(self, systems: Iterable[Asked]) -> list[Outage]:
        """Which of these are down, or were."""
        keys = {one.key for one in systems}
        return [one for one in await outages(self._store) if (one.system, one.address) in keys]

    async def suspect(self, systems: Sequence[Asked]) -> list[Outage]:
        """Something failed that works on these: which of them are down? Those that do not answer are written down."""
        self.know(systems)
        if known := [one for one in await self.of(systems) if one.ended is None]:
            return known
        codes = await asyncio.gather(*(self._no_answer(one) for one in systems))
        for one, code in zip(systems, codes, strict=True):
            if code:
                await self._down(one, code)
        return [one for one in await self.of(systems) if one.ended is None]

    async def _no_answer(self, one: Asked) -> str:
        """Why it does not answer, asked a few times; empty as soon as it does."""
        code = ""
        for number in range(ASKED):
            if number:
                await asyncio.sleep(APART)
            if not (code := await self._ask(one)):
                break
        return code

    async def _ask(self, one: Asked) -> str:
        """One question. Whoever cannot ask (no browser, another kind of driver) says that it answers: then items are
        tried, and fail or not, as if there were no such questions."""
        if not isinstance(one.driver, Asks):
            return ""
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                return (await one.driver.ask(one.app, one.screens, one.probe))[:64]
        except TimeoutError:
            return "no answer in time"
        except Exception as failure:
            log.warning("%s could not be asked whether it answers (%s)", one.name, type(failure).__name__)
            return ""

    # ---- what is written down ----

    async def _down(self, one: Asked, code: str) -> None:
        system, address = one.key
        row = {
            "system": system, "address": address, "code": code, "since": 0.0, "until": 0.0, "asked": 0, "by": "",
            "by_until": 0.0, "ended": 0.0,
        }  # fmt: skip

        def work(connection: sa.Connection) -> bool:
            connection.execute(insert_once(self._store.durable, tables.outages, row))
            found = (
                connection.execute(sa.select(tables.outages).where(*_is(one.key)).with_for_update()).mappings().one()
            )
            now = clock(connection)
            if found["ended"] is None:
                return False
            asked = found["asked"] if now - found["ended"] < _SOON else 0
            values = {"code": code, "since": now, "until": now + wait(asked), "asked": asked + 1, "ended": None}
            connection.execute(sa.update(tables.outages).where(*_is(one.key)).values(by="", by_until=0.0, **values))
            return True

        if await self._store.write(work):
            log.warning("%s does not answer (%s); its items wait", system, code)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.look()
            except Exception as failure:
                log.warning("asking systems that are down failed (%s)", type(failure).__name__)

    async def look(self) -> None:
        """Ask what is due, unless another worker does."""

        def due(connection: sa.Connection) -> list[tuple[str, str]]:
            query = sa.select(_o.system, _o.address).where(_o.ended.is_(None), _due(clock(connection)))
            return [(str(row[0]), str(row[1])) for row in connection.execute(query)]

        mine = [self._known[key] for key in await self._store.read(due) if key in self._known]
        await asyncio.gather(*(self._probe(one) for one in mine))

    async def _probe(self, one: Asked) -> None:
        if not await self._store.write(lambda connection: self._claim(connection, one)):
            return
        code = await self._ask(one)
        if await self._store.write(lambda connection: self._answered(connection, one, code)) and not code:
            log.warning("%s answers again; its items go on", one.name)

    def _claim(self, connection: sa.Connection, one: Asked) -> bool:
        """One worker asks at a time; one that died while it asked keeps nobody from it for long."""
        now = clock(connection)
        free = sa.or_(_o.by == "", has_come(_o.by_until, now, _ASK_LASTS))
        due = (*_is(one.key), _o.ended.is_(None), _due(now), free)
        taken = sa.update(tables.outages).where(*due).values(by=self._who, by_until=now + _ASK_LASTS)
        return connection.execute(taken).rowcount == 1

    def _answered(self, connection: sa.Connection, one: Asked, code: str) -> bool:
        """What came of it, unless it took so long that another has asked meanwhile."""
        now, mine = clock(connection), (*_is(one.key), _o.by == self._who, _o.ended.is_(None))
        change = sa.update(tables.outages).where(*mine)
        if not code:
            return connection.execute(change.values(by="", ended=now)).rowcount == 1
        asked = connection.execute(sa.select(_o.asked).where(*mine)).scalar()
        if asked is None:
            return False
        connection.execute(change.values(by="", code=code, until=now + wait(asked), asked=asked + 1))
        return True


def _is(key: tuple[str, str]) -> tuple[sa.ColumnElement[bool], ...]:
    return _o.system == key[0], _o.address == key[1]


def _due(now: float) -> sa.ColumnElement[bool]:
    return has_come(_o.until, now, LONGEST_WAIT)


def wait(asked: int) -> float:
    """Seconds until the next question, after so many."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(asked, 10)) * random.uniform(0.75, 1.25)  # noqa: S311 - spreads waiting times, guards nothing
