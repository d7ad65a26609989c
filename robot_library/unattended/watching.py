"""The office's duties of telling people: what is wrong becomes an alert, messages go out, life is shown outside."""

from __future__ import annotations

import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from robot_library.engine.records.alerts import Alerts, Found
from robot_library.unattended.alerts.causes import causes
from robot_library.unattended.alerts.delivery import Delivery
from robot_library.unattended.alerts.survey import survey, workers
from robot_library.unattended.vital import Vital, beat

if TYPE_CHECKING:
    from robot_library.unattended.office import Office

HERE = ("disk_low", "trouble", "backup")
"""Causes of one machine: another machine's office does not know whether they are over."""
SCHEDULE = "schedule"


class Watching:
    """Looks for causes; raises, escalates and clears alerts."""

    name = "alerts"
    every = timedelta(seconds=15)

    async def run(self, office: Office) -> None:
        """Look once."""
        alerts, rules = Alerts(office.desk.store, office.sealer), office.site.alerts
        found, looked_at = await causes(rules, await survey(office))
        everywhere = [one for one in found if one.cause not in HERE]
        here = [one for one in found if one.cause in HERE] + _troubles(office)
        host = machine()
        placed = [Found(**{**vars(one), "scope": f"{host}: {one.scope}"}) for one in here]
        await alerts.keep(everywhere, looked_at - set(HERE))
        await alerts.keep(placed, set(HERE), scope=f"{host}: ")


def _troubles(office: Office) -> list[Found]:
    """What the office itself says is wrong: a bot whose files are wrong, a trigger that cannot be opened."""
    rule = next((rule for rule in office.site.alerts.in_force() if rule.on == "trouble"), None)
    if rule is None:
        return []
    tell = office.site.alerts.tell if rule.tell is None else rule.tell
    after = rule.escalate_after or office.site.alerts.escalate_after
    return [
        Found("trouble", one.bot or "office", f"{f'{one.bot}: ' if one.bot else ''}{one.text}"[:500], key=one.name,
              tell=tell, escalate=rule.escalate, escalate_after=after.total_seconds())
        for one in office.troubles.all()
        if not rule.bots or one.bot in rule.bots
    ]  # fmt: skip


class Telling:
    """Brings messages to people."""

    name = "messages"
    every = timedelta(seconds=5)

    async def run(self, office: Office) -> None:
        """Send what is due."""
        site, alerts = office.site, Alerts(office.desk.store, office.sealer)
        await Delivery(alerts, site.alerts, site.people, office.vault.credential).run()


class Beating:
    """Gives the outside monitor its sign of life."""

    name = "heartbeat"

    def __init__(self) -> None:
        self.every = timedelta(seconds=15)
        self._next = 0.0

    async def run(self, office: Office) -> None:
        """Give it if it is time for it and everything lives."""
        how = office.site.alerts.heartbeat
        if how is None or time.monotonic() < self._next:
            return
        if await beat(how, await vital(office)):
            self._next = time.monotonic() + how.every.total_seconds() - self.every.total_seconds() / 2


async def vital(office: Office) -> Vital:
    """How this machine's office and workers are."""
    ours = {worker.name for worker in office.supervisor.workers}
    seen = [one for one in await workers(office) if one.name in ours or not ours]
    every = {duty.name: duty.every.total_seconds() for duty in office.everything} | {SCHEDULE: 2.0}
    known = {name: (done.at, every.get(name, 60.0), done.failure) for name, done in office.duties.items()}
    never = {name: (office.began, seconds, "") for name, seconds in every.items() if name not in known}
    return Vital(time.time(), {**never, **known}, seen, wanted=len(ours))


def machine() -> str:
    """This machine's name."""
    return socket.gethostname().partition(".")[0].lower()
