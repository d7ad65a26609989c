"""One go at one item: runs its unfinished parts until it ends, waits for a person, or the world fails it.

Everything that decides is written down under its step's path before it counts: computed values, digests of
what was read, intents and proofs of commits, the names each part leaves. A go that was cut short, by a crash
or an error, is followed by another one that begins with the first unfinished part.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from robot_library.engine.database.trail import NoTrail, Trail, identities
from robot_library.engine.fleet.fence import Fence
from robot_library.engine.line.line import Pass
from robot_library.engine.ports import Ahead, Assembly, Event, Listener, Moment, StepAhead
from robot_library.engine.records.counts import Where
from robot_library.engine.records.paths import DONE, END, INTENT, SHADOW, is_at_or_under, marked
from robot_library.engine.records.recorder import Notes, Timeline
from robot_library.engine.records.shadow import Unclaiming
from robot_library.engine.run.commit import recover
from robot_library.engine.run.context import Frame, StepContext
from robot_library.engine.run.hands import Hands, NoHands
from robot_library.engine.run.language import typed_inputs
from robot_library.engine.run.parts import Catalogue, Part, cut
from robot_library.engine.run.scope import Scope
from robot_library.engine.run.sessions import SessionPool, Sessions
from robot_library.engine.run.spans import NoSpans, Spans
from robot_library.engine.run.steps import run_list
from robot_library.errors import (
    AuthoringError,
    BusinessException,
    NeedsPerson,
    OrderChanged,
    ReportExists,
    SetupError,
    WetreadError,
)
from robot_library.interfaces import Journal, Keywords, Sealer, Steps
from robot_library.model.audit import hashed
from robot_library.model.owner import evidence_of
from robot_library.model.workflow import Step
from robot_library.model.workitem import WorkItem


class Memory(Journal, Protocol):
    """What a dispatch needs of an item's journal."""

    async def everything(self) -> dict[str, Any]: ...
    async def earlier(self, mark: str) -> list[Any]: ...
    async def put_all(self, values: Mapping[str, Any]) -> dict[str, Any]: ...
    async def about(self, patients: Collection[str]) -> None: ...
    async def could_claim(self, name: str) -> bool: ...


