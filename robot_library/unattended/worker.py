"""A worker: one process that holds screens. It runs the items of the bots it was given, or of every bot that is enabled
here, until it is told to leave; then it finishes the step at hand and lets the rest go to others."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robot_library.bot import assemble, pictures
from robot_library.engine.engine import Engine
from robot_library.engine.line.switches import BotStates
from robot_library.engine.ports import Assembly, Event
from robot_library.engine.records.checks import LOAD, Checks
from robot_library.errors import AuthoringError, SetupError, WetreadError
from robot_library.lint import check_bot
from robot_library.parsing.chosen import ENVIRONMENT
from robot_library.parsing.library import Library
from robot_library.parsing.made_of import made_of
from robot_library.safeguards.audit.trail import AuditTrail
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.traces import make_spans
from robot_library.unattended.versions import Versions

if TYPE_CHECKING:
    from robot_library.interfaces import Driver

log = logging.getLogger("wetread.worker")
LOOK_EVERY = 2.0
"""Seconds between looks at which bots are enabled."""
_TIDY_EVERY = 3600.0
TRY_AGAIN = 60.0
"""Seconds before a bot that could not be loaded is tried again."""
Says = Callable[[str, Mapping[str, Any]], None]


class Worker:
    """`bots`: only these, enabled or not; none: those that people have enabled, as they come."""

    def __init__(
        self, home: Path, library: Library, key: SiteKey, executor: str, *, url: str | None = None,
        bots: Sequence[str] = (), driver: Driver | None = None, says: Says = lambda event, about: None,
    ) -> None:  # fmt: skip
        self._home, self._library, self._key, self._executor = home, library, key, executor
        self._fixed, self._says = tuple(bots), says
        self._driver = driver or _drivers(home, library, executor)
        self._sealer = SealedJson(key)
        site = library.site()
        self.engine = Engine(home, self._sealer, key.fingerprint, url=url, executor=executor, site=site)
        self.engine.store.environment = os.environ.get(ENVIRONMENT, "")
        self.engine.spans = make_spans(site.traces, executor)
        self.engine.store.trail = AuditTrail(home, key)
        self.engine.listen(self._heard)
        self.engine.roster.older = self._older
        self._versions = Versions(home)
        self._not_before: dict[str, float] = {}
        self._cannot: dict[str, str] = {}
        """Enabled bots that cannot run here, and why."""

    async def run(self, leave: asyncio.Event) -> None:
        """Work until `leave` is set, then finish the step at hand. Cancelled, it lays everything down at once.

        AuthoringError or SetupError for a bot that was asked for and cannot run; SetupError for what this machine
        lacks; in each case the items stay in the queue.
        """
        try:
            await self.engine.open()
            for bot in self._fixed:
                await self._load(bot)
            if not self._fixed:
                await self._look()
            async with self.engine:
                about = {"bots": self.engine.bots(), "cannot": sorted(self._cannot)}
                self._says("ready", {"worker": self._executor, **about})
                await self._until(leave)
                self._says("stopping", {"worker": self._executor})
                await self.engine.leave_off()
        finally:
            await self._driver.close()

    async def _until(self, leave: asyncio.Event) -> None:
        looking = asyncio.create_task(self._keep_looking())
        halted = asyncio.create_task(self.engine.going.until_halted())
        leaving = asyncio.create_task(leave.wait())
        try:
            await asyncio.wait((looking, halted, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (looking, halted, leaving):
                task.cancel()
            ended = await asyncio.gather(looking, halted, leaving, return_exceptions=True)
        for failure in ended:
            if isinstance(failure, Exception):
                raise failure

    async def _keep_looking(self) -> None:
        tidied = -_TIDY_EVERY
        while True:
            if asyncio.get_running_loop().time() - tidied > _TIDY_EVERY:
                tidied = asyncio.get_running_loop().time()
                await self._tidy()
            await asyncio.sleep(LOOK_EVERY)
            if not self._fixed:
                await self._look()

    async def _tidy(self) -> None:
        """Copies of versions that nothing needs any more are deleted, in time."""
        try:
            still = await self.engine.desk.items.versions()
            await asyncio.to_thread(self._versions.in_use, *self.engine.versions())
            await asyncio.to_thread(self._versions.forget, still)
        except Exception as failure:
            log.warning("deleting older versions failed (%s)", type(failure).__name__)

    async def _look(self) -> None:
        """Load what has been enabled since. A bot that is disabled stays loaded: its line is held."""
        now = asyncio.get_running_loop().time()
        try:
            states = await BotStates(self.engine.store, self._sealer).all()
        except Exception as failure:
            log.warning("looking which bots are enabled failed (%s)", type(failure).__name__)
            return
        for state in states:
            ready = state.enabled and state.since is not None and not self.engine.runs_bot(state.bot)
            if ready and self._not_before.get(state.bot, 0.0) <= now:
                await self._try(state.bot, now)

    async def _try(self, bot: str, now: float) -> None:
        try:
            await self._load(bot)
            self._says("loaded", {"worker": self._executor, "bot": bot})
            if self._cannot.pop(bot, None) is not None:
                await self._note(bot, "")
        except WetreadError as failure:
            self._not_before[bot] = now + TRY_AGAIN
            if self._cannot.get(bot) != str(failure):
                self._cannot[bot] = str(failure)
                log.error("bot %s cannot run here: %s", bot, failure, extra={"bot": bot})
                self._says("cannot", {"worker": self._executor, "bot": bot, "why": str(failure)})
                await self._note(bot, str(failure))

    async def _note(self, bot: str, why: str) -> None:
        """For whoever looks from elsewhere: whether a bot can run here."""
        try:
            checks = Checks(self.engine.store, self._sealer)
            await checks.add(LOAD, f"{bot}@{self._executor}", {}, int(bool(why)), why)
        except Exception as failure:
            log.warning("that a bot cannot run here could not be written down (%s)", type(failure).__name__)

    async def _load(self, bot: str) -> None:
        made = await asyncio.to_thread(self._made, bot)
        for line in made.skills.labels():
            log.info("%s", line, extra={"bot": bot})
        await self.engine.take_on(made)

    def _made(self, bot: str) -> Assembly:
        """As its files are now: what this process has read of them before, for this or another bot, may not be what was
        approved since. SetupError if they change while they are read."""
        look = self._library.anew()
        if wrong := [found for found in check_bot(look, bot) if found.severity == "error"]:
            raise AuthoringError(wrong)
        before, library = made_of(bot, look), self._library.anew()
        kept = self._versions.keep(bot, library)
        made = assemble(bot, library, self._home, self._key, driver=self._driver, kept=kept)
        if made_of(bot, library).hash != before.hash:
            raise SetupError(f"the files of bot {bot!r} changed while they were read.", cure="It is tried again.")
        return made

    async def _older(self, bot: str, version: str) -> Assembly | None:
        """For an item that has begun with it."""
        try:
            return await asyncio.to_thread(self._as_it_was, bot, version)
        except WetreadError as failure:
            log.error("an older version of bot %s cannot be loaded: %s", bot, failure, extra={"bot": bot})
            return None

    def _as_it_was(self, bot: str, version: str) -> Assembly | None:
        if (kept := self._versions.find(bot, version, self._library)) is None:
            return None
        return assemble(bot, kept, self._home, self._key, driver=self._driver, kept=kept)

    def _heard(self, event: Event) -> None:
        if event.moment == "item":
            self._says("item", {"item": event.item, "outcome": event.outcome, "code": event.code})


def _drivers(home: Path, library: Library, executor: str) -> Driver:
    """Each worker has a folder for files on their way: a start empties it, and others may be at work."""
    from robot_library.drivers.by_kind import drivers

    return drivers(pictures(library), downloads=home / "downloads" / executor, at_screen=library.site().at_screen)
