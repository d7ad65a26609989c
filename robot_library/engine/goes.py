"""One go at an item: let in by the line, run, and what became of it, as data."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from robot_library.engine.fleet.fence import Hold
from robot_library.engine.line.holds import laid_down
from robot_library.engine.line.line import Pass
from robot_library.engine.line.switches import ITSELF, in_words
from robot_library.engine.ports import Assembly
from robot_library.engine.records.counts import Counts
from robot_library.engine.records.items import URGENT, Items, ItemView
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.mask import mask
from robot_library.engine.records.paths import ANSWER, INTENT, OUTAGE, marked
from robot_library.engine.records.recorder import Timeline
from robot_library.engine.records.shadow import PINNED
from robot_library.engine.run.dispatch import Dispatch
from robot_library.engine.run.hands import Hands
from robot_library.errors import (
    ApplicationException,
    AuditBroken,
    AuthoringError,
    BusinessException,
    HandsOff,
    ItemError,
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
MOST_OUTAGES = 5
"""An item that was at work so often when a system went down may be what brings it down: then its failures count."""
_KEPT_OUT = 60.0


class Goes:
    """Of one engine."""

    def __init__(self, engine: Engine, items: Items, counts: Counts) -> None:
        self._engine, self._items, self._counts = engine, items, counts

    async def attempt(self, view: ItemView, which: int, topic: str, failures: int, hold: Hold) -> Result:
        """One go: past the line, if it lets this item in, and what became of it. `which`: the seat; `topic`: where an
        answer goes; `failures`: how often it has failed before."""
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
            result = without(dispatch.seen, await self._outcome(dispatch, view, assembly, topic, failures))
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
                self._engine.going.halt(failure)
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

    def _journal(self, item: str, generation: int, hold: Hold | None = None) -> ItemJournal:
        return ItemJournal(self._engine.store, self._engine.sealer, item, generation, hold=hold)


def without(seen: Mapping[str, Any], result: Result) -> Result:
    """A result in whose reasons nothing stands of what the workflow had a name for, as authors may write it there."""
    for said in (result, result.get("request") or {}):
        if reason := said.get("reason"):
            said["reason"] = mask(reason, seen)
    return result


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