class Dispatch:
    """See the module. `settle` is how long, in seconds, a press that may have happened is given to show."""

    def __init__(
        self,
        assembly: Assembly,
        item: WorkItem,
        journal: Memory,
        timeline: Timeline,
        sealer: Sealer,
        *,
        pool: SessionPool,
        listener: Listener,
        settle: float = 2.0,
        admitted: Pass | None = None,
        heed: Callable[[], None] = lambda: None,
        fence: Fence | None = None,
        trail: Trail | None = None,
        behind: str = "",
        spans: Spans | None = None,
        started_by: str = "",
        hands: Hands | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        self.assembly, self.item, self.timeline, self.sealer = assembly, item, timeline, sealer
        self.catalogue = Catalogue(assembly.actions, assembly.workflows)
        self.admitted = admitted or Pass()
        self.shadow = self.admitted.stage == "shadow"
        self.shadowed = False
        """A shadow has passed over a commit: what follows would stand on what is not there."""
        self.journal: Memory = Unclaiming(journal) if self.shadow else journal
        self.sessions = Sessions(assembly, pool, self.admitted, fence)
        self.settle = settle
        self.trail: Trail = trail or NoTrail()
        self.spans: Spans = spans or NoSpans()
        self._ahead = ahead
        self.hands = hands or NoHands()
        """A person's, who wants to do a step."""
        self.started_by = started_by
        """The person who started this item by hand; empty if nobody did."""
        self.behind = behind
        """The person who lets this bot work here; empty if nobody has said so."""
        self._keywords: Keywords | None = None
        self.dispatch = secrets.token_hex(8)
        self.records: dict[str, Any] = {}
        self.pending: dict[str, str] = {}
        self.earlier: list[dict[str, Any]] = []
        self.recovering = False
        self.waiting_at = ""
        self.trouble: Where | None = None
        """The innermost step of the last failure."""
        self._failure: BaseException | None = None
        self._about: set[str] = set()
        self.seen: dict[str, Any] = {}
        """What had a name where something failed or waits for a person: none of it may stand in what is told of it."""
        self._listener = listener
        self.heed = heed
        """Called at each step boundary; raises what ends the go there."""

    def tell(self, moment: Moment, path: str = "", *, title: str = "", outcome: str = "") -> None:
        """Let the listener know."""
        self._listener(Event(self.item.id, moment, path, title, outcome))

    def failed(self, failure: BaseException, where: Where) -> None:
        """A step failed; the blocks around it fail with the same error and are not what failed."""
        if failure is not self._failure:
            self._failure, self.trouble = failure, where

    async def is_about(self, patients: Collection[str]) -> None:
        """Keep whose records this item is about, at the step that says so: an item that stops at the next one is found
        by the patient's number as well, to be shredded."""
        if new := set(patients) - self._about:
            await self.journal.about(new)
            self._about |= new

    def is_known(self, failure: BaseException) -> bool:
        """Whether a step inside has failed with this already."""
        return failure is self._failure

    async def keep(self, key: str, value: Any) -> Any:
        """Write down, first value wins, together with the digests of all that was read until now."""
        try:
            kept = await self.journal.put_all({**self.pending, key: value})
        except TypeError as failure:
            raise AuthoringError(f"a value of this step cannot be kept: {failure}.") from None
        self.pending.clear()
        self.records.update(kept)
        return kept[key]

    def keywords(self) -> Keywords:
        """Robot Framework libraries of the running part, made when first asked for."""
        if self._keywords is None:
            if self.assembly.keywords is None:
                raise SetupError("this engine runs no Robot Framework keywords.", cure="Give its assembly a host.")
            self._keywords = self.assembly.keywords.session()
        return self._keywords

    async def heed_author(self, step: Step, path: str, frame: Frame) -> None:
        """At a step boundary: an author who goes step by step looks first; the go's time stands still."""
        if self._ahead is None:
            return
        kept = frozenset(key.partition("#")[0] for key in self.records if "#" in key and not key.startswith("part:"))
        with self.hands.unhurried():
            await self._ahead(StepAhead(self.item.id, path, step, frame.scope.visible(), kept))
        self.heed()

    async def _let_go(self) -> None:
        """The part has ended: what its libraries hold ends with it."""
        held, self._keywords = self._keywords, None
        if held is not None:
            await held.close()

    async def list(self, steps: Steps, frame: Frame) -> None:
        """Run steps one after the other (steps.py)."""
        await run_list(self, steps, frame)

    async def run(self) -> None:
        """Run every unfinished part. Raises what ended the go early; sessions are given back in any case."""
        healthy = False
        try:
            self.records = await self.journal.everything()
            self.shadowed = any("press" in self.records[path + SHADOW] for path in marked(self.records, SHADOW))
            self.earlier = [intent["proof"] for intent in await self.journal.earlier(INTENT)]
            with evidence_of(f"item|{self.item.id}"):
                await self._parts()
            healthy = True
        except WetreadError as failure:
            healthy = isinstance(failure, BusinessException | NeedsPerson)
            raise
        finally:
            await self._let_go()
            await self.sessions.release(healthy=healthy)

    async def run_once(self, steps: Steps, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run steps that change nothing, once; returns the names they bound. They see what is `given`, at least the
        site's values. Waiting and committing are refused."""
        known = {"site": dict(self.assembly.bot.site)} if given is None else dict(given)
        scope = Scope(known)
        healthy = False
        try:
            await self.sessions.fresh_views()
            await self.list(steps, Frame("", scope, may_commit=False, may_change=False))
            healthy = True
        finally:
            await self._let_go()
            await self.sessions.release(healthy=healthy)
        return {name: value for name, value in scope.own().items() if name not in known}

    async def _parts(self) -> None:
        workflow = self.assembly.workflow
        given = typed_inputs(workflow.item, self.item.payload, workflow.place)
        scope = Scope({"item": given, "site": dict(self.assembly.bot.site)})
        waiting: list[Step] = []
        for part in cut(self.assembly.workflow.steps, self.catalogue):
            left = self.records.get(f"part:{part.key}{END}")
            if left is None:
                await self._part(part, tuple(waiting), Frame("", scope))
                waiting.clear()
            else:
                for name, value in left["names"].items():
                    scope.bind(name, value, doubtful=name in left["doubtful"])
                waiting += [step for step in part.steps if self.catalogue.effect(step) == "session"]

    async def _part(self, part: Part, sign_ins: tuple[Step, ...], frame: Frame) -> None:
        await self.sessions.fresh_views()
        known = set(frame.scope)
        await self.list(sign_ins, frame)
        await self._recover(part)
        interrupted = self._unproven(part)
        try:
            await self.list(part.steps, frame)
        except (ReportExists, OrderChanged) as refusal:
            if not interrupted:
                raise
            raise NeedsPerson(
                f"{refusal.message.rstrip('.')}, and a press of this item was interrupted before: what stands there "
                "may be what that press has left, in another form.",
                cure="A person looks at the record; nothing is pressed again.",
                place=refusal.place,
            ) from refusal
        names = {name: value for name, value in frame.scope.own().items() if name not in known}
        doubtful = [name for name in names if frame.scope.doubts(name)]
        await self.keep(f"part:{part.key}{END}", {"names": names, "doubtful": doubtful})
        await self.is_about({hashed(self.sealer.mac, one.value) for person in identities(names) for one in person.ids})
        await self._let_go()
        self.tell("part_done", part.key)

    async def _recover(self, part: Part) -> None:
        """Before anything else of a part: commits that were intended and not seen done are looked for."""
        for path in self._unproven(part):
            await self._look(path)

    def _unproven(self, part: Part) -> tuple[str, ...]:
        """Presses of a part that were intended, and of which nobody has seen what they should leave."""
        intended = [path for path in marked(self.records, INTENT) if f"{path}{DONE}" not in self.records]
        return tuple(path for path in intended if any(is_at_or_under(path, step.path) for step in part.steps))

    async def _look(self, path: str) -> None:
        kind = self.catalogue.actions[self.records[path + INTENT]["action"]]
        step = Step(action=kind.key, params={}, path=path, place=self.assembly.workflow.place)
        notes = Notes(step, path, kind, f"{kind.key}: look for the proof of an interrupted press")
        failure: BaseException | None = None
        self.recovering = True
        try:
            frame = Frame("", Scope(), may_commit=False)
            if await recover(self, path, lambda: StepContext(self, frame, notes, kind)):
                notes.outcome = "proven"
                notes.verified.append("the record opened anew shows what the interrupted press should have left")
            else:
                notes.detail.append("the record opened anew does not show it; the part runs again")
        except BaseException as broken:
            failure = broken
            raise
        finally:
            self.recovering = False
            await self.timeline.add(notes.record(self.item.payload, failure))
