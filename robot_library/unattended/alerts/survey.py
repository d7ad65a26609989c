"""Looks at everything there is, from the office: the ground on which causes are looked for."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from robot_library.engine.fleet.workers import Workers
from robot_library.engine.line.door import SignIns
from robot_library.engine.line.downtime import Outage, down_now
from robot_library.engine.line.opening import Opening
from robot_library.engine.line.permission import CODE as NOT_APPROVED
from robot_library.engine.line.standing import holdings
from robot_library.engine.line.switches import ITSELF
from robot_library.engine.records.checks import Checks
from robot_library.engine.records.facts import Facts
from robot_library.model.bot import BotSpec
from robot_library.model.site import Site
from robot_library.unattended.alerts.ground import BotSeen, Ground, Stopped, WorkerSeen

if TYPE_CHECKING:
    from robot_library.unattended.office import Office

_STEP, _FAR = 900.0, 12
"""Opening hours are looked at every quarter of an hour, three hours back."""


async def survey(office: Office) -> Ground:
    """How everything stands now."""
    now, store = time.time(), office.desk.store
    facts = Facts(store)
    stopped = tuple(Stopped(one.scope, one.since, one.who == ITSELF) for one in await office.desk.switches.list())
    down = tuple(await down_now(store))
    return Ground(
        now, office.home, facts, Checks(store, office.sealer), down=down,
        workers=await workers(office), stopped=stopped, bots=tuple(await _bots(office, facts, stopped, down, now)),
        unapproved={one.bot: one.reason for one in await holdings(store) if one.code == NOT_APPROVED},
        expiring={one.credential: one.expires for one in await SignIns(store).warnings()},
    )  # fmt: skip


async def workers(office: Office) -> tuple[WorkerSeen, ...]:
    """Workers that have not left in good order."""
    return tuple(WorkerSeen(one.name, one.seen) for one in await Workers(office.desk.store).all() if one.ended is None)


async def _bots(
    office: Office, facts: Facts, stopped: Iterable[Stopped], down: Iterable[Outage], now: float
) -> list[BotSeen]:
    """Enabled bots with triggers: those without work only when somebody gives them some."""
    scopes, silent = {one.scope for one in stopped}, {one.system for one in down}
    moved, fired = await facts.moved(), await facts.fired()
    found = []
    for spec, since in office.enabled():
        if spec.triggers:
            seen = max(moved.get(spec.bot, 0.0), fired.get(spec.bot, 0.0), since.timestamp())
            kept = scopes & _scopes(spec) or silent & _systems(office.site, spec)
            able = None if kept else open_since(office.site, spec, now)
            found.append(BotSeen(spec.bot, seen, None if able is None else max(able, office.began)))
    return found


def _scopes(spec: BotSpec) -> set[str]:
    """The lines that a bot stands on."""
    apps = spec.apps.values()
    credentials = {f"credential:{app.credential}" for app in apps if app.credential}
    return {"all", f"bot:{spec.bot}", *(f"system:{app.map}" for app in apps), *credentials}


def _systems(site: Site, spec: BotSpec) -> set[str]:
    """What the systems that a bot works on are called."""
    apps = spec.apps.values()
    return {found[0] if (found := site.limits(app.map, app.url)) else app.map for app in apps}


def open_since(site: Site, spec: BotSpec, now: float) -> float | None:
    """Since when all systems of a bot have been open; None if one is closed now."""
    limits = [found for app in spec.apps.values() if (found := site.limits(app.map, app.url)) is not None]
    openings = [Opening(name, limit, site.zone) for name, limit in limits]
    since: float | None = None
    for step in range(_FAR + 1):
        moment = now - step * _STEP
        if any(one.closed(moment) is not None for one in openings):
            return since
        since = moment
    return 0.0
