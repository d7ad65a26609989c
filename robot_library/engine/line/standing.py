"""How the line stands, for everybody who looks: what is stopped, held, closed and disabled, and who has a seat.

Read-only and without bots; a worker need not run.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.engine.line.admission import Admission
from robot_library.engine.line.door import SignIns, Warned
from robot_library.engine.line.downtime import Outage, down_now
from robot_library.engine.line.line import SHOWN_FOR
from robot_library.engine.line.opening import Closed, Opening
from robot_library.engine.line.switches import BotState, BotStates, Switch, Switches, in_words
from robot_library.interfaces import Sealer
from robot_library.model.site import Site


@dataclass(frozen=True)
class Holding:
    """A bot whose items wait, and why; times in seconds since 1970. `line`: with which credentials it works."""

    bot: str
    line: str
    code: str
    reason: str
    scope: str
    since: float
    until: float


@dataclass(frozen=True)
class Standing:
    """Everything that keeps something from running."""

    stopped: tuple[Switch, ...]
    held: tuple[Holding, ...]
    closed: dict[str, Closed]
    """By the name in site.yaml."""
    bots: tuple[BotState, ...]
    seats: dict[str, tuple[int, int]]
    """By the name in site.yaml: sessions taken, and how many there are."""
    passwords: tuple[Warned, ...]
    down: tuple[Outage, ...]
    """Systems that do not answer."""


async def standing(store: Store, sealer: Sealer, site: Site) -> Standing:
    """How it stands now."""
    now = time.time()
    openings = {name: Opening(name, limits, site.zone).closed(now) for name, limits in site.systems.items()}
    taken = [system for system, _ in await Admission(store).seats()]
    seats = {name: (taken.count(name), one.sessions) for name, one in site.systems.items() if one.sessions is not None}
    return Standing(
        tuple(await Switches(store, sealer).list()),
        tuple(await holdings(store)),
        {name: closed for name, closed in openings.items() if closed is not None},
        tuple(await BotStates(store, sealer).all()),
        seats,
        tuple(await SignIns(store).warnings()),
        tuple(await down_now(store)),
    )


async def why_held(store: Store, bots: Iterable[str]) -> dict[str, str]:
    """Of these bots, those whose items wait now, and why; known without a worker where a switch says so."""
    said = {one.bot: one.reason for one in await holdings(store)}
    off = sa.select(tables.bot_states.c.bot).where(tables.bot_states.c.enabled == 0)

    def work(connection: sa.Connection) -> tuple[set[str], set[str]]:
        stopped = set(connection.execute(sa.select(tables.switches.c.scope)).scalars())
        return stopped, set(connection.execute(off).scalars())

    stopped, disabled = await store.read(work)
    for bot in bots:
        if scope := next((scope for scope in ("all", f"bot:{bot}") if scope in stopped), None):
            said[bot] = f"{in_words(scope)} is stopped"
        elif bot in disabled:
            said[bot] = f"bot {bot} is disabled"
    return said


async def holdings(store: Store) -> list[Holding]:
    """Bots that a worker holds, as said within the last minute."""
    h = tables.held.c
    query = sa.select(tables.held).where(h.seen > time.time() - SHOWN_FOR).order_by(h.bot, h.line)
    rows = await store.read(lambda connection: connection.execute(query).mappings().all())
    return [
        Holding(row["bot"], row["line"], row["code"], row["reason"], row["scope"], row["since"], row["until"])
        for row in rows
    ]
