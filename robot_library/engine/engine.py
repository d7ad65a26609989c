"""The engine: takes work items, runs them to their end through crashes and waits, and tells how they went."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import sqlalchemy as sa

from robot_library.engine.cases import Cases
from robot_library.engine.collecting import Collected, MemoryJournal, aside_key, collected
from robot_library.engine.database.store import Store, without_database
from robot_library.engine.desk import DATABASE, ROUTINE, Desk, New
from robot_library.engine.fleet.fence import Fence, Hold, HostFence
from robot_library.engine.fleet.fleet import Fleet, machine
from robot_library.engine.fleet.lease import make_lease
from robot_library.engine.fleet.pulse import Pulse
from robot_library.engine.fleet.workers import Presence
from robot_library.engine.going import LOOK_AGAIN, Going
from robot_library.engine.line.at_screen import AtScreens
from robot_library.engine.line.entry import let_in
from robot_library.engine.line.holds import stopped
from robot_library.engine.line.line import Line, Pass
from robot_library.engine.people.pauses import PAUSED
from robot_library.engine.people.taken import Taken
from robot_library.engine.ports import Ahead, Assembly, Event, Listener
from robot_library.engine.records.items import URGENT, ItemView
from robot_library.engine.records.looker import Looker
from robot_library.engine.records.orders import NO_ROW
from robot_library.engine.records.recorder import Timeline
from robot_library.engine.roster import Roster
from robot_library.engine.run.dispatch import Dispatch
from robot_library.engine.run.spans import NoSpans, Spans
from robot_library.engine.slots import Slots
from robot_library.engine.steady import Steady
from robot_library.errors import (
    AuthoringError,
    ItemTaken,
    LineHeld,
    RunCancelled,
    SetupError,
)
from robot_library.interfaces import PersonAnswer, Sealer
from robot_library.model.site import Site
from robot_library.model.workitem import WorkItem

if TYPE_CHECKING:
    from robot_library.engine.durable import Durable, Handlers

log = logging.getLogger("wetread.engine")
AFTER_A_JUMP = 600.0
"""Seconds in which a clock that has jumped ends nothing that waits for a person: it may be set right."""


class Engine(Looker):
    """Runs the items of some bots. One in a process, one for each executor id.

    `home` holds the database (unless `url` names a PostgreSQL server) and the lock. `fingerprint` tells this
    site's key from another's. `settle` is how long, in seconds, a press that may have happened is given to show
    before its absence is believed; `go_limit` how long one go may take; `max_crashes` how often an item may
    take the process down before it is given up.
    """

    def __init__(
        self,
        home: Path,
        sealer: Sealer,
        fingerprint: str,
        *,
        url: str | None = None,
        executor: str = "worker",
        settle: float = 2.0,
        go_limit: float = 1800.0,
        max_crashes: int = 5,
        workers: int = 4,
        site: Site | None = None,
    ) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(Store(url or f"sqlite:///{home / DATABASE}"), sealer, fingerprint)
        self.home, self.settle, self.go_limit, self._executor = home, settle, go_limit, executor
        self._max_crashes, self._workers = max_crashes, workers
        self._lease = make_lease(self.store.durable, home, executor)
        self._holder = f"{machine(home)}|{executor}"
        self.going = Going(self._lease)
        """Whether this worker goes on."""
        self._fleet = Fleet(
            self.store, self._lease, executor, hand_out=self._hand_out, begun=lambda: self.durable.begun_by(),
            lost=self.going.lost,
        )  # fmt: skip
        self.spans: Spans = NoSpans()
        """Where the time of goes and steps is told to."""
        self.ahead: Ahead | None = None
        """Whoever goes through the workflows step by step."""
        self.line = Line(self.store, sealer, site or Site(), executor, self._leave, home=home)
        """What may run now."""
        self.desk = Desk(home, sealer, fingerprint, store=self.store)
        """The same door that others use; this engine's own items go through it too."""
        self.taken = Taken(self.store)
        self.at_screens = AtScreens(self.desk.switches, self.bots)
        self._presence, self._pulse = Presence(self.store, executor), Pulse(self.store, executor)
        self._cases, self._slots = Cases(self, self._items), Slots(self)
        self.roster = Roster()
        self._listeners: list[Listener] = [self._pulse.hear]
        self._durable: Durable | None = None
        self._clock: asyncio.Task[None] | None = None
        self.steady = Steady()
        """Whether the clock is believed by which what waits for a person ends."""

    # ---- life ----

    def add_bot(self, assembly: Assembly) -> None:
        """A bot whose items this engine runs. Before start. Given anew, it is for the items that have not begun; those
        that have go on with the version before."""
        self.roster.add(assembly)
        self.at_screens.attend(assembly.driver)

    def exchange(self, assembly: Assembly) -> None:
        """A bot as its author has changed it, for the items that have begun as well. Whoever calls has made sure that
        what these items have done is the same in both."""
        self.roster.exchange(assembly)
        self.at_screens.attend(assembly.driver)

    async def began_with(self, view: ItemView) -> Assembly | None:
        """The version an item is to go on with: the one it began with. None if that is not to be had here any more."""
        return await self.roster.began_with(view)

    async def take_on(self, assembly: Assembly) -> None:
        """Run this bot's items from now on; before the start or after it."""
        if self._durable is not None:
            await self.line.add(assembly)  # before its first item: what it is made of is written down for a recall
        self.add_bot(assembly)
        if self._durable is not None:
            await self._durable.listen(assembly.bot.bot)
            await self._take_up(assembly.bot.bot)

    def bots(self) -> list[str]:
        """The bots whose items this engine runs."""
        return sorted(self.roster.now)

    def versions(self) -> list[str]:
        """Fingerprints of what is loaded."""
        return [one.version for one in self.roster.every()]

    def listen(self, listener: Listener) -> None:
        """Have every event told."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Open the database and take up whatever was left unfinished. SetupError if another one is at work."""
        from robot_library.engine.durable import Durable

        await asyncio.to_thread(self._lease.take)
        self.going.begin()
        try:
            await self.open()
            await self.line.stays_production()
            self._durable = Durable(
                self.store.durable, self.sealer, self._executor, max_crashes=self._max_crashes, workers=self._workers
            )
            await self.line.start()
            for assembly in self.roster.now.values():
                await self.line.add(assembly)
            await self.taken.start()
            self.at_screens.start()
            await self._presence.start()  # first: whose name nobody knows, nobody takes over from
            await self._durable.start(self._handlers(), list(self.roster.now))
            await self._pulse.start()
            await self._fleet.start()
            await self._take_up(*self.roster.now)
            self._clock = asyncio.create_task(self._keep_time())
            self.store.lost, self.store.full = self.going.server_gone, self.going.disk_full
        except BaseException:
            await self.stop()
            raise

    async def leave_off(self, *, finish_items: bool = False, seconds: float = 60.0) -> None:
        """Begin nothing more, and let what is at work come to its next step boundary, or to its end with
        `finish_items`; at most so many seconds. Then stop."""
        await self.going.leave_off(finish_items=finish_items, seconds=seconds)
        await self.stop()

    async def stop(self) -> None:
        """Leave everything resumable: running goes are cut short, nothing of them is lost."""
        self.going.end()
        self.store.lost = self.store.full = None
        await self._fleet.stop()
        await asyncio.gather(*self.going.cut_short(), return_exceptions=True)
        if self._clock is not None:
            self._clock.cancel()
            await asyncio.gather(self._clock, return_exceptions=True)
            self._clock = None
        for part in (self.at_screens, self._cases.words, self.line, self.taken, self._pulse, self._presence):
            await without_database(part.stop())
        if self._durable is not None:
            durable, self._durable = self._durable, None
            await without_database(durable.stop())
        await self.roster.close()
        await self.desk.close()
        self.store.close()
        await asyncio.to_thread(self._lease.release)
        await asyncio.to_thread(self.spans.close)

    @contextlib.contextmanager
    def at_work(self, item: str) -> Iterator[None]:
        """A go is at work (Going.at_work); everybody is told when it no longer is."""
        with self.going.at_work():
            try:
                yield
            finally:
                self.tell(Event(item, "gone"))

    def heed(self, item: str, generation: int) -> None:
        """At a step boundary: RunCancelled where this engine leaves off or has lost its lease, ItemTaken where a person
        took the item, LineHeld where they have paused it."""
        self.going.check_step()
        if (item, generation) in self.taken:
            raise ItemTaken("a person took this item out of the bot's hands; it stopped before its next step.")
        if (item, generation) in self.taken.paused:
            raise LineHeld(PAUSED, "a person has paused this item", scope=f"item:{item}")

    async def __aenter__(self) -> Engine:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if isinstance(value, RunCancelled) and self.going.failure is not None:
            raise self.going.failure from None

    async def _take_up(self, *bots: str) -> None:
        """Items without a case, as an older version may have left them, get one; those whose case ended are dead."""
        for bot, life, had in await self.durable.orphans(bots):
            if had:
                await self._cases.give_up(life.item, "EngineFailure", "the engine gave this item up.")
            else:
                await self.desk.begin(bot, life)
        await self._slots.lost(bots)

    async def _keep_time(self) -> None:
        """End what has waited for a person for as long as it may."""
        while True:
            try:
                if self.steady.believed(AFTER_A_JUMP):
                    await self._cases.expire(self.bots())
            except Exception as failure:
                log.warning("looking for unanswered items failed (%s)", type(failure).__name__)
            await asyncio.sleep(LOOK_AGAIN)

    def _handlers(self) -> Handlers:
        from robot_library.engine.durable import Handlers

        track = self.going.tracked
        return Handlers(
            track(self._cases.case), track(self._cases.go), track(self._slots.slot), track(self._slots.collect)
        )

    def _hand_out(self, executor: str) -> int:
        if taken := self.durable.hand_out(executor):
            self.line.admission.drop_credentials(executor)
        return taken

    def fence(self, hold: Hold) -> Fence:
        """What a go of this worker asks before it acts."""
        return HostFence(self.store, self._lease, hold, self._holder)

    # ---- work ----

    async def submit(self, bot: str, payload: Mapping[str, str], key: str, *, priority: int = 10) -> WorkItem | None:
        """Take a work item; None if one with this key is known already. STAT is priority 1, routine 10."""
        workflow = self.assembly(bot).workflow
        return await self.desk.add(bot, payload, key, priority=priority, workflow=workflow.sha256)

    async def collect(self, bot: str) -> list[WorkItem]:
        """Run the bot's `collect` steps and take the items they find; returns the new ones."""
        found, workflow = await self.listed(bot), self.assembly(bot).workflow
        for row in found.aside:
            await self.desk.set_aside(bot, row.fields, aside_key(self.sealer, row), NO_ROW, row.reason)
        news = [New(payload, key, URGENT if key in found.urgent else ROUTINE) for key, payload in found.rows]
        taken = await self.desk.add_all(bot, news, workflow=workflow.sha256)
        return [(await self._items.get(item)).item for item in taken if item is not None]

    async def listed(self, bot: str) -> Collected:
        """Run the bot's `collect` steps; what the list holds now. Nothing is taken."""
        assembly = self.assembly(bot)
        collect = assembly.workflow.collect
        if collect is None:
            raise AuthoringError(f"workflow {assembly.workflow.name!r} does not say how items are collected.")
        item = WorkItem(id=f"collect.{bot}", bot=bot, payload={})
        timeline = Timeline(self.store, self.sealer, item.id)
        await timeline.clear()
        async with self.roster.credentials(assembly), self.let_in(assembly) as admitted:
            dispatch = Dispatch(
                assembly, item, MemoryJournal(), timeline, self.sealer,
                pool=self.roster.pool(assembly), listener=self.tell, settle=self.settle, admitted=admitted,
                trail=self.store.trail, behind=await self.desk.bots.behind(bot), spans=self.spans,
            )  # fmt: skip
            return await collected(dispatch, assembly.workflow, collect)

    def let_in(self, assembly: Assembly) -> contextlib.AbstractAsyncContextManager[Pass]:
        """Past the line, for what is no item's go (entry.py). LineStopped where it is held."""
        return let_in(self.line, assembly)

    async def _leave(self, seat: str) -> None:
        """Sign out where a seat is given back: system|credential."""
        system, _, credential = seat.partition("|")
        for assembly in self.roster.every():
            for number in range(assembly.seats()):
                one = assembly.seat(number)
                for role, app in one.bot.apps.items():
                    if system in self.line.names(app) and app.credential == credential:
                        await self.roster.pool(one).leave((role, credential))
                        await one.driver.leave(app, one.maps[app.map], one.credential and one.credential(credential))

    async def run_until_idle(self, progress: Listener | None = None) -> None:
        """Return when every item has ended or waits for a person. Raises what made going on impossible:
        a SetupError, or a LineStopped where every item that is left waits for a person or for opening hours."""
        if progress is not None:
            self._listeners.append(progress)
        try:
            await self._idle()
        finally:
            if progress is not None:
                self._listeners.remove(progress)

    async def _idle(self) -> None:
        while True:
            if self.going.failure is not None:
                raise self.going.failure
            try:
                if await self._nothing_left():
                    return
            except sa.exc.OperationalError as failure:
                # The database may come back; if it does not, the lease ends, and that is said above.
                log.warning("the database does not answer (%s)", type(failure).__name__)
            await self.going.news()

    async def _nothing_left(self) -> bool:
        left = [
            await self._items.count([bot], "new", "in_progress") - await self.desk.pauses.resting(bot)
            for bot in self.roster.now
        ]
        if not sum(left):
            return True
        waiting, held = await self.line.standing()
        if held is not None and waiting >= sum(min(count, self.durable.at_once) for count in left):
            raise stopped(held)
        return False

    async def answer(self, item: str, answer: PersonAnswer) -> bool:
        """Hand a person's answer to a waiting item (Desk.answer)."""
        return await self.desk.answer(item, answer)

    async def send_back(self, item: str, who: str) -> None:
        """Put an ended item into the queue again (Desk.send_back)."""
        await self.desk.send_back(item, who)

    def _workflow_of(self, bot: str) -> str:
        known = self.roster.now.get(bot)
        return known.workflow.name if known else ""

    # ---- for the cases ----

    @property
    def durable(self) -> Durable:
        """DBOS; SetupError if the engine is not started."""
        if self._durable is None:
            raise SetupError("the engine is not started.")
        return self._durable

    def assembly(self, bot: str) -> Assembly:
        """A bot by name; SetupError if this engine does not run it."""
        return self.roster.get(bot)

    def runs_bot(self, bot: str) -> bool:
        """Whether this engine runs this bot's items; those of others stay in the queue."""
        return bot in self.roster.now

    def partition(self, assembly: Assembly) -> str:
        """What goes of this bot take turns on, as a keyed hash."""
        return self.sealer.mac(f"partition|{self.roster.turn(assembly)}")[:16]

    def tell(self, event: Event) -> None:
        """Pass an event on; a listener that fails changes nothing for the item."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception as failure:
                log.warning("a progress listener failed (%s)", type(failure).__name__)
        if event.moment == "item":
            self.going.tell()
