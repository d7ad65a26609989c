"""The only way to make something final: claimed, proven absent, guarded, written down, pressed, proven there."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from robot_library.engine.fleet.lease import clock
from robot_library.engine.records.paths import DONE, INTENT
from robot_library.engine.records.shadow import foresee
from robot_library.errors import (
    ApplicationException,
    AuthoringError,
    BusinessException,
    NeedsPerson,
    SawTooLongAgo,
)
from robot_library.interfaces import Committing, Proof

if TYPE_CHECKING:
    from robot_library.engine.run.context import StepContext
    from robot_library.engine.run.dispatch import Dispatch

_LOOKS = 2
"""So often does the guard look again, for one press."""
Prove = Callable[[Mapping[str, Any]], Awaitable[Proof]]


@dataclass(frozen=True)
class Final:
    """One commit of one step: what it may happen once for, what proves it, how to look, how to press."""

    once_per: str
    proof: dict[str, Any]
    prove: Prove
    press: Callable[[], Awaitable[None]]

    def claims(self, ctx: StepContext) -> list[str]:
        """The names that are taken for ever by whoever presses. Blanks around a key make no other order of it: the
        record's own key is compared without them, too."""
        return [f"once|{what}|{self.once_per.strip()}" for what in _what(ctx)]


async def commit_once(ctx: StepContext, final: Final) -> Literal["pressed", "proven"]:
    """Press at most once, for ever. See interfaces.Context.commit_once."""
    run, path = ctx.run, ctx.path
    if ctx.effect != "commit":
        raise AuthoringError(f"{ctx.action.key!r} is no commit action and may not make anything final.")
    if run.shadow:
        await foresee(ctx, final)
        raise AuthoringError("a shadow presses nothing.")
    if f"{path}{INTENT}" in run.records:
        if await settled(run, lambda: final.prove(final.proof)) == "found":
            return await _done(run, path, "proven")
        nobody_else_presses(run, path)
    elif await _seen_before(ctx, final):
        return await _done(run, path, "proven")
    await _press(ctx, final)
    return await _done(run, path, "pressed")


async def _seen_before(ctx: StepContext, final: Final) -> bool:
    """Before the first press in this life of the item: nobody else may hold the claim, and the proof may be
    there only if an earlier life of this item intended exactly it; then it is done (True)."""
    for claim in final.claims(ctx):
        if not await ctx.run.journal.claim(claim):
            raise NeedsPerson(
                "another item has taken the right to do this once, so it is not done again.",
                cure="A person looks what that item left in the record.",
            )
    match await final.prove(final.proof):
        case "found":
            if final.proof in ctx.run.earlier:
                return True
            raise NeedsPerson(
                "what this press would prove is there already, though this item never pressed.",
                cure="A person looks who wrote it.",
            )
        case "unknown":
            raise ApplicationException(
                "the record could not be opened anew to look for the proof; nothing was pressed."
            )
    return False


def _what(ctx: StepContext) -> list[str]:
    """Which press this is, on which system: the same for every bot and workflow that presses it, by whichever map of
    the system. What was taken while claims went by the map's own name stays taken."""
    target = str(getattr(ctx.bound, "target", ""))
    role, _, rest = target.partition(".")
    if not rest:
        return [f"{ctx.action.key}|{ctx.run.assembly.bot.bot}|"]
    own = ctx.app(role).map
    screens = ctx.run.assembly.maps.get(own)
    systems = dict.fromkeys((screens.system if screens else own, own))
    return [f"{ctx.action.key}|{system}|{rest}" for system in systems]


async def _press(ctx: StepContext, final: Final) -> None:
    run, path = ctx.run, ctx.path
    seen = await _guarded(ctx)
    run.tell("before_intent", path)
    if f"{path}{INTENT}" not in run.records:
        await _intend(ctx, final)
    run.tell("intent", path)
    if run.hands.wanted(path):
        did, _ = await run.hands.does(ctx, lambda: _by_hand(run, final))
        if did == "done" or (did == "back" and await settled(run, lambda: final.prove(final.proof)) == "found"):
            return
        seen = await _guarded(ctx)
    await _press_now(ctx, final, seen)
    run.tell("pressed", path)
    if await settled(run, lambda: final.prove(final.proof)) == "absent":
        raise NeedsPerson(
            "the button was pressed, but the record opened anew does not show what was typed.",
            cure="A person looks at the record; nothing is pressed again.",
        )


