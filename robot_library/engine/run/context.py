"""What a running step may ask of the engine: interfaces.Context for one step of one item."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from robot_library.engine.records.paths import ANSWER, nested
from robot_library.engine.records.shadow import PassedOver
from robot_library.engine.run.commit import Final, commit_once
from robot_library.engine.run.language import evaluate_tree
from robot_library.engine.run.scope import Scope, is_doubtful
from robot_library.errors import AuthoringError
from robot_library.interfaces import (
    Acceptance,
    Action,
    BlobStore,
    Credential,
    Guard,
    Journal,
    Keywords,
    PersonAnswer,
    Proof,
    Protection,
    QualityLog,
    ReportMaker,
    ScreenSession,
    SkillHost,
    Steps,
)
from robot_library.model.bot import App, BotSpec
from robot_library.model.finding import Abstention, Accepted, Finding
from robot_library.model.run import Evidence
from robot_library.model.workflow import Declared
from robot_library.model.workitem import WorkItem

if TYPE_CHECKING:
    from robot_library.engine.records.recorder import Notes
    from robot_library.engine.run.dispatch import Dispatch
    from robot_library.engine.run.gate import GatedSession


@dataclass
class Frame:
    """One level of running steps: whose paths begin with `prefix`, what they see, what protects them."""

    prefix: str
    scope: Scope
    protection: Protection | None = None
    doubtful: bool = False
    """Whether these steps run only because of an unaccepted reading."""
    may_change: bool = True
    """False where nothing may happen once: in protect, in tries that are repeated, in what only looks."""
    may_commit: bool = True
    """False inside blocks that may run their steps again, or not at all."""


class AlwaysAsked:
    """The acceptance guard of a bot whose every item is reviewed: nothing is accepted but by a person."""

    def __init__(self, real: Acceptance) -> None:
        self._real = real

    def by_operating_point(self, finding: Finding) -> Accepted | None:
        return None

    def by_person(self, finding: Finding | Abstention, answer: PersonAnswer) -> Accepted:
        return self._real.by_person(finding, answer)

    def verify(self, accepted: Accepted) -> None:
        self._real.verify(accepted)


class StepContext:
    """Implements interfaces.Context."""

    def __init__(self, run: Dispatch, frame: Frame, notes: Notes, action: type[Action]) -> None:
        self.run, self.frame, self.notes, self.action = run, frame, notes, action
        self.path, self.effect, self.bind = notes.path, notes.effect, notes.step.bind
        self.scope = frame.scope
        self.bound: Action | None = None
        self.doubtful = frame.doubtful
        self.value: Any = None
        """What the step gave, once it has run."""
        self.answered_by = ""
        """The person whose answer the step has taken."""
        self._protection: Protection | None = None
        self.item: WorkItem = run.item
        self.bot: BotSpec = run.assembly.bot
        self.journal: Journal = run.journal
        self.blobs: BlobStore = run.assembly.blobs
        self.skills: SkillHost = run.assembly.skills
        self.reports: ReportMaker = run.assembly.reports
        self.guard: Guard = run.assembly.guard
        self.stage, self.started_by = run.admitted.stage, run.started_by
        self.acceptance: Acceptance = run.assembly.acceptance
        if self.stage == "limited":
            self.acceptance = AlwaysAsked(run.assembly.acceptance)
        self.quality: QualityLog | None = run.assembly.quality

    # ---- screens ----

    def app(self, role: str) -> App:
        """The system that plays a role."""
        return self.run.sessions.app(role)

    def credential(self, role: str) -> Credential | None:
        """The credential bound to a role."""
        return self.run.sessions.credential(role)

    def bind_session(self, role: str, credential: str | None) -> None:
        """Say which credential signs in for a role. Only for steps whose effect is `session`."""
        if self.effect != "session":
            raise AuthoringError(f"{self.action.key!r} signs in, but its effect is not `session`.")
        self.run.sessions.bind(role, credential)

    async def session(self, role: str) -> ScreenSession:
        """The role's session, behind the gate."""
        return cast(ScreenSession, await self.run.sessions.get(role, bind=self.run.recovering))

    async def protected(self) -> tuple[Protection, GatedSession]:
        """The protection this step stands under, and the session it writes to."""
        protection = self.frame.protection
        if protection is None:
            raise AuthoringError(f"{self.action.key!r} writes, but does not stand inside `protect`.")
        return protection, await self.run.sessions.get(protection.role)

    def keywords(self) -> Keywords:
        """Robot Framework libraries of this part. Inside `protect`, only for what computes."""
        if self.frame.protection is not None and self.effect != "compute":
            raise AuthoringError("no keyword but one that computes stands inside `protect`.")
        return self.run.keywords()

    # ---- nested steps ----

    async def run_steps(self, steps: Steps, *, segment: str, names: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run nested steps in a scope of their own; returns what they bound."""
        given = dict(names or {})
        scope = Scope(outer=self.scope)
        for name, value in given.items():
            scope.bind(name, value, doubtful=self.doubtful)
        frame = Frame(
            nested(self.path, segment),
            scope,
            protection=self._protection or self.frame.protection,
            doubtful=self.doubtful,
            may_commit=self.frame.may_commit and self._protection is not None,
            may_change=self.frame.may_change and self._protection is None and not segment.startswith("try"),
        )
        await self.run.list(steps, frame)
        return {name: value for name, value in scope.own().items() if name not in given}

    async def run_workflow(self, workflow: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Run another workflow: it sees its declared inputs as `item` and the site's values, nothing else."""
        called = self.run.catalogue.workflow(workflow)
        checked = checked_inputs(called.item, inputs, workflow)
        scope = Scope({"site": dict(self.bot.site)})
        scope.bind("item", checked, doubtful=self.doubtful)
        frame = Frame(
            f"{self.path}>", scope, doubtful=self.doubtful, may_commit=self.frame.may_commit, may_change=False
        )
        if self.frame.protection is not None:
            raise AuthoringError("a workflow may not be called inside `protect`; it protects what it writes itself.")
        await self.run.list(called.steps, frame)
        return {name: evaluate_tree(tree, scope.visible()) for name, tree in called.outputs.items()}

    @contextmanager
    def protecting(self, protection: Protection) -> Iterator[None]:
        """Nested steps of this block may write to this record, each after the guard."""
        if self.effect != "block" or self.frame.protection is not None:
            raise AuthoringError("protection begins only in a block, and not inside another protection.")
        if self.run.shadowed:
            raise PassedOver
        if not protection.expected:
            raise AuthoringError("protection says nothing about whose record it is.")
        self._protection = protection
        try:
            yield
        finally:
            self._protection = None

    # ---- a person, a commit ----

    async def answer(self) -> PersonAnswer | None:
        """The person's answer to this step's request. Only for steps whose effect is `wait`."""
        if self.effect != "wait":
            raise AuthoringError(f"{self.action.key!r} asks a person, but its effect is not `wait`.")
        recorded = self.run.records.get(f"{self.path}{ANSWER}")
        if not isinstance(recorded, PersonAnswer):
            return None
        self.answered_by = recorded.who
        return recorded

    async def commit_once(
        self,
        once_per: str,
        proof: Mapping[str, Any],
        prove: Callable[[Mapping[str, Any]], Awaitable[Proof]],
        press: Callable[[], Awaitable[None]],
    ) -> Literal["pressed", "proven"]:
        """The only way to make something final."""
        if not once_per or is_doubtful(proof):
            raise AuthoringError("a commit needs a key that it happens once for, and a proof of plain text.")
        return await commit_once(self, Final(once_per, dict(proof), prove, press))

    # ---- the timeline ----

    def detail(self, text: str) -> None:
        """A line for the timeline."""
        self.notes.detail.append(text)

    def verified(self, text: str) -> None:
        """Something that was proven."""
        self.notes.verified.append(text)

    def show(self, evidence: Evidence) -> None:
        """Evidence that is kept already."""
        self.notes.evidence.append(evidence)

    async def evidence(self, kind: str, title: str, data: bytes, *, masked: bool = True) -> None:
        """Keep bytes encrypted and list them."""
        ref = await asyncio.to_thread(self.blobs.put, data)
        self.show(Evidence.model_validate({"kind": kind, "title": title, "blob": ref, "masked": masked}))


def checked_inputs(declared: Mapping[str, Declared], given: Mapping[str, Any], workflow: str) -> dict[str, Any]:
    """The inputs of a called workflow; AuthoringError for one it does not declare, or lacks."""
    unknown = sorted(set(given) - set(declared))
    missing = sorted(name for name, how in declared.items() if not how.optional and name not in given)
    if unknown or missing:
        raise AuthoringError(
            f"workflow {workflow!r} is called with wrong inputs "
            f"(unknown: {', '.join(unknown) or 'none'}; missing: {', '.join(missing) or 'none'})."
        )
    return {name: given.get(name) for name in declared}
