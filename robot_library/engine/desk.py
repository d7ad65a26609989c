"""The desk: the door to a site's queue for everybody outside a worker. It runs nothing, loads no bots and takes no
lock; what it says reaches the workers through the database, whether they run at the moment or not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, alone, insert_once
from robot_library.engine.database.trail import told_if_can_be
from robot_library.engine.fleet.workers import Workers, WorkerView
from robot_library.engine.line.switches import BotStates, Switches
from robot_library.engine.people.approvals import Approvals
from robot_library.engine.people.handovers import Handovers
from robot_library.engine.people.incidents import Incidents
from robot_library.engine.people.outbox import Outbox
from robot_library.engine.people.pauses import Pauses
from robot_library.engine.people.releases import Releases
from robot_library.engine.people.retractions import Retractions
from robot_library.engine.people.reviews import Reviews
from robot_library.engine.people.starts import Starts
from robot_library.engine.records.board import Board
from robot_library.engine.records.critical import CriticalResults
from robot_library.engine.records.items import Items, Life, key_mac
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.paths import ANSWER, ASKED
from robot_library.errors import ItemTaken, SetupError
from robot_library.interfaces import PersonAnswer, Sealer
from robot_library.model.audit import Happened
from robot_library.model.confirm import CONFIRM, Whose
from robot_library.model.workitem import WorkItem

if TYPE_CHECKING:
    from robot_library.engine.post import Post

DATABASE = "engine.sqlite"
ROUTINE = 10
NOT_YET = "-"
"""In place of the workflow's version, which the item's first go writes down."""
_BATCH = 500


@dataclass(frozen=True)
class Note:
    """What a person wrote about an item; `at` in seconds since 1970."""

    at: float
    who: str
    text: str


@dataclass(frozen=True)
class New:
    """An item to come. `key` tells items of one bot apart; `due` in seconds since 1970."""

    payload: Mapping[str, str]
    key: str
    priority: int = ROUTINE
    due: float | None = None
    started_by: str = ""
    """The person who starts it by hand."""


class Desk:
    """`home` holds the database, unless `url` names a PostgreSQL server. `store`: one that is open already."""

    def __init__(
        self, home: Path, sealer: Sealer, fingerprint: str, *, url: str | None = None, store: Store | None = None
    ) -> None:
        self._shared = store is not None
        self.store = store or Store(url or f"sqlite:///{home / DATABASE}")
        self._home, self._sealer, self._fingerprint = home, sealer, fingerprint
        self.items = Items(self.store, sealer)
        self.board = Board(self.store, sealer)
        self.critical = CriticalResults(self.store, sealer)
        self.starts, self.pauses = Starts(self.store, sealer), Pauses(self.store, sealer)
        self.handovers = Handovers(self.store, sealer)
        self.releases, self.outbox = Releases(self.store, sealer), Outbox(self.store, sealer)
        self.retractions = Retractions(self.store, self.releases)
        self.reviews = Reviews(self.store, sealer)
        self.approvals = Approvals(self.store, sealer)
        self.incidents = Incidents(self.store, sealer)
        self.switches, self.bots = Switches(self.store, sealer), BotStates(self.store, sealer)
        self._workers = Workers(self.store)
        self._post: Post | None = None

    # ---- life ----

    async def open(self) -> None:
        """Open the database; SetupError if it cannot be, or belongs to another site key."""
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        await asyncio.to_thread(self.store.open, self._fingerprint)

    async def close(self) -> None:
        """Give back what was opened."""
        if self._post is not None:
            self._post.close()
            self._post = None
        if not self._shared:
            self.store.close()

    async def __aenter__(self) -> Desk:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # ---- items ----

    async def add(
        self, bot: str, payload: Mapping[str, str], key: str, *, priority: int = ROUTINE, due: float | None = None,
        workflow: str = NOT_YET, started_by: str = "",
    ) -> WorkItem | None:  # fmt: skip
        """Queue a work item; None if one with this key is known already. STAT is priority 1, routine 10."""
        (item,) = await self.add_all(bot, [New(payload, key, priority, due, started_by)], workflow=workflow)
        return None if item is None else (await self.items.get(item)).item

    async def add_all(self, bot: str, items: Iterable[New], *, workflow: str = NOT_YET) -> list[str | None]:
        """Queue many; the new items' ids in their order, None for each whose key is known already."""
        post, news = await self._mail(), list(items)
        ids: list[str | None] = []
        for start in range(0, len(news), _BATCH):
            ids += await self._add_some(post, bot, news[start : start + _BATCH], workflow)
        return ids

    async def _add_some(self, post: Post, bot: str, news: Sequence[New], workflow: str) -> list[str | None]:
        """A key on disk is made for each row: off the loop, and not for what a list shows for the tenth time."""
        macs = [key_mac(self._sealer, bot, one.key) for one in news]
        known = await self.items.known(macs)
        unknown = [number for number, mac in enumerate(macs) if mac not in known]
        made = await asyncio.gather(
            *(asyncio.to_thread(self._row, bot, workflow, news[number]) for number in unknown)
        )  # fmt: skip
        rows = dict(zip(unknown, made, strict=True))
        people = {row["id"]: news[number].started_by for number, row in rows.items() if news[number].started_by}

        def work(connection: sa.Connection) -> dict[str, int]:
            new = self.items.insert_all(connection, made)
            starts = [self.starts.row(item, people[item]) for item in new if item in people]
            if starts:
                connection.execute(sa.insert(tables.starts), starts)
            post.queue_cases(connection, bot, [Life(item, 0, rank) for item, rank in new.items()])
            return new

        new = await self.store.write(work) if made else {}
        return [rows[n]["id"] if n in rows and rows[n]["id"] in new else None for n in range(len(news))]

    def _row(self, bot: str, workflow: str, new: New) -> dict[str, Any]:
        return self.items.row(bot, workflow, new.payload, new.key, priority=new.priority, due=new.due)

    async def set_aside(self, bot: str, payload: Mapping[str, str], key: str, code: str, reason: str) -> bool:
        """Keep what cannot become an item of work as one that needs a person; False if it is known already."""
        if await self.items.known([key_mac(self._sealer, bot, key)]):
            return False
        row, now = self.items.row(bot, NOT_YET, payload, key, priority=ROUTINE, due=None), time.time()
        row |= {
            "state": "business_exception", "outcome": "needs_person", "code": code, "ended": now,
            "reason": self._sealer.seal(reason, f"reason|{row['id']}"),
        }  # fmt: skip
        return await self.store.write(lambda connection: self.items.insert(connection, row))

    async def begin(self, bot: str, life: Life, number: int = 0, failures: int = 0, delay: float = 0.0) -> None:
        """Queue a turn of an item's life, unless it was queued before: the one for the go of this number, after so many
        seconds."""
        post = await self._mail()
        await self.store.write(lambda connection: post.queue_case(connection, bot, life, number, failures, delay))

    async def answer(self, item: str, answer: PersonAnswer) -> bool:
        """Hand a person's answer to a waiting item. False if it does not wait, or no longer: late answers
        and second answers count for nothing."""
        view = await self.items.get(item)
        request = view.request
        if request is None or time.time() >= request.until:
            return False
        if (request.code == CONFIRM) != (answer.about == "patient"):
            raise SetupError(
                "this item asks whether it is the right patient, nothing else." if request.code == CONFIRM
                else "this item does not ask whose record it is.",
                cure="Answer it where it was started: wetread attend.",
            )  # fmt: skip
        told = Happened("review", f"answer {answer.verdict}", item=item, bot=view.item.bot, person=answer.who)
        await asyncio.to_thread(self.store.trail.record, told)
        journal = ItemJournal(self.store, self._sealer, item, view.generation)
        row = journal.row(f"{request.path}{ANSWER}", answer)
        post, life = await self._mail(), Life(item, view.generation, view.rank)

        def then(connection: sa.Connection) -> None:
            post.queue_case(connection, view.item.bot, life, request.number + 1)

        return await self.items.answered(item, request, row, then)

    async def whose(self, item: str) -> Whose | None:
        """Whose record an item that asks for it has before it; None if it asks something else, or nothing."""
        view = await self.items.get(item)
        if view.request is None or view.request.code != CONFIRM:
            return None
        shown = await ItemJournal(self.store, self._sealer, item, view.generation).get(f"{view.request.path}{ASKED}")
        return shown if isinstance(shown, Whose) else None

    async def pause(self, item: str, who: str, *, until: float | None = None) -> bool:
        """Have the bot lay an item down at the next step boundary, for as long as a person wants; after `until` it goes
        to a person. False if it has ended, waits for a person anyway, or is paused already."""
        view = await self.items.get(item)
        if view.outcome is not None or view.request is not None:
            return False
        told = Happened("decision", "pause item", item=item, bot=view.item.bot, person=who)
        await asyncio.to_thread(told_if_can_be, self.store.trail, told)
        return await self.pauses.pause(item, view.generation, who, until)

    async def go_on(self, item: str, who: str) -> bool:
        """Let a paused item go on: it begins its unfinished part anew. False if it was not paused."""
        view = await self.items.get(item)
        post, life = await self._mail(), Life(item, view.generation, view.rank)
        told = Happened("decision", "go on with item", item=item, bot=view.item.bot, person=who)
        await asyncio.to_thread(self.store.trail.record, told)

        def then(connection: sa.Connection, number: int, failures: int) -> None:
            post.queue_case(connection, view.item.bot, life, number, failures)

        return await self.pauses.go_on(item, then)

    async def hand_over(self, item: str, who: str) -> bool:
        """A person wants to do the next step that they can do, in the bot's window. False if the item has ended, waits
        for a person anyway, or a step was asked for already."""
        view = await self.items.get(item)
        if view.outcome is not None or view.request is not None:
            return False
        told = Happened("decision", "hand over a step", item=item, bot=view.item.bot, person=who)
        await asyncio.to_thread(self.store.trail.record, told)
        return await self.handovers.ask(item, view.generation, who)

    async def hand_back(self, item: str, who: str, *, done: bool) -> bool:
        """They say that it is done, and the bot looks; or the bot is to do it after all. False if nothing is lent."""
        view = await self.items.get(item)
        what = "step done by hand" if done else "give a step back"
        told = Happened("decision", what, item=item, bot=view.item.bot, person=who)
        await asyncio.to_thread(self.store.trail.record, told)
        return await self.handovers.say(item, "done" if done else "back")

    async def send_back(self, item: str, who: str) -> None:
        """Put an ended item (refused, given up) into the queue again: it begins anew, reads everything again, and still
        never presses what an earlier life of it has pressed. SetupError if it has not ended, or was done."""
        if not await self.retry([item], who):
            raise SetupError(
                f"work item {item!r} has not ended, was done, or is no longer kept: it cannot be sent back."
            )

    async def retry(self, items: Sequence[str], who: str) -> list[str]:
        """Send back all of these that can be; returns which were. AuditBroken, and none of a batch is, where it cannot
        be told who did it: it lets a bot do more."""
        post, back = await self._mail(), set[str]()
        for start in range(0, len(items), _BATCH):
            some = items[start : start + _BATCH]

            def work(connection: sa.Connection, some: Sequence[str] = some) -> set[str]:
                lives: dict[str, list[Life]] = {}
                for bot, life in self.items.reopen_all(connection, some):
                    lives.setdefault(bot, []).append(life)
                for bot, found in lives.items():
                    post.queue_cases(connection, bot, found)
                self.store.trail.record_all(
                    Happened("decision", "send back item", item=life.item, bot=bot, person=who)
                    for bot, found in lives.items()
                    for life in found
                )
                return {life.item for found in lives.values() for life in found}

            back |= await self.store.write(work)
        return [item for item in items if item in back]

    async def cancel(self, item: str, who: str, why: str = "", *, reason: str = "") -> bool:
        """Take an item out of the bot's hands. One that is being worked on stops at the next step boundary, never
        between a press and its proof. False if it has ended already."""
        view = await self.items.get(item)
        if view.outcome is not None:
            return False
        told = Happened("decision", "cancel item", item=item, bot=view.item.bot, person=who)
        await asyncio.to_thread(told_if_can_be, self.store.trail, told)
        entry = self._sealer.seal({"who": who, "why": why}, f"cancel|{item}")
        row = {"item": item, "generation": view.generation, "at": time.time(), "entry": entry}
        reason = reason or f"{who} took it out of the bot's hands."

        def work(connection: sa.Connection) -> bool:
            parked = self.pauses.forget(connection, item)
            self.items.hold(connection, item)  # it may be about to wait for a person, and then would wait on
            connection.execute(insert_once(self.store.durable, tables.cancels, row))
            return self.items.take_away(connection, view, ItemTaken.__name__, reason, parked=parked)

        await self.store.write(work)
        return True

    async def note(self, item: str, who: str, text: str) -> None:
        """Write something about an item; it stays with it."""
        await self.items.get(item)
        await self.note_all([item], who, text)

    async def note_all(self, items: Sequence[str], who: str, text: str) -> None:
        """Write the same about many items, which are known to be there."""
        now = time.time()

        def work(connection: sa.Connection) -> None:
            alone(connection)  # retention could take the key away between sealing and keeping
            rows = [
                {"item": item, "at": now, "entry": self._sealer.seal({"who": who, "text": text}, f"note|{item}")}
                for item in items
            ]
            connection.execute(sa.insert(tables.notes), rows)

        if items:
            await self.store.write(work)

    async def notes(self, item: str) -> list[Note]:
        """What people wrote about it, the oldest first."""
        query = sa.select(tables.notes).where(tables.notes.c.item == item).order_by(tables.notes.c.n)
        rows = await self.store.read(lambda connection: connection.execute(query).mappings().all())
        return [Note(row["at"], **self._sealer.open(row["entry"], f"note|{item}")) for row in rows]

    # ---- slots ----

    async def fire(self, bot: str, slot: str) -> bool:
        """Have a bot's items collected, once for each slot whoever fires it. False: this slot was fired already."""
        name = slot if slot.startswith(f"{bot}@") else f"{bot}@{slot}"
        post = await self._mail()

        def work(connection: sa.Connection) -> bool:
            row = {"slot": name, "bot": bot, "at": time.time(), "state": "fired", "found": 0, "code": ""}
            new = connection.execute(insert_once(self.store.durable, tables.slots, row)).rowcount == 1
            if new:
                post.queue_slot(connection, bot, name)
            return new

        return await self.store.write(work)

    async def last_slots(self, bot: str, *, limit: int = 100) -> list[str]:
        """The slots that were fired for a bot, the newest first."""
        slot = tables.slots.c
        query = sa.select(slot.slot).where(slot.bot == bot).order_by(slot.at.desc()).limit(limit)
        return await self.store.read(lambda connection: [str(row) for row in connection.execute(query).scalars()])

    async def waits_for(self, slot: str) -> bool:
        """Whether this slot was fired and is not done yet."""
        one = tables.slots.c
        query = sa.select(one.slot).where(one.slot == slot, one.state == "fired")
        return await self.store.read(lambda connection: connection.execute(query).first() is not None)

    async def collecting(self, bot: str) -> bool:
        """Whether a slot of this bot was fired whose items have not been collected yet."""
        slot = tables.slots.c
        query = sa.select(slot.slot).where(slot.bot == bot, slot.state == "fired").limit(1)
        return await self.store.read(lambda connection: connection.execute(query).first() is not None)

    # ---- workers ----

    async def workers(self) -> list[WorkerView]:
        """Every worker of the last days, by name."""
        return await self._workers.all()

    async def _mail(self) -> Post:
        """DBOS's client; imported and its tables made when first needed."""
        if self._post is None:
            from robot_library.engine.post import Post

            post = Post(self.store, self._sealer)
            await asyncio.to_thread(post.open)
            self._post = post
        return self._post
