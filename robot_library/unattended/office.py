"""The office of one machine: schedule, triggers, worker processes, duties and the door for people and programs.

It opens no screens and types nothing; what it decides stands in the database, so that another office may decide the
same at the same moment and it happens once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from robot_library.errors import AuthoringError, WetreadError
from robot_library.model.bot import BotSpec
from robot_library.model.site import Site
from robot_library.parsing.library import Library
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from robot_library.safeguards.vault import Vault
from robot_library.unattended.clockwork import Clockwork
from robot_library.unattended.duties import Duty, on_duty
from robot_library.unattended.intake import Intake
from robot_library.unattended.notify import keep_alive, notify
from robot_library.unattended.schedule import Clock, Coming, Schedule, coming, utc_now
from robot_library.unattended.supervisor import Supervisor, Worker
from robot_library.unattended.troubles import Troubles
from robot_library.unattended.watchers import Watcher, watcher

if TYPE_CHECKING:
    from robot_library.unattended.hooks import OpenHook
    from robot_library.unattended.ports import Desk

log = logging.getLogger("wetread.office")
STOP = "office.stop"
ADDRESS = "office.address"
"""In the home: where the office that serves it is reached, or was when it last did."""
"""A file in the home that asks its office to stop: the one way that is the same on every system."""
LOOK_EVERY = 2.0
"""Seconds between looks at which bots are enabled."""
SETTLED = 60.0
"""Seconds after which a worker that was started again counts as well."""
OPEN_AGAIN = 30.0
"""Seconds before a trigger that could not be opened is tried again."""


@dataclass(frozen=True)
class Done:
    """When a duty was done last (seconds since 1970), and what kept it from being done, if anything did."""

    at: float
    failure: str


@dataclass
class Enabled:
    """A bot that is enabled here and can run."""

    spec: BotSpec
    at: float
    """Since when, as the database has it (seconds since 1970)."""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    hooks: list[str] = field(default_factory=list)

    @property
    def since(self) -> datetime:
        """Since when."""
        return datetime.fromtimestamp(self.at, UTC)


class Office:
    """What runs on one machine. One for each home.

    `desk` is open; `supervisor` may have no workers. `everything` are the duties.
    """

    def __init__(
        self, home: Path, library: Library, desk: Desk, key: SiteKey, supervisor: Supervisor, *,
        everything: Sequence[Duty] = (), vault: Vault | None = None, clock: Clock = utc_now,
    ) -> None:  # fmt: skip
        self.home, self.library, self.desk, self.key = home, library, desk, key
        self.vault, self.clock, self.supervisor = vault or Vault(), clock, supervisor
        self.sealer, self.blobs = SealedJson(key), FileBlobs(home / "blobs", key)
        self.site: Site = library.site()
        self.zone = self.site.zone
        self.hooks: dict[str, OpenHook] = {}
        self.troubles = Troubles()
        self.duties: dict[str, Done] = {}
        self.began = time.time()
        self.everything = everything
        self._schedule = Schedule(desk, clock, self.zone)
        self._clockwork = Clockwork(self._schedule.look, lambda now: self.next_run(now))
        self._enabled: dict[str, Enabled] = {}
        self._stopping = False
        supervisor.listen(self._worker_changed)

    # ---- life ----

    async def run(self, until: asyncio.Event, url: str = "") -> None:
        """Work until told to stop; then let every worker finish its step. Who wanted the one before to stop, and was
        cut off with it by the power, does not mean this one."""
        (self.home / STOP).unlink(missing_ok=True)
        self.supervisor.start()
        self._clockwork.start()
        notify(f"READY=1\nSTATUS=Serving at {url}")
        tasks = [
            asyncio.create_task(on_duty(self, self.everything)), asyncio.create_task(self._keep_looking(until)),
            asyncio.create_task(keep_alive()),
        ]  # fmt: skip
        waiting = asyncio.create_task(until.wait())
        try:
            await asyncio.wait((waiting, *tasks), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stopping = True
            notify("STOPPING=1")
            self._clockwork.stop()
            await _ended(waiting, *tasks)
            for bot in [*self._enabled]:
                await self._disable(bot)
            await self.supervisor.stop()
        for task in tasks:
            if not task.cancelled() and (failure := task.exception()) is not None:
                raise failure

    async def _keep_looking(self, until: asyncio.Event) -> None:
        stop = self.home / STOP
        while True:
            if stop.exists():
                stop.unlink(missing_ok=True)
                until.set()
            try:
                await self.look()
                self.troubles.over("database")
                self._workers_settled()
                self.done("schedule", "")
            except Exception as failure:
                self.done("schedule", type(failure).__name__)
                self.troubles.say("database", "", f"the database does not answer ({type(failure).__name__}).")
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Begin what was enabled, end what was disabled."""
        states = await self.desk.bots.all()
        now = {state.bot: state.since for state in states if state.enabled and state.since is not None}
        ended = [bot for bot, one in self._enabled.items() if now.get(bot) != one.at]
        for bot in ended:
            await self._disable(bot)
        begun = [bot for bot in now if bot not in self._enabled]
        for bot in begun:
            await self._enable(bot, now[bot])
        if ended or begun:
            since = {bot: one.since for bot, one in self._enabled.items()}
            self._schedule.enable([one.spec for one in self._enabled.values()], since)
            self._clockwork.change()
        await self._schedule.look()

    async def _enable(self, bot: str, at: float) -> None:
        from robot_library.lint import check_bot

        wrong = [one for one in await asyncio.to_thread(check_bot, self.library, bot) if one.severity == "error"]
        if wrong:
            self.troubles.say(f"bot:{bot}", bot, f"its files are wrong, and it does not run: {AuthoringError(wrong)}")
            return
        self.troubles.over(f"bot:{bot}")
        spec = self.library.bot(bot)
        enabled = self._enabled[bot] = Enabled(spec, at)
        for number, trigger in enumerate(spec.triggers):
            name = f"{bot}/{trigger.kind}.{number + 1}"
            if trigger.hook is not None:
                self._open_hook(enabled, number)
            else:
                made = partial(watcher, trigger, self.intake(spec), self)
                enabled.tasks.append(asyncio.create_task(self._watch(name, bot, made)))
        log.info("bot %s is enabled", bot)

    async def _disable(self, bot: str) -> None:
        enabled = self._enabled.pop(bot)
        for name in enabled.hooks:
            self.hooks.pop(name, None)
        await _ended(*enabled.tasks)
        self.troubles.over_for(bot)
        log.info("bot %s no longer runs here", bot)

    def _open_hook(self, enabled: Enabled, number: int) -> None:
        from robot_library.unattended.hooks import open_hook

        hook = enabled.spec.triggers[number].hook
        assert hook is not None
        try:
            self.hooks[hook.name] = open_hook(hook, self.intake(enabled.spec), self.vault)
            enabled.hooks.append(hook.name)
        except WetreadError as failure:
            self.troubles.say(f"hook:{hook.name}", enabled.spec.bot, str(failure))

    async def _watch(self, name: str, bot: str, made: Callable[[], Watcher | None]) -> None:
        """Look again and again. A trigger that fails, or cannot even be made, is tried again, and said once."""
        one, opened = None, False
        try:
            while True:
                try:
                    if one is None and (one := made()) is None:
                        return
                    if not opened:
                        await one.open()
                        opened = True
                    await one.look()
                    self.troubles.over(name)
                except WetreadError as failure:
                    self.troubles.say(name, bot, str(failure))
                except Exception as failure:
                    self.troubles.say(name, bot, f"the trigger failed ({type(failure).__name__}).")
                await asyncio.sleep(one.every if one is not None and opened else OPEN_AGAIN)
        finally:
            if one is not None:
                await one.close()

    # ---- what there is ----

    def intake(self, spec: BotSpec) -> Intake:
        """The way in for a bot's items."""
        workflow = self.library.workflow(spec.workflow)
        return Intake(self.desk, spec, workflow, self.home, self.blobs, self.sealer, self._told)

    def enabled(self) -> list[tuple[BotSpec, datetime]]:
        """The bots that are enabled here and can run, with since when."""
        return [(one.spec, one.since) for one in self._enabled.values()]

    def enabled_since(self, bot: str) -> datetime:
        """Since when a bot has been enabled without a break."""
        return self._enabled[bot].since

    def next_run(self, after: datetime) -> datetime | None:
        """When the schedule has to look again."""
        found = [run.moment for run in self.coming(after, 1)]
        return min(found, default=None)

    def coming(self, after: datetime, count: int) -> list[Coming]:
        """The next runs by the clock of each enabled bot."""
        return [run for one in self._enabled.values() for run in coming(one.spec, after, count, self.zone)]

    def done(self, duty: str, failure: str) -> None:
        """A duty was done, or what kept it from being done."""
        self.duties[duty] = Done(time.time(), failure)

    def _worker_changed(self, worker: Worker) -> None:
        """A worker process stands differently."""
        if worker.standing == "failing":
            self.troubles.say(worker.name, "", f"{worker.name} ends again and again, last with {worker.code}.")

    def _workers_settled(self) -> None:
        """A worker that has run for a while is no trouble any more."""
        for worker in self.supervisor.workers:
            if worker.standing == "running" and time.time() - worker.since > SETTLED:
                self.troubles.over(worker.name)

    def _told(self, bot: str, what: str) -> None:
        """Something came that was not taken: said, and it stays said for a day."""
        self.troubles.say(f"{bot}:{what}", bot, what, lasts=timedelta(days=1))

    def state(self) -> Mapping[str, object]:
        """How it stands, for pages and programs; no patient's value."""
        ours = [one for one in self.troubles.all() if not one.bot]
        running = [worker for worker in self.supervisor.workers if worker.standing == "running"]
        return {
            "state": "stopping" if self._stopping else "running", "since": round(self.began, 3),
            "bots": sorted(self._enabled), "workers": [worker.state() for worker in self.supervisor.workers],
            "ok": not self._stopping and len(running) == len(self.supervisor.workers) and not ours,
            "troubles": [vars(one) for one in self.troubles.all()],
            "duties": {name: vars(done) for name, done in self.duties.items()},
            "next": min((run.slot for run in self.coming(self.clock(), 1)), default=None),
        }  # fmt: skip


async def _ended(*tasks: asyncio.Task[object] | asyncio.Task[None] | asyncio.Task[bool]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
