"""The dashboard of a running office: what it knows of its bots' files, and how it is itself."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from robot_library.bot import with_addresses
from robot_library.engine.database.unproven import unproven
from robot_library.engine.line.standing import Standing, standing
from robot_library.engine.records.alerts import Alerts
from robot_library.engine.records.checks import Checks
from robot_library.errors import AuthoringError, SetupError
from robot_library.incidents.making import Place, made
from robot_library.lint.going_live import made_here
from robot_library.parsing.made_of import made_of
from robot_library.people.book import Book
from robot_library.people.provider.again import Again
from robot_library.people.provider.talks import Provider, provider_of
from robot_library.people.provider.way import Elsewhere as WayIn
from robot_library.people.proving import proven
from robot_library.unattended.dashboard.app import SYSTEM, Dashboard
from robot_library.unattended.dashboard.floor import Facts, Floor, GoingLive, Light, People
from robot_library.web.doors import Doors
from robot_library.web.times import Clock, ago

if TYPE_CHECKING:
    from robot_library.engine.desk import Desk
    from robot_library.unattended.office import Office

log = logging.getLogger("wetread.web")
_LITTLE, _SCARCE = 10 * 2**30, 2 * 2**30
"""Bytes left on the home's disk that are worth a look, and that are bad."""


def office_dashboard(
    office: Office, desk: Desk, doors: Doors, *, hosts: Collection[str] = (), secure: bool = False
) -> Dashboard:
    """The dashboard over an office and its desk, for the people of its home."""
    from robot_library.imaging.pictures import shrink

    known, trail = Known(office, desk), desk.store.trail
    book, provider = Book(office.home, office.sealer), _oidc(office)
    way_in = WayIn(provider, book, office.sealer, trail, system=SYSTEM) if provider else None
    floor = Floor(
        desk, Alerts(desk.store, office.sealer), Checks(desk.store, office.sealer),
        lambda blob: shrink(office.blobs.get(blob)), known.facts, known.lights, tuple(sorted(office.site.systems)),
        lambda one, who: made(desk, Place(office.home, office.key), one, who, "masked"),
        GoingLive(
            lambda bot: made_here(bot, office.library),
            lambda name, password, code, roles: proven(book, name, password, lambda: code, roles, trail),
            office.site.environment == "production", Again(provider, book, trail) if provider else None,
        ),
    )  # fmt: skip
    return Dashboard(floor, doors, People(book, way_in), zone=office.zone, hosts=hosts, secure=secure)


def _oidc(office: Office) -> Provider | None:
    """The hospital's own sign-in, where site.yaml names one that can be used here. Without it bots go on."""
    try:
        return provider_of(office.site.sign_in.oidc)
    except SetupError as no:
        log.warning("people of the hospital's own sign-in cannot come in or decide here: %s", no)
        return None


class Known:
    """What an office knows. Files are read once, as the office does; runs to come are told anew each time."""

    def __init__(self, office: Office, desk: Desk) -> None:
        self._office, self._desk = office, desk
        self._bots = [self._read(name) for name in office.library.names("bot")]

    def facts(self) -> Sequence[Facts]:
        """The bots, with their next runs if they are enabled."""
        now = datetime.now(UTC)
        runs = {run.bot: run.moment.timestamp() for run in reversed(self._office.coming(now, 1))}
        troubles: dict[str, list[str]] = {}
        for one in self._office.troubles.all():
            troubles.setdefault(one.bot, []).append(one.text)
        return [
            replace(
                bot, next_run=runs.get(bot.name), problem=" ".join([bot.problem, *troubles.get(bot.name, ())]).strip()
            )
            for bot in self._bots
        ]

    def _read(self, name: str) -> Facts:
        try:
            spec = self._office.library.bot(name)
        except AuthoringError:
            return Facts(name, problem="its file is wrong: wetread check")
        try:
            with_addresses(spec, os.environ)
            problem = ""
        except SetupError as failure:
            problem = str(failure)
        apps = spec.apps.values()
        return Facts(
            name, spec.about, spec.mode, tuple(trigger.in_words for trigger in spec.triggers), None,
            tuple(sorted({app.map for app in apps})),
            tuple(sorted({name for app in apps for name in app.credentials()})), problem,
            partial(made_of, name, self._office.library),
        )  # fmt: skip

    async def lights(self) -> Sequence[Light]:
        """The office itself, its database and disk, what troubles it, its duties; systems and passwords."""
        office, began = self._office, time.perf_counter()
        line = await standing(self._desk.store, office.sealer, office.site)
        took = (time.perf_counter() - began) * 1000
        found = [
            Light("Office", "ok", f"at work for {ago(office.began)}"),
            Light("Database", "ok" if took < 1000 else "warn", f"answered in {took:.0f} ms"),
            self._disk(),
        ]
        if unproven(self._desk.store.url):
            found.append(Light("Line to the database", "warn", "nothing proves that the server is the one meant"))
        found += [Light("Trouble", "bad", one.text) for one in office.troubles.all() if not one.bot]
        for name, done in sorted(office.duties.items()):
            text = f"failed {ago(done.at)} ago: {done.failure}" if done.failure else f"done {ago(done.at)} ago"
            found.append(Light(name.replace("_", " ").capitalize(), "warn" if done.failure else "ok", text))
        return found + self._systems(line)

    def _systems(self, line: Standing) -> list[Light]:
        """Systems that do not answer, are closed or have few sessions, passwords that expire."""
        clock = Clock(self._office.zone)
        found = [
            Light(
                one.system, "bad",
                f"does not answer ({one.code}) since {clock.short(one.since)}; asked again {clock.short(one.until)}",
            )
            for one in line.down
        ]  # fmt: skip
        found += [
            Light(name, "ok", f"closed until {clock.short(one.until)}: {one.reason}")
            for name, one in line.closed.items()
        ]
        for name, (taken, of) in sorted(line.seats.items()):
            found.append(Light(name, "ok", f"{taken} of {of} sessions are taken"))
        for one in line.passwords:
            found.append(Light(f"Password of {one.credential}", "warn", f"expires {clock.short(one.expires)}"))
        return found

    def _disk(self) -> Light:
        free = shutil.disk_usage(self._office.home).free
        state = "bad" if free < _SCARCE else "warn" if free < _LITTLE else "ok"
        return Light("Disk", state, f"{free / 2**30:.1f} GB free")  # type: ignore[arg-type]
