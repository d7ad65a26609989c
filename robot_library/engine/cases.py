"""An item's life: go after go until it ends; in between it may wait, and holds nothing while it does."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from robot_library.engine.fleet.fence import Hold, take_hold
from robot_library.engine.line.holds import laid_down, taken_up
from robot_library.engine.line.line import Pass
from robot_library.engine.line.switches import ITSELF, in_words
from robot_library.engine.people.pauses import PAUSED
from robot_library.engine.ports import Assembly, Event
from robot_library.engine.records.counts import Counts, Where
from robot_library.engine.records.items import URGENT, Items, ItemView, Life, Request
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.mask import mask
from robot_library.engine.records.paths import ANSWER, GO, INTENT, OUTAGE, case_id, go_id, marked
from robot_library.engine.records.recorder import Timeline
from robot_library.engine.records.shadow import PINNED
from robot_library.engine.run.dispatch import Dispatch
from robot_library.engine.run.hands import Hands
from robot_library.engine.words import Words
from robot_library.errors import (
    ApplicationException,
    AuditBroken,
    AuthoringError,
    BusinessException,
    HandsOff,
    ItemError,
    ItemTaken,
    LicencesFull,
    LineHeld,
    NeedsPerson,
    OutOfDate,
    RunCancelled,
    SetupError,
    SignedInElsewhere,
    SignInFailed,
    Timeout,
    WetreadError,
)
from robot_library.interfaces import WaitForPerson
from robot_library.model.workitem import State

if TYPE_CHECKING:
    from robot_library.engine.engine import Engine

log = logging.getLogger("wetread.engine")
Result = dict[str, Any]
_FRESH = 5.0
"""A hold that was over so long ago is not held against others: this case has begun anew since."""
MOST_OUTAGES = 5
"""An item that was at work so often when a system went down may be what brings it down: then its failures count."""
_KEPT_OUT = 60.0
_ELSEWHERE = 0.5
"""Seconds before a go that a process without its bot had taken is queued again."""


class Cases:
    """The two DBOS workflows' bodies."""

    def __init__(self, engine: Engine, items: Items) -> None:
        self._engine, self._items, self._counts = engine, items, Counts(engine.store)
        self.words = Words(items.changed, self._given_up)

    # ---- the case ----

    async def case(self, item: str, generation: int, number: int, failures: int) -> None:
        """One turn of an item's life; what breaks the engine itself ends the item as dead, not the process."""
        try:
            await self._turn(item, generation, number, failures)
        except Exception as failure:
            self._engine.check_lease()
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
            async with self._engine.at_work(item):
                result = await self._attempt(
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

    async def _attempt(self, view: ItemView, which: int, topic: str, failures: int, hold: Hold) -> Result:
        assembly = await self._engine.began_with(view)
        if assembly is None:
            reason = "the bot was changed while this item was under way, and what it began with is no longer here."
            return closed(NeedsPerson(reason), view, "WorkflowChanged")
        if await self._engine.line.permits.ended(assembly, self._engine.assembly(view.item.bot)):
            reason = "what this item began with is not approved any more; the bot's present version is."
            return closed(NeedsPerson(reason), view, "ApprovalEnded")
        assembly = assembly.seat(which)
        async with self._engine.roster.credentials(assembly):
            try:
                unit, taken = f"{view.item.id}.{view.generation}", await self._unbegun_since(view)
                admitted = await self._engine.line.admit(assembly, unit, taken)
            except LineHeld as held:
                return laid_down(held)
            except OutOfDate as failure:
                return closed(failure, view)
            try:
                admitted = await self._pinned(admitted, view, hold)
                result = await self._let_in(admitted, view, assembly, topic, failures, hold)
                return as_shadow(result) if admitted.stage == "shadow" else result
            finally:
                await self._engine.line.leave(assembly)

    async def _unbegun_since(self, view: ItemView) -> float | None:
        """When an item was taken for which nobody was asked, nothing pressed, and that nobody has sent back; None for
        others: they go on where they are, however old."""
        if view.generation:
            return None
        records = {} if view.item.state == "new" else await self._journal(view.item.id, view.generation).everything()
        return None if marked(records, INTENT) or marked(records, ANSWER) else view.created

    async def _pinned(self, admitted: Pass, view: ItemView, hold: Hold) -> Pass:
        """What a shadow has begun stays a shadow's: a save it has passed over is never taken for one that was made."""
        journal = self._journal(view.item.id, view.generation, hold)
        if admitted.stage == "shadow":
            await journal.put_once(PINNED, True)
        elif view.item.state != "new" and await journal.get(PINNED):
            return replace(admitted, stage="shadow")
        return admitted

    async def _let_in(
        self, admitted: Pass, view: ItemView, assembly: Assembly, topic: str, failures: int, hold: Hold
    ) -> Result:
        journal = self._journal(view.item.id, view.generation, hold)
        if not await self._items.begin(view.item.id, assembly.workflow.sha256, assembly.version):
            return {"kind": "ended"}
        timeline = Timeline(self._engine.store, self._engine.sealer, view.item.id, view.item.bot)
        dispatch = Dispatch(
            assembly, view.item, journal, timeline, self._engine.sealer,
            pool=self._engine.roster.pool(assembly), listener=self._engine.tell, settle=self._engine.settle,
            admitted=admitted,
            heed=lambda: self._engine.heed(view.item.id, view.generation),
            fence=self._engine.fence(hold),
            trail=self._engine.store.trail,
            behind=await self._engine.desk.bots.behind(view.item.bot),
            spans=self._engine.spans,
            started_by=await self._engine.desk.starts.by(view.item.id),
            hands=self._hands(view),
            ahead=self._engine.ahead,
        )  # fmt: skip
        with self._engine.spans.go(view.item.bot, assembly.workflow.name, view.item.id) as ended:
            result = await self._outcome(dispatch, view, assembly, topic, failures)
            ended(result.get("outcome") or result["kind"], result.get("code", ""))
        for line in dispatch.sessions.gate.drifts:
            await self._counts.drift(view.item.bot, line)
        return {**result, "where": vars(dispatch.trouble)} if dispatch.trouble and result.get("code") else result

    def _hands(self, view: ItemView) -> Hands:
        """Of a person who wants to do a step of this item."""
        desk, taken, life = self._engine.desk, self._engine.taken, (view.item.id, view.generation)
        due = view.due if view.item.priority <= URGENT else None
        return Hands(*life, desk.handovers, desk.pauses, lambda: taken.lent.get(life), lambda: taken.forget(life), due)

    async def _outcome(
        self, dispatch: Dispatch, view: ItemView, assembly: Assembly, topic: str, failures: int
    ) -> Result:
        """What became of a go, as data. A SetupError stops the engine, a refused sign-in its line, never the item."""
        try:
            async with asyncio.timeout(self._engine.go_limit) as limit:
                dispatch.hands.limit = limit
                await dispatch.run()
        except WaitForPerson as request:
            until = view.until(time.time(), request.timeout_s)
            asked = {"ask": request.ask, "reason": mask(request.reason, view.item.payload), "code": request.code}
            return {"kind": "wait", "request": {**asked, "path": dispatch.waiting_at, "until": until, "topic": topic}}
        except SetupError as failure:
            if failure is dispatch.sessions.cannot_open or isinstance(failure, AuditBroken):
                self._engine.halt(failure)
            return closed(failure, view)
        except TimeoutError:
            if not limit.expired():
                raise
            return await self._again(Timeout("this item took too long in one go."), view, assembly, failures)
        except HandsOff as hands:
            scope = await self._engine.at_screens.hands_off(view.item.bot)
            return laid_down(LineHeld("Stopped", f"{in_words(scope)} is stopped: {hands.reason}", scope=scope))
        except LineHeld as held:
            return laid_down(held)
        except SignInFailed as failure:
            return await self._kept_out(failure, view, assembly, failures)
        except ApplicationException as failure:
            return await self._again(failure, view, assembly, failures)
        except (BusinessException, NeedsPerson, AuthoringError) as failure:
            return closed(failure, view)
        except RunCancelled:
            raise asyncio.CancelledError from None
        except Exception as failure:
            log.error("a go at item %s failed with %s", view.item.id, type(failure).__name__)
            return await self._again(
                ApplicationException(f"the engine failed ({type(failure).__name__})."), view, assembly, failures
            )
        return {"kind": "closed", "state": "done", "outcome": "typed", "code": "", "reason": ""}

    async def _again(self, failure: ApplicationException, view: ItemView, assembly: Assembly, failures: int) -> Result:
        """Once more, or no more; unless it is a system that is down, which costs no try."""
        if held := await self._down(view, assembly):
            return laid_down(held)
        if failures < assembly.bot.retries:
            return {"kind": "again", "code": failure.code, "reason": mask(str(failure), view.item.payload)}
        return closed(failure, view)

    async def _down(self, view: ItemView, assembly: Assembly) -> LineHeld | None:
        """The hold, if a system is down and this item has not been there too often when it went down."""
        if (held := await self._engine.line.fault(assembly)) is None:
            return None
        journal = self._journal(view.item.id, view.generation)
        if (met := len(await journal.keys(OUTAGE))) >= MOST_OUTAGES:
            return None
        await journal.put_once(f"{OUTAGE}{met}", True)
        return held

    async def _kept_out(self, failure: SignInFailed, view: ItemView, assembly: Assembly, failures: int) -> Result:
        """A sign-in failed and no door has said what that means: nobody's item fails by it."""
        if isinstance(failure, LicencesFull | SignedInElsewhere):
            return laid_down(LineHeld(failure.code, failure.message, until=time.time() + _KEPT_OUT))
        if type(failure) is SignInFailed:
            if held := await self._down(view, assembly):
                return laid_down(held)
            if failures < assembly.bot.retries:
                return await self._again(failure, view, assembly, failures)
        names = assembly.credential_names()
        scope = f"credential:{names[0]}" if len(names) == 1 else f"bot:{view.item.bot}"
        await self._engine.line.switches.stop(scope, ITSELF, failure.message, code=failure.code)
        return laid_down(LineHeld("Stopped", f"{in_words(scope)} is stopped ({failure.code})", scope=scope))

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


def as_shadow(result: Result) -> Result:
    """How a go of a shadow counts: nobody is asked, and no end is mistaken for a real one."""
    if result["kind"] == "wait":
        code, reason = (
            result["request"]["code"],
            f"{result['request']['ask']} would be asked: {result['request']['reason']}",
        )
        return {"kind": "closed", "state": "done", "outcome": "shadow", "code": code, "reason": reason}
    return {**result, "outcome": "shadow"} if result["kind"] == "closed" else result


def closed(failure: WetreadError, view: ItemView, code: str = "") -> Result:
    """An item's end by an error of ours."""
    state: State = "business_exception"
    if not isinstance(failure, BusinessException | NeedsPerson):
        state = "application_exception"
    outcome = failure.outcome if isinstance(failure, ItemError) else "needs_person"
    reason = str(failure) if isinstance(failure, AuthoringError) else f"{failure.message} {failure.cure}".strip()
    return {
        "kind": "closed", "state": state, "outcome": outcome, "code": code or failure.code,
        "reason": mask(reason, view.item.payload),
    }  # fmt: skip
