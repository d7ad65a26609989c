"""An item's life: go after go until it ends; in between it may wait, and holds nothing while it does."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from robot_library.engine.fleet.fence import Hold, take_hold
from robot_library.engine.goes import Goes, Result
from robot_library.engine.line.holds import taken_up
from robot_library.engine.people.pauses import PAUSED
from robot_library.engine.ports import Event
from robot_library.engine.records.counts import Counts, Where
from robot_library.engine.records.items import Items, Life, Request
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.paths import ANSWER, GO, case_id, go_id
from robot_library.engine.words import Words
from robot_library.errors import ItemTaken

if TYPE_CHECKING:
    from robot_library.engine.engine import Engine

log = logging.getLogger("wetread.engine")
_FRESH = 5.0
"""A hold that was over so long ago is not held against others: this case has begun anew since."""
_ELSEWHERE = 0.5
"""Seconds before a go that a process without its bot had taken is queued again."""


class Cases:
    """The two DBOS workflows' bodies."""

    def __init__(self, engine: Engine, items: Items) -> None:
        self._engine, self._items, self._counts = engine, items, Counts(engine.store)
        self._goes = Goes(engine, items, self._counts)
        self.words = Words(items.changed, self._given_up)

    # ---- the case ----

    async def case(self, item: str, generation: int, number: int, failures: int) -> None:
        """One turn of an item's life; what breaks the engine itself ends the item as dead, not the process."""
        try:
            await self._turn(item, generation, number, failures)
        except Exception as failure:
            self._engine.going.check()
            log.error("the case of item %s failed with %s", item, type(failure).__name__)
            await self.give_up(item, "EngineFailure", f"the engine failed ({type(failure).__name__}).")

    async def give_up(self, item: str, code: str, reason: str) -> None:
        """The item is a dead letter: shown with its evidence, and can be sent back."""
        await self._items.close(item, "dead", "needs_person", code, reason)
        self._engine.tell(Event(item, "item", outcome="needs_person", code=code))

    async def _turn(self, item: str, generation: int, number: int, failures: int) -> None:
        """See to one go, and queue the next turn if there is to be one. Run again from the start after a crash; its
        go is not. An item that waits for a person has no turn: the answer queues it."""
        view = await self._items.get(item)
        if view.outcome is not None or view.generation != generation:
            return
        bot, life = view.item.bot, Life(item, generation, view.rank)
        if await self._engine.desk.pauses.park(life, number, failures):
            return
        if not self._engine.runs_bot(bot):
            await self._engine.durable.hand_back(case_id(item, generation, number), bot)
            raise asyncio.CancelledError
        result = await self._journal(item).get(GO + go_id(item, generation, number))
        if result is None:
            result = await self._gone(life, bot, number, failures)
        match result["kind"]:
            case "again":
                pause = self._engine.assembly(bot).bot.retry_after.total_seconds() * 2**failures
                await self._engine.desk.begin(bot, life, number + 1, failures + 1, pause)
            case "held":
                await self._engine.desk.begin(bot, life, number + 1, failures)
            case "elsewhere":
                await self._engine.desk.begin(bot, life, number + 1, failures, _ELSEWHERE)
            case "wait" if await self._answered(life, Request(**result["request"])):
                await self._engine.desk.begin(bot, life, number + 1)

    async def _answered(self, life: Life, request: Request) -> bool:
        """Only an older version left answers that had not queued the next turn themselves."""
        return await self._journal(life.item, life.generation).get(f"{request.path}{ANSWER}") is not None

    async def _gone(self, life: Life, bot: str, number: int, failures: int) -> Result:
        """Have a go run when it may, and return what came of it, whoever ran it."""
        line = self._engine.line
        which = line.free_seat(self._engine.assembly(bot), life.rank)
        assembly = self._engine.assembly(bot).seat(which)
        await line.turn(assembly, life.rank)
        await self._engine.durable.enqueue_go(
            life.item, life.generation, number, failures, which,
            partition=self._engine.partition(assembly), priority=life.rank,
        )  # fmt: skip
        result = await self._result(life.item, life.generation, number)
        if result["kind"] == "held" and result["code"] != PAUSED and result["until"] > time.time() - _FRESH:
            await line.held(assembly, taken_up(result))
        return result

    async def _result(self, item: str, generation: int, number: int) -> Result:
        journal, name = self._journal(item), go_id(item, generation, number)
        with self.words.about(item) as ear:
            while True:
                ear.ready()
                if (result := await journal.get(GO + name)) is not None:
                    return dict(result)
                if self.words.is_dead(name):
                    reason = "this item took the process down too often and was given up. Look at its last step."
                    await self.give_up(item, "DeadLetter", reason)
                    return {"kind": "closed"}
                await ear.wait()

    async def _given_up(self, since: float) -> set[str]:
        return await self._engine.durable.given_up(since)

    async def expire(self, bots: Sequence[str]) -> None:
        """End the items of these bots whose person did not answer in time; they stay with the person. So does whatever
        was paused for longer than it may be."""
        for pause in await self._engine.desk.pauses.overdue(time.time()):
            reason = f"{pause.who} paused it for longer than it may be held; it stays with them."
            await self._engine.desk.cancel(pause.item, pause.who, "paused for too long", reason=reason)
        for view in await self._items.overdue(bots, time.time()):
            if (request := view.request) is None:
                continue
            reason = f"{request.ask} did not answer in time; it stays with them. {request.reason}"
            if await self._items.expire(view.item.id, request, "NoAnswer", reason):
                self._engine.tell(Event(view.item.id, "item", outcome="needs_person", code="NoAnswer"))

    # ---- the go ----

    async def go(self, item: str, generation: int, number: int, failures: int, which: int) -> None:
        """One go; its result is written down before it counts."""
        name = go_id(item, generation, number)
        hold, key = await take_hold(self._engine.store, item, name), GO + name
        journal = self._journal(item, hold=hold)
        view = await self._items.get(item)
        result = await journal.get(key)
        if result is None and (view.outcome is not None or view.generation != generation):
            result = await journal.put_once(key, {"kind": "ended"})
        elif result is None and not self._engine.runs_bot(view.item.bot):
            result = await journal.put_once(key, {"kind": "elsewhere"})
        elif result is None:
            with self._engine.at_work(item):
                result = await self._goes.attempt(
                    view, view.rank if which < 0 else which, f"answer.{number}", failures, hold
                )
            result = await journal.put_once(key, result)
        await self._apply(item, generation, result)
        if result["kind"] == "closed" and self._engine.runs_bot(view.item.bot):
            where = result.get("where", {})
            place = where.get("screen") or where.get("action") or ""
            assembly = self._engine.assembly(view.item.bot)
            await self._engine.line.ended(assembly, item, name, result["code"], place)
        if "where" in result:
            await self._counts.trouble(name, item, view.item.bot, result["code"], Where(**result["where"]))
        heard = self.words.tell(item)
        # That it is closed can be seen already; and what has ended stays as it ended.
        if not heard and result["kind"] != "closed":
            await self._items.touch(item)

    async def _apply(self, item: str, generation: int, result: Result) -> None:
        match result["kind"]:
            case "wait":
                request = Request(**result["request"])
                answer = self._journal(item, generation).mac(f"{request.path}{ANSWER}")
                if await self._items.wait(item, request, generation, answer):
                    self._engine.tell(Event(item, "item", outcome="waiting_for_person", code=result["request"]["code"]))
                elif await self._items.is_taken(item, generation):
                    taken = ItemTaken("a person took this item out of the bot's hands; nobody is asked any more.")
                    await self._items.close(
                        item, "business_exception", taken.outcome, taken.code, taken.message, generation
                    )
                    self._engine.tell(Event(item, "item", outcome=taken.outcome, code=taken.code))
            case "closed":
                state, outcome, code = result["state"], result["outcome"], result["code"]
                await self._items.close(item, state, outcome, code, result["reason"], generation)
                self._engine.tell(Event(item, "item", outcome=outcome, code=code))

    def _journal(self, item: str, generation: int | None = None, hold: Hold | None = None) -> ItemJournal:
        return ItemJournal(self._engine.store, self._engine.sealer, item, generation, hold=hold)