async def _press_now(ctx: StepContext, final: Final, seen: float) -> None:
    """Press on what the guard has seen just now: a database that is locked, a machine that slept or a button that took
    no press for a while leave a person time to sign, and then the guard looks again."""
    run = ctx.run
    protection, session = await ctx.protected()
    for more in range(_LOOKS, -1, -1):
        if clock() - seen > SawTooLongAgo.AFTER:
            await run.admitted.permit()
            seen = await _looked(ctx)
        try:
            with run.sessions.gate.granted("press", session.real, protection, until=seen + SawTooLongAgo.AFTER):
                await final.press()
            break
        except SawTooLongAgo:
            if not more:
                raise
            seen = -math.inf
        except BusinessException as refusal:
            await _refused(ctx, final, refusal)
            break


async def _refused(ctx: StepContext, final: Final, refusal: BusinessException) -> None:
    """Something came up at the press: it counts, unless the press has worked."""
    if await settled(ctx.run, lambda: final.prove(final.proof)) == "absent":
        raise refusal
    # A browser whose answer is lost asks by itself again, and then it is the second asking that is refused.
    ctx.verified(f"{refusal.code} came up, but the proof, absent before the press, is there after it")


async def _guarded(ctx: StepContext) -> float:
    """The guard has passed for what is on the screen now, and the line still runs; when the guard had looked."""
    seen = await _looked(ctx)
    await ctx.run.admitted.permit()
    return seen


async def _looked(ctx: StepContext) -> float:
    protection, session = await ctx.protected()
    for line in await ctx.run.assembly.guard.before_write("commit", protection, session.real):
        ctx.verified(line)
    return clock()


async def _by_hand(run: Dispatch, final: Final) -> None:
    """A person says that they have pressed: looked for exactly as after a crash."""
    if await settled(run, lambda: final.prove(final.proof)) == "absent":
        raise NeedsPerson(
            "the record opened anew does not show what is to be saved, exactly as the bot had it.",
            cure="Save it, let the bot do it, or take the order.",
        )


async def _intend(ctx: StepContext, final: Final) -> None:
    """Write down, before the press, what is about to be pressed and how to look for it afterwards."""
    run = ctx.run
    intent = {
        "dispatch": run.dispatch,
        "holder": run.sessions.gate.fence.holder,
        "action": ctx.action.key,
        "proof": final.proof,
        "names": ctx.scope.visible(),
        "doubtful": ctx.scope.doubtful(),
    }
    kept = await run.keep(f"{ctx.path}{INTENT}", intent)
    if kept["dispatch"] != run.dispatch:
        raise ApplicationException("another worker is pressing for this item at this moment; this one lets go.")


async def settled(run: Dispatch, look: Callable[[], Awaitable[Proof]]) -> Proof:
    """The proof after a press that may have happened: `absent` is believed only when seen twice, apart,
    because a server may still be at work on it. Unknown is retried by the part, and in the end a person's."""
    verdict = await look()
    if verdict == "absent":
        await asyncio.sleep(run.settle)
        verdict = await look()
    if verdict == "unknown":
        raise ApplicationException(
            "the record could not be opened anew to look for the proof of a press; it is not pressed again blindly."
        )
    return verdict


async def _done(run: Dispatch, path: str, how: Literal["pressed", "proven"]) -> Literal["pressed", "proven"]:
    await run.keep(f"{path}{DONE}", how)
    await run.hands.proven(path)
    run.tell("proven", path, outcome=how)
    return how


def nobody_else_presses(run: Dispatch, path: str) -> None:
    """A host that was lost, not seen dead, may wake in the middle of its press and make it: then nobody knows."""
    if run.sessions.gate.fence.may_still_press(run.records[f"{path}{INTENT}"].get("holder", "")):
        raise NeedsPerson(
            "the host that was about to press this was lost; whether it has pressed, or still will, is not known.",
            cure="A person looks at the record, and at that host; nothing is pressed again.",
        )


async def recover(run: Dispatch, path: str, make: Callable[[], StepContext]) -> bool:
    """Look for the proof of a press that was intended before a crash; True if it is there, and then it is done."""
    intent = run.records[f"{path}{INTENT}"]
    kind = run.catalogue.actions.get(intent["action"])
    if kind is None or not hasattr(kind, "prove"):
        raise NeedsPerson(f"action {intent['action']!r} cannot look for its own proof any more.")
    prove = cast(Committing, kind).prove
    if await settled(run, lambda: prove(make(), intent["proof"])) != "found":
        nobody_else_presses(run, path)
        return False
    await _done(run, path, "proven")
    return True
