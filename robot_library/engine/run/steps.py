"""Runs steps: binds their values, keeps the effects apart, records what happened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from robot_library.engine.database.trail import begins, ended, patients
from robot_library.engine.records.counts import Where
from robot_library.engine.records.paths import ASKED, DONE, INTENT, READ, VALUE, child, is_at_or_under, marked, within
from robot_library.engine.records.recorder import Notes
from robot_library.engine.records.shadow import PassedOver, write_down
from robot_library.engine.run.context import Frame, StepContext
from robot_library.engine.run.given import accepted_in, inputs_of, refuse_doubt, reviewed
from robot_library.engine.run.hands import made, typed_by_hand
from robot_library.engine.run.language import bind, names_used
from robot_library.engine.run.once import changed, done_once
from robot_library.engine.run.spans import Ended
from robot_library.engine.run.traced import keep_failure, keep_view, note_traces, shape
from robot_library.errors import ApplicationException, AuthoringError, LineHeld, NeedsPerson, WetreadError
from robot_library.interfaces import Action, Steps, WaitForPerson
from robot_library.model.workflow import Step

if TYPE_CHECKING:
    from robot_library.engine.run.dispatch import Dispatch
    from robot_library.engine.run.gate import Gate


async def run_list(run: Dispatch, steps: Steps, frame: Frame) -> None:
    """Run steps in order. What stands before a commit that is done is not run again, but signed in to;
    digests read by a list that fails are forgotten, unless something was decided on them."""
    last = _last_with_done_commit(run, steps, frame)
    pending = set(run.pending)
    try:
        for index, step in enumerate(steps):
            path = child(frame.prefix, step.path)
            finished = index < last or f"{path}{DONE}" in run.records
            if finished and run.catalogue.effect(step) != "session":
                await _pass_over(run, step, frame)
            else:
                run.heed()
                await run.heed_author(step, path, frame)
                await run_step(run, step, frame)
            if not frame.prefix:
                await _keep_reads(run)
    except BaseException:
        for key in set(run.pending) - pending:
            del run.pending[key]
        raise


async def _keep_reads(run: Dispatch) -> None:
    """At the end of a top-level step, what it read is fixed."""
    if run.pending:
        run.records.update(await run.journal.put_all(run.pending))
        run.pending.clear()


def _last_with_done_commit(run: Dispatch, steps: Steps, frame: Frame) -> int:
    done = marked(run.records, DONE)
    holding = (
        index
        for index, step in enumerate(steps)
        if any(is_at_or_under(path, child(frame.prefix, step.path)) for path in done)
    )
    return max(holding, default=-1)


async def _pass_over(run: Dispatch, step: Step, frame: Frame) -> None:
    """A step that stands before, or is, a finished commit: give back the name it bound."""
    path = child(frame.prefix, step.path)
    if step.bind is not None:
        value, doubtful = _left_name(run, step.bind, frame.prefix)
        frame.scope.bind(step.bind, value, doubtful=doubtful or frame.doubtful)
    kind = run.catalogue.action(step)
    notes = Notes(step, path, kind, kind.key.replace("_", " "))
    notes.outcome = "proven" if f"{path}{DONE}" in run.records else "reused"
    await run.timeline.add(notes.record({}, None))


def _left_name(run: Dispatch, name: str, prefix: str) -> tuple[Any, bool]:
    """A name as the interrupted go had it when it wrote down its last intent in this list, and whether it was
    doubtful."""
    for path in reversed(marked(run.records, INTENT)):
        intent = run.records[f"{path}{INTENT}"]
        if within(path, prefix) and name in intent["names"]:
            return intent["names"][name], name in intent["doubtful"]
    raise NeedsPerson(f"what this item had under {name!r} before the interruption is not recorded.")


async def run_step(run: Dispatch, step: Step, frame: Frame) -> None:
    """Run one step, record it and have its time told, whatever becomes of it."""
    kind = run.catalogue.action(step)
    path = child(frame.prefix, step.path)
    with run.spans.step(kind.key, kind.effect, path, str(step.place)) as told:
        await _recorded(run, step, frame, kind, path, told)


async def _recorded(
    run: Dispatch, step: Step, frame: Frame, kind: type[Action], path: str, told: Ended
) -> None:  # fmt: skip
    notes = Notes(step, path, kind, kind.key.replace("_", " "))
    ctx = StepContext(run, frame, notes, kind)
    run.tell("step", path, title=notes.title)
    failure: BaseException | None = None
    try:
        await _run_bound(ctx, step)
    except BaseException as broken:
        failure = broken
        run.seen |= frame.scope.visible()
        if isinstance(broken, LineHeld):
            notes.outcome = "skipped"
            ctx.detail(f"held: {broken.reason}")
        elif not isinstance(broken, WaitForPerson):
            await keep_failure(ctx, broken)
            run.failed(broken, Where(path, kind.key, _screen(ctx)))
        raise
    finally:
        note_traces(ctx)
        notes.gave = shape(ctx.bind, ctx.value)
        waits = isinstance(failure, WaitForPerson | LineHeld)
        record = notes.record(frame.scope.visible(), None if waits else failure)
        whose = patients(ctx)
        if not isinstance(failure, asyncio.CancelledError):
            await run.is_about(whose)
            await run.timeline.add(record)
        run.tell("step_done", path, title=record.title, outcome=record.outcome)
        told(record.outcome, type(failure).__name__ if failure and not waits else "")
        if not isinstance(failure, LineHeld):
            ended(ctx, failure, whose, reused=notes.outcome == "reused")


def _screen(ctx: StepContext) -> str:
    """The screen a step is about, as system.screen: by its parameters, or the one it writes to; "" if neither."""
    for name in ("screen", "target", "table"):
        role, dot, rest = str(getattr(ctx.bound, name, "")).partition(".")
        if dot and role in ctx.bot.apps:
            return f"{ctx.app(role).map}.{rest.partition('.')[0]}"
    protection = ctx.frame.protection
    return f"{ctx.app(protection.role).map}.{protection.screen}" if protection else ""


async def _run_bound(ctx: StepContext, step: Step) -> None:
    """The one place where anything an action raises becomes an error of ours, with its place."""
    try:
        used = names_used(step.params)
        ctx.doubtful = ctx.frame.doubtful or any(name in ctx.scope and ctx.scope.doubts(name) for name in used)
        ctx.bound = bind(step, ctx.action, ctx.scope.visible())
        ctx.notes.title = ctx.bound.title()
        if screen := _screen(ctx):
            ctx.run.tell("at", ctx.path, title=screen)
        for accepted in accepted_in(ctx.bound):
            ctx.acceptance.verify(accepted)
        begins(ctx)
        value = ctx.value = await _by_effect(ctx)
    except WetreadError as failure:
        failure.place = failure.place or str(step.place)
        raise
    except WaitForPerson as request:
        if ctx.effect != "wait" or ctx.frame.prefix:
            raise AuthoringError("only a top-level `wait` step may wait for a person.", place=str(step.place)) from None
        ctx.run.waiting_at = ctx.path
        if request.shown is not None:
            await ctx.run.keep(f"{ctx.path}{ASKED}", request.shown)
        ctx.notes.outcome = "skipped"
        ctx.detail(f"waits for {request.ask}")
        raise
    except Exception as failure:
        raise ApplicationException(
            f"{ctx.action.key!r} failed with {type(failure).__name__}.", place=str(step.place)
        ) from failure
    if step.bind is not None:
        doubtful = ctx.doubtful and ctx.effect != "wait"
        ctx.scope.bind(step.bind, value, doubtful=doubtful)


async def _by_effect(ctx: StepContext) -> Any:
    action = ctx.bound
    assert action is not None
    match ctx.effect:
        case "compute":
            return await _computed(ctx, action)
        case "read":
            return await _read(ctx, action)
        case "write":
            return await _written(ctx, action)
        case "commit":
            return await _committed(ctx, action)
        case "file":
            return await changed(ctx, action)
        case "once":
            return await done_once(ctx, action)
        case "wait" | "session":
            return await action.run(ctx)
        case "block":
            return await _block(ctx, action)
        case other:
            raise AuthoringError(f"action {ctx.action.key!r} has an unknown effect {other!r}.")


async def _block(ctx: StepContext, action: Action) -> Any:
    try:
        return await action.run(ctx)
    except PassedOver:
        ctx.notes.outcome = "skipped"
        ctx.detail("shadow: follows a save that was not made")
        return None


async def _computed(ctx: StepContext, action: Action) -> Any:
    """Computed once for ever: the recorded value is reused, if it was computed from the same."""
    run, key = ctx.run, f"{ctx.path}{VALUE}"
    inputs = inputs_of(ctx, action)
    if (kept := run.records.get(key)) is not None:
        if kept["inputs"] != inputs:
            raise NeedsPerson("what this step works on has changed since it was first done.", decided=True)
        ctx.notes.outcome = "reused"
        return kept["value"]
    value = await action.run(ctx)
    kept = await run.keep(key, {"inputs": inputs, "value": value})
    run.tell("compute_kept", ctx.path)
    return kept["value"]


async def _read(ctx: StepContext, action: Action) -> Any:
    """Read again after a crash, and the same, or the item stops."""
    value = await made(ctx, action)
    if value is None:
        return None
    run, key = ctx.run, f"{ctx.path}{READ}"
    try:
        digest = run.sealer.digest(value)
    except TypeError as failure:
        raise AuthoringError(f"{ctx.action.key!r} gives what cannot be kept: {failure}.") from None
    known = run.records.get(key) or run.pending.get(key)
    if known is None:
        run.pending[key] = digest
    elif known != digest:
        raise NeedsPerson(
            "what is read here is not what was read before the interruption.",
            cure="A person looks what has changed; nothing was typed on it.",
            decided=True,
        )
    return value


async def _written(ctx: StepContext, action: Action) -> Any:
    """Typing: inside protect, right after the guard, through a gate that is open only now and only there."""
    protection, session = await ctx.protected()
    refuse_doubt(ctx, action)
    if session.view is not None and session.view.screen == protection.screen:
        await keep_view(ctx, f"{protection.role}.{protection.screen} before typing", session.view)
    for line in await ctx.guard.before_write("write", protection, session.real):
        ctx.verified(line)
    if await typed_by_hand(ctx, action):
        return None
    await ctx.run.admitted.permit()
    gate = ctx.run.sessions.gate
    with gate.granted("type", session.real, protection):
        if not ctx.run.shadow:
            return await action.run(ctx)
        return await _only_written_down(ctx, action, gate)


async def _only_written_down(ctx: StepContext, action: Action, gate: Gate) -> Any:
    """A shadow's typing: the step runs, the gate hands nothing on, and what the step says it has proven is dropped."""
    proven, shown = len(ctx.notes.verified), len(ctx.notes.evidence)
    gate.typed = {}
    value = await action.run(ctx)
    del ctx.notes.verified[proven:], ctx.notes.evidence[shown:]
    letters = ", ".join(f"{target} ({len(text)} characters)" for target, text in gate.typed.items())
    await write_down(ctx, {"typed": gate.typed}, f"would type {letters}")
    return value


async def _committed(ctx: StepContext, action: Action) -> Any:
    """A final press: inside protect; the guard passes inside commit_once, right before the press."""
    await ctx.protected()
    refuse_doubt(ctx, action)
    if not ctx.frame.may_commit:
        raise AuthoringError(f"{ctx.action.key!r} stands in a block that may run it again, or not at all.")
    if ctx.stage == "limited" and not reviewed(ctx.run.records):
        raise NeedsPerson(
            "this bot is limited: a person reviews each item before anything is saved, and nobody has reviewed this.",
            cure="Its workflow needs an `accept`.",
        )
    try:
        return await action.run(ctx)
    except PassedOver:
        return None
