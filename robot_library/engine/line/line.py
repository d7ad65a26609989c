"""What may run now. Before every go: is the bot enabled, is no line it needs stopped, are its systems open, is their
pace kept, is a session free? Before every write and commit: is the line still not stopped?

A go that may not run is held: it fails nothing, holds no session, and is asked again when it may be over.
"""

from __future__ import annotations

import dataclasses
import logging
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once
from robot_library.engine.line.admission import Admission, PaceNeed, Refused, SeatNeed
from robot_library.engine.line.catching_up import SYSTEM_DOWN, away, paces, refuse_out_of_date
from robot_library.engine.line.door import CredentialDoor, SignIns
from robot_library.engine.line.downtime import Asked, Downtime
from robot_library.engine.line.opening import Opening
from robot_library.engine.line.permission import CODE as NOT_APPROVED
from robot_library.engine.line.permission import Permits, for_good
from robot_library.engine.line.seats import Leave, Seats
from robot_library.engine.line.streaks import Streaks
from robot_library.engine.line.switches import ITSELF, BotStates, Stage, Switches, in_words, stricter
from robot_library.engine.line.turnstile import Turnstile
from robot_library.engine.people.approvals import Approvals
from robot_library.engine.ports import Assembly, Visitor
from robot_library.engine.records.impact import write_down
from robot_library.engine.records.shadow import release
from robot_library.errors import LineHeld
from robot_library.interfaces import Credential, Sealer
from robot_library.model.alerting import on_this_machine
from robot_library.model.bot import App
from robot_library.model.clock import zone
from robot_library.model.site import Site
from robot_library.model.systems import SystemLimits

log = logging.getLogger("wetread.engine")
IN_USE = "InUse"
"""Code of a hold: another worker works with a credential at this moment."""
_ASK_AGAIN = {
    IN_USE: 0.5,
    NOT_APPROVED: 2.0,
    "Stopped": 0.0,
    "Disabled": 0.0,
    "Draft": 10.0,
    "NoSeat": 2.0,
    "DiskLow": 5.0,
}
_FOR_A_PERSON = (NOT_APPROVED, "Stopped", "Disabled", "Draft", "Closed", "DiskLow")
_LONG = 120.0
_LAST_OF_DISK = 0.1
"""What is begun goes on down to this share of what is kept free."""
_SHOWN_EVERY = 10.0
SHOWN_FOR = 60.0
"""A hold that no worker has spoken of for so long is no hold any more."""


async def _always() -> None:
    """The line of tests that have none."""


@dataclass(frozen=True)
class Pass:
    """What a go was let in with: its stage, what is asked before each write, and the doors of its credentials."""

    stage: Stage = "live"
    permit: Callable[[], Awaitable[None]] = _always
    credential: Callable[[str, Credential], Credential] = lambda _name, found: found


