"""What changes the world without a proof on any screen: a mail, a file handed over. At most once for an item.

Written down before it begins and after it has ended, with its value. Ended: the value is reused, in later lives of the
item too. Begun and not ended: nobody knows, and a person looks; if the person sends the item back, it is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from robot_library.engine.records.paths import BEGUN, ONCE
from robot_library.engine.records.shadow import write_down
from robot_library.engine.run.given import inputs_of, refuse_doubt, reviewed
from robot_library.errors import AuthoringError, ItemError, NeedsPerson
from robot_library.interfaces import Action

if TYPE_CHECKING:
    from robot_library.engine.run.context import StepContext

_CURE = "A person looks whether it has happened; an item that is sent back does it."


def _allowed(ctx: StepContext, action: Action) -> None:
    if ctx.frame.protection is not None or not ctx.frame.may_change:
        raise AuthoringError(
            f"{ctx.action.key!r} changes something outside any screen: it stands in `steps`, and neither in `protect`, "
            "nor in `retry`, nor in a workflow that is called."
        )
    refuse_doubt(ctx, action)


async def changed(ctx: StepContext, action: Action) -> Any:
    """A file of ours: written again after an interruption, it is the same file. A shadow writes none."""
    _allowed(ctx, action)
    if ctx.run.shadow:
        return await write_down(ctx, {"would": action.title()}, "would write a file")
    await ctx.run.admitted.permit()
    return await action.run(ctx)


async def done_once(ctx: StepContext, action: Action) -> Any:
    """See the module."""
    _allowed(ctx, action)
    run, inputs = ctx.run, inputs_of(ctx, action)
    if run.shadow:
        return await write_down(ctx, {"would": action.title()}, "would do this, once")
    if (kept := await _earlier(ctx, inputs)) is not None:
        ctx.notes.outcome = "reused"
        action.reused(ctx)
        return kept["value"]
    if f"{ctx.path}{BEGUN}" in run.records:
        raise NeedsPerson("this was begun before an interruption; whether it has happened is not known.", cure=_CURE)
    if ctx.stage == "limited" and not reviewed(run.records):
        raise NeedsPerson(
            "this bot is limited, and nobody has reviewed this item.", cure="Its workflow needs `accept`."
        )
    await action.ready(ctx)
    await run.admitted.permit()
    return await _begin(ctx, action, inputs)


async def _begin(ctx: StepContext, action: Action, inputs: str) -> Any:
    run = ctx.run
    run.tell("before_intent", ctx.path)
    begun = await run.keep(f"{ctx.path}{BEGUN}", {"dispatch": run.dispatch})
    if begun["dispatch"] != run.dispatch:
        raise NeedsPerson("another worker is doing this at the same moment.", cure=_CURE)
    run.tell("intent", ctx.path)
    try:
        value = await action.run(ctx)
    except ItemError as failure:
        raise NeedsPerson(
            f"{failure.message} Whether it has happened all the same is not known.", cure=_CURE
        ) from failure
    run.tell("pressed", ctx.path)
    kept = await run.keep(f"{ctx.path}{ONCE}", {"path": ctx.path, "inputs": inputs, "value": value})
    run.tell("proven", ctx.path)
    return kept["value"]


async def _earlier(ctx: StepContext, inputs: str) -> dict[str, Any] | None:
    """What this step has left: in this life of the item, or in an earlier one with the same inputs."""
    kept: dict[str, Any] | None = ctx.run.records.get(f"{ctx.path}{ONCE}")
    if kept is not None:
        if kept["inputs"] != inputs:
            raise NeedsPerson(
                "what this step works on has changed since it was done.", cure="It is not done again.", decided=True
            )
        return kept
    lives: list[dict[str, Any]] = await ctx.run.journal.earlier(ONCE)
    return next((one for one in lives if one["path"] == ctx.path and one["inputs"] == inputs), None)
