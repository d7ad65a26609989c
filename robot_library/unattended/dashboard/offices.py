"""The dashboard of a running office: what it knows of its bots' files, and how it is itself."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from robot_library.engine.alerts import Alerts
from robot_library.engine.checks import Checks
from robot_library.errors import AuthoringError
from robot_library.unattended.dashboard.app import Dashboard
from robot_library.unattended.dashboard.floor import Facts, Floor, Light
from robot_library.web.doors import Doors
from robot_library.web.times import ago

if TYPE_CHECKING:
    from robot_library.engine.desk import Desk
    from robot_library.unattended.office import Office

_LITTLE, _SCARCE = 10 * 2**30, 2 * 2**30
"""Bytes left on the home's disk that are worth a look, and that are bad."""


def office_doors(office: Office) -> Doors:
    """Links and sessions of an office's home."""
    return Doors(office.home, office.key.derive("doors"))


def office_dashboard(
    office: Office, desk: Desk, doors: Doors, *, hosts: Collection[str] = (), secure: bool = False
) -> Dashboard:
    """The dashboard over an office and its desk."""
    from robot_library.imaging.pictures import shrink

    known = Known(office)
    floor = Floor(
        desk, Alerts(desk.store, office.sealer), Checks(desk.store, office.sealer),
        lambda blob: shrink(office.blobs.get(blob)), known.facts, known.lights,
    )  # fmt: skip
    return Dashboard(floor, doors, zone=office.zone, hosts=hosts, secure=secure)


class Known:
    """What an office knows. Files are read once, as the office does; runs to come are told anew each time."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._bots = [self._read(name) for name in office.library.names("bot")]

    def facts(self) -> Sequence[Facts]:
        """The bots, with their next runs if they are enabled."""
        now = datetime.now(UTC)
        runs = {run.bot: run.moment.timestamp() for run in reversed(self._office.coming(now, 1))}
        troubles = {one.bot: one.text for one in self._office.troubles.all() if one.bot}
        return [
            Facts(**{**vars(bot), "next_run": runs.get(bot.name), "problem": bot.problem or troubles.get(bot.name, "")})
            for bot in self._bots
        ]

    def _read(self, name: str) -> Facts:
        try:
            spec = self._office.library.bot(name)
        except AuthoringError:
            return Facts(name, problem="its file is wrong: wetread check")
        apps = spec.apps.values()
        return Facts(
            name, spec.about, spec.mode, tuple(trigger.in_words for trigger in spec.triggers), None,
            tuple(sorted({app.map for app in apps})),
            tuple(sorted({name for app in apps for name in app.credentials()})),
        )  # fmt: skip

    async def lights(self) -> Sequence[Light]:
        """The office itself, what troubles it, its duties, its disk, its database."""
        office, began = self._office, time.perf_counter()
        await office.desk.switches.scopes()
        took = (time.perf_counter() - began) * 1000
        found = [
            Light("Office", "ok", f"at work for {ago(office.began)}"),
            Light("Database", "ok" if took < 1000 else "warn", f"answered in {took:.0f} ms"),
            self._disk(),
        ]
        found += [Light("Trouble", "bad", one.text) for one in office.troubles.all() if not one.bot]
        for name, done in sorted(office.duties.items()):
            text = f"failed {ago(done.at)} ago: {done.failure}" if done.failure else f"done {ago(done.at)} ago"
            found.append(Light(name.replace("_", " ").capitalize(), "warn" if done.failure else "ok", text))
        return found

    def _disk(self) -> Light:
        free = shutil.disk_usage(self._office.home).free
        state = "bad" if free < _SCARCE else "warn" if free < _LITTLE else "ok"
        return Light("Disk", state, f"{free / 2**30:.1f} GB free")  # type: ignore[arg-type]