class Line:
    """One worker's view of what may run. `leave` closes this worker's sessions of a seat (seats.py)."""

    def __init__(
        self, store: Store, sealer: Sealer, site: Site, worker: str, leave: Leave | None = None, *,
        home: Path | None = None,
    ) -> None:  # fmt: skip
        self._home = home
        self._store, self._site, self._worker, self._leave = store, site, worker, leave
        self.switches, self.states = Switches(store, sealer), BotStates(store, sealer)
        self.permits = Permits(Approvals(store, sealer), site)
        self.admission, self.sign_ins, self._streaks = Admission(store), SignIns(store), Streaks(store)
        self.turnstile, self.downtime = Turnstile(self._still_held), Downtime(store, worker)
        self._known: dict[str, Visitor] = {}
        self.seats = Seats(self.admission, worker, leave)
        self._shown: dict[str, float] = {}

    # ---- life ----

    async def stays_production(self) -> None:
        """SetupError where this was production, and is none any more."""
        await self._store.write(partial(for_good, production=self._site.environment == "production"))

    async def start(self) -> None:
        """Give back what a dead life of this worker held, and begin to keep what this one takes."""
        await self.seats.start()
        self.downtime.start()

    async def add(self, assembly: Visitor) -> None:
        """A bot of this worker: what its shadow has seen makes way as soon as it is one no more."""
        self.downtime.know(self._systems(assembly))
        if isinstance(assembly, Assembly):
            await self._store.write(partial(write_down, assembly))
        if await self.stage(assembly) != "shadow":
            await self._store.write(partial(release, bot=assembly.bot.bot))

    async def stop(self) -> None:
        """Give everything back."""
        await self.downtime.stop()
        await self.turnstile.stop()
        await self.seats.stop()

    # ---- may it? ----

    async def permit(self, assembly: Visitor, stage: Stage = "draft") -> None:
        """Raise LineHeld if a line this bot needs is stopped, the approval of its `stage` has ended, a seat it sits on
        is lost, or the disk is nearly full. Asked before each write."""
        held = await self._stopped(assembly) or await self.permits.held(assembly, stage)
        if held := held or self._full(_LAST_OF_DISK):
            raise held
        if lost := self.seats.lost(self._holds(assembly)):
            name = lost.credential
            what, scope = (f"credential {name}", lost.system) if name else (lost.system, f"system:{lost.system}")
            raise LineHeld("NoSeat", f"the session of {what} has passed to another worker", scope=scope)

    async def admit(self, assembly: Visitor, unit: str | None, taken: float | None = None) -> Pass:
        """Let one go in, or raise LineHeld. `unit` tells items apart: each is counted once against a pace; None for
        what is no item. The stage is the stricter one of the bot's file and of what people have decided. OutOfDate for
        an item that was `taken` (seconds since 1970) too long ago, after a system was down."""
        self._known[line_of(assembly)] = assembly
        stage = await self.stage(assembly)
        held = await self._stopped(assembly) or await self.permits.held(assembly) or _too_far(assembly, stage)
        if held := held or self._closed(assembly) or self._full():
            raise held
        outages, limits, now = await self.downtime.of(self._systems(assembly)), self._site.systems, time.time()
        if held := away(outages):
            raise held
        if taken is not None:
            refuse_out_of_date(outages, limits, taken, now)
        needs = [] if unit is None else [*self._pace_needs(assembly, unit, stage), *paces(outages, limits, unit, now)]
        seats = self._holds(assembly)
        if (refused := await self.admission.admit(needs, seats)) is not None:
            raise self._refused(refused)
        self.seats.taken(seats)
        await self._show(assembly, None)
        return Pass(stage, partial(self.permit, assembly, stage), partial(self.credential, assembly))

    async def keeps_out(self, assembly: Visitor) -> LineHeld | None:
        """What keeps this bot out now, whatever it comes for. Nothing is taken."""
        stage = await self.stage(assembly)
        found = await self._stopped(assembly) or await self.permits.held(assembly) or _too_far(assembly, stage)
        found = found or self._closed(assembly) or self._full()
        return found or away(await self.downtime.of(self._systems(assembly)))

    async def fault(self, assembly: Visitor) -> LineHeld | None:
        """A go of this bot has failed: the hold, if one of its systems is down, and no item is at fault."""
        return away(await self.downtime.suspect(self._systems(assembly)))

    async def stage(self, assembly: Visitor) -> Stage:
        """The bot's stage now: the strictest of its file's, what people have decided, and what they have approved."""
        decided, approved = (await self.states.get(assembly.bot.bot)).stage, await self.permits.stage(assembly)
        return stricter(assembly.bot.mode, decided, approved)

    async def leave(self, assembly: Visitor) -> None:
        """A go has ended: its seats are free for the next one of this worker, for a while; its credentials for all."""
        await self.seats.left(self._holds(assembly))

    async def held(self, assembly: Visitor, held: LineHeld) -> None:
        """A go was held: others of its line wait until it may be over."""
        if held.code in _ASK_AGAIN and held.until <= time.time():
            held.until = time.time() + _ASK_AGAIN[held.code]
        self._known[line_of(assembly)] = assembly
        self.turnstile.hold(line_of(assembly), held)
        await self._show(assembly, held)

    async def ended(self, assembly: Visitor, item: str, go: str, code: str, where: str) -> None:
        """An item has ended. Too many in a row that ended badly and alike stop the bot's line, with the first of them
        as evidence, until a person lets it go on."""
        bot = assembly.bot
        streak = await self._streaks.note(bot.bot, item, go, code, where)
        if streak is not None and streak.count >= bot.stop_after:
            why = f"{streak.count} items in a row ended with {streak.mark}; the first is {streak.first}"
            await self.switches.stop(f"bot:{bot.bot}", ITSELF, why, code=code)

    def free_seat(self, assembly: Assembly, rank: int) -> int:
        """Which set of credentials an item of this rank works with: its own, or the next whose line is not held."""
        for number in range(rank, rank + assembly.seats()):
            if self.turnstile.held(line_of(assembly.seat(number))) is None:
                return number % assembly.seats()
        return rank % assembly.seats()

    async def turn(self, assembly: Visitor, rank: int) -> None:
        """Return when an item of this rank may try; at once where its line is not held."""
        await self.turnstile.turn(line_of(assembly), rank)

    def credential(self, assembly: Visitor, name: str, found: Credential) -> Credential:
        """A credential with its door."""
        permit = partial(self.permit, assembly)
        return dataclasses.replace(found, door=CredentialDoor(name, self._worker, self.sign_ins, self.switches, permit))

    async def standing(self) -> tuple[int, LineHeld | None]:
        """How many items wait here, and the first hold that will not be over soon by itself; asked anew."""
        lines = [(line, held, count) for line, held, count in self.turnstile.lines() if count]
        still = [await self._still_held(line, held) for line, held, _ in lines]
        long = (h for h in still if h and (h.code in _FOR_A_PERSON or h.until > time.time() + _LONG))
        return sum(count for _, _, count in lines), next(long, None)

    # ---- why not ----

    async def _stopped(self, assembly: Visitor) -> LineHeld | None:
        bot = assembly.bot.bot
        query = sa.select(tables.bot_states.c.enabled).where(tables.bot_states.c.bot == bot)

        def work(connection: sa.Connection) -> tuple[set[str], int | None]:
            stopped = set(connection.execute(sa.select(tables.switches.c.scope)).scalars())
            return stopped, connection.execute(query).scalar_one_or_none()

        stopped, enabled = await self._store.read(work)
        for scope in self.scopes(assembly):
            if scope in stopped:
                return LineHeld("Stopped", f"{in_words(scope)} is stopped", scope=scope)
        return LineHeld("Disabled", f"bot {bot} is disabled", scope=f"bot:{bot}") if enabled == 0 else None

    def _closed(self, assembly: Visitor) -> LineHeld | None:
        now = time.time()
        for name, limits, _ in self._limits(assembly):
            if closed := Opening(name, limits, self._site.zone).closed(now):
                return LineHeld("Closed", closed.reason, scope=f"system:{name}", until=closed.until)
        return None

    def _full(self, share: float = 1.0) -> LineHeld | None:
        """Where the disk of the home is nearly full, no go begins; with little of that left, nothing is typed either:
        what would have to be written down about it could be torn."""
        if self._home is None:
            return None
        free, least = shutil.disk_usage(self._home).free / 1e9, self._site.keep.free * share
        if free >= least:
            return None
        reason = f"the disk has {free:.1f} GB left, less than the {least:g} GB that are kept free"
        return LineHeld("DiskLow", reason, scope="all", until=time.time() + _ASK_AGAIN["DiskLow"])

    def _refused(self, refused: Refused) -> LineHeld:
        need = refused.need
        if isinstance(need, SeatNeed) and need.credential:
            reason = f"credential {need.credential} is in use by another worker"
            return LineHeld(IN_USE, reason, scope=need.system, until=refused.until + _ASK_AGAIN[IN_USE])
        if isinstance(need, SeatNeed):
            reason = f"every session of {need.system} is taken ({need.sessions})"
            return LineHeld("NoSeat", reason, scope=f"system:{need.system}", until=refused.until + _ASK_AGAIN["NoSeat"])
        what = need.subject.partition(":")[2]
        reason = f"{what} is worked on at its pace ({need.items} items in {_span(need.per)})"
        if need.subject.startswith("bot:"):
            reason = f"bot {what} has done its {need.items} items of today"
        return LineHeld("Slow", reason, scope=need.subject, until=refused.until)

    async def _still_held(self, line: str, held: LineHeld) -> LineHeld | None:
        """For the turnstile: what holds this line now; None if an item may try."""
        assembly = self._known[line]
        found = await self.keeps_out(assembly)
        if found is None and held.code not in (*_FOR_A_PERSON, SYSTEM_DOWN) and held.until > time.time():
            found = held
        await self._show(assembly, found)
        return found

    # ---- what a bot needs ----

    def names(self, app: App) -> set[str]:
        """Every name that a system's line may have."""
        found = self._site.limits(app.map, app.url)
        return {app.map, found[0]} if found else {app.map}

    def scopes(self, assembly: Visitor) -> list[str]:
        """Every line that a bot needs, from the widest."""
        systems = set().union(*(self.names(app) for app in assembly.bot.apps.values()))
        return [
            "all",
            f"bot:{assembly.bot.bot}",
            *(f"system:{name}" for name in sorted(systems)),
            *(f"credential:{name}" for name in assembly.credential_names()),
        ]

    def _systems(self, assembly: Visitor) -> list[Asked]:
        """The systems of a bot, each once, and how they are asked whether they answer."""
        found: dict[tuple[str, str], Asked] = {}
        for app in assembly.bot.apps.values():
            if (screens := assembly.maps.get(app.map)) is not None:
                name, limits = self._site.limits(app.map, app.url) or (app.map, SystemLimits())
                one = Asked(name, app, screens, assembly.driver, limits.probe)
                found[one.key] = one
        return list(found.values())

    def _limits(self, assembly: Visitor) -> Iterator[tuple[str, SystemLimits, App]]:
        for app in assembly.bot.apps.values():
            if found := self._site.limits(app.map, app.url):
                yield (*found, app)

    def _pace_needs(self, assembly: Visitor, unit: str, stage: Stage) -> Iterator[PaceNeed]:
        now = time.time()
        for name, limits, _ in self._limits(assembly):
            for pace in Opening(name, limits, self._site.zone).paces(now):
                yield PaceNeed(f"system:{name}", unit, pace.items, pace.per.total_seconds())
        if stage == "limited":
            here = datetime.fromtimestamp(now, zone(self._site.zone))
            begin = here.replace(hour=0, minute=0, second=0, microsecond=0)
            tomorrow = (begin + timedelta(days=1)).timestamp()
            subject = f"bot:{assembly.bot.bot}"
            yield PaceNeed(subject, unit, assembly.bot.items_a_day, now - begin.timestamp(), tomorrow)

    def _seat_needs(self, assembly: Visitor) -> Iterator[SeatNeed]:
        for name, limits, app in self._limits(assembly):
            if limits.sessions is not None:
                holder = f"{self._worker}|{app.credential or f'bot {assembly.bot.bot}'}"
                yield SeatNeed(name, holder, limits.sessions)

    def _holds(self, assembly: Visitor) -> list[SeatNeed]:
        """All that a go holds while it is at work: a seat of each system that counts them, and every credential. They
        are taken together or not at all, so nobody holds one and waits for another."""
        names = assembly.credential_names()
        return [
            *self._seat_needs(assembly),
            *(SeatNeed(f"credential:{name}", f"{self._worker}|{name}", 1) for name in names),
        ]

    # ---- what is shown ----

    async def _show(self, assembly: Visitor, held: LineHeld | None) -> None:
        """Tell everybody who looks that this line is held, or no more. Nothing hangs on whether that succeeds."""
        try:
            await self._write_down(assembly, held)
        except sa.exc.SQLAlchemyError as failure:
            log.warning("a held line could not be shown (%s)", type(failure).__name__)

    async def _write_down(self, assembly: Visitor, held: LineHeld | None) -> None:
        line = line_of(assembly)
        if held is None:
            if self._shown.pop(line, None) is None:
                return
            gone = sa.delete(tables.held).where(tables.held.c.line == line)
            await self._store.write(lambda connection: connection.execute(gone), swift=True)
        elif time.monotonic() - self._shown.get(line, -_SHOWN_EVERY) >= _SHOWN_EVERY:
            self._shown[line] = time.monotonic()
            await self._store.write(partial(_note, line, assembly.bot.bot, held), swift=True)


def line_of(assembly: Visitor) -> str:
    """What is held together: a bot with the credentials it works with."""
    return "|".join((assembly.bot.bot, *assembly.credential_names()))


def _note(line: str, bot: str, held: LineHeld, connection: sa.Connection) -> None:
    now = time.time()
    values = {"code": held.code, "reason": held.reason, "scope": held.scope, "until": held.until, "seen": now}
    fresh = {"line": line, "bot": bot, "since": now, **values}
    connection.execute(insert_once(connection.engine, tables.held, fresh))
    connection.execute(sa.update(tables.held).where(tables.held.c.line == line).values(**values))


def _too_far(assembly: Visitor, stage: Stage) -> LineHeld | None:
    """A draft works on this machine only."""
    far = next((app for app in assembly.bot.apps.values() if not _all_near(app)), None)
    if stage != "draft" or far is None:
        return None
    reason = f"bot {assembly.bot.bot} is a draft, and {far.map} is not on this machine"
    return LineHeld("Draft", reason, scope=f"bot:{assembly.bot.bot}")


def _all_near(app: App) -> bool:
    return _near(app.url) and all(_near(text) for _, text in app.addresses())


def _near(url: str) -> bool:
    """Whether an address is this machine's own."""
    return on_this_machine(urlsplit(url).hostname or "")


def _span(seconds: float) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"
