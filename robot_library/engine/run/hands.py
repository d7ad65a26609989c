"""A person does one step in the bot's own window; the bot waits, proves what they have done, and goes on.

Lent is one step at its boundary, never the middle of a press. Meanwhile the gate is shut, what the guard saw counts
no more, and the go's time stands still. When the person says that it is done, whose record it is is read anew, and what
the step should have done is proven. What is not proven is told, and stays the person's. All of it is in the database: a
bot that is started anew comes to the same step and lends it again, unless the proof of a press is there by then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from robot_library.engine.database.trail import identities
from robot_library.engine.people.handovers import Handover, Handovers
from robot_library.engine.people.pauses import PAUSED, Pauses
from robot_library.engine.records.mask import mask
from robot_library.errors import (
    DriverLost,
    ItemError,
    LineHeld,
    OrderHeld,
    TooFewIdentifiers,
    TypingNotProven,
)
from robot_library.interfaces import Action
from robot_library.model.audit import Happened
from robot_library.model.by_hand import HandWork

if TYPE_CHECKING:
    from robot_library.engine.run.context import StepContext
    from robot_library.engine.run.gate import GatedSession

LOOK_EVERY = 0.3
LENT_FOR = 900.0
"""Seconds that a window is lent at most; then the item is laid down as paused."""
ANEW = "The bot had to begin this part anew: what was not saved in its window is gone."
Check = Callable[[], Awaitable[Any]]
Did = Literal["no", "done", "back"]


class Hands:
    """Of one go at one item. `wish`: the path of the step that a person wants ("" for the next one), None for none;
    `forget` tells the worker that it is over."""

    def __init__(
        self, item: str, generation: int, table: Handovers, pauses: Pauses, wish: Callable[[], str | None],
        forget: Callable[[], None], due: float | None = None,
    ) -> None:  # fmt: skip
        self._item, self._generation, self._table, self._pauses = item, generation, table, pauses
        self._wish, self._forget, self._due = wish, forget, due
        self.limit: asyncio.Timeout | None = None
        """The time that the go may take: it stands still while a person is at work."""

    def wanted(self, path: str) -> bool:
        """Whether a person may want this step; the cheap question, asked at every one."""
        return self._wish() in ("", path)

    async def proven(self, path: str) -> None:
        """A press was found to be done: if it was lent when the bot was cut short, it is not any more."""
        if self._wish() == path:
            await self._over()

    async def does(self, ctx: StepContext, check: Check) -> tuple[Did, Any]:
        """Have a person do a step, if they want to and can; what the check gave once it was proven."""
        if not self.wanted(ctx.path) or ctx.run.shadow or ctx.bound is None:
            return "no", None
        wish = await self._table.get(self._item)
        if wish is None or wish.state == "unseen" or wish.path not in ("", ctx.path):
            return "no", None
        work = await ctx.bound.hand_work(ctx)
        if work is None:
            return "no", None
        session = await ctx.run.sessions.get(work.screen.partition(".")[0])
        if not await session.lend(writes=work.writes):
            await self._table.unseen(self._item)
            self._forget()
            return "no", None
        return await self._lent(ctx, session, work, wish, check)

    async def _lent(
        self, ctx: StepContext, session: GatedSession, work: HandWork, wish: Handover, check: Check
    ) -> tuple[Did, Any]:
        until = time.time() + LENT_FOR
        if self._due is not None:
            until = min(until, max(self._due, time.time() + 60.0))
        await self._table.lend(self._item, ctx.path, work, until, ANEW if wish.path else "")
        self._tell(ctx, wish.who, "begun", "lend a step")
        saved, did, value = False, "back", None
        try:
            with self.unhurried():
                while await self._said(ctx, wish.who, until) == "done":
                    try:
                        value = await check()
                    except DriverLost:
                        raise
                    except ItemError as instead:
                        saw = mask(f"{instead.message} {instead.cure}".strip(), ctx.scope.visible())
                        self._tell(ctx, wish.who, "failed", "lend a step", instead.code)
                        await self._table.lend(self._item, ctx.path, work, until, saw)
                        continue
                    saved, did = work.what == "save", "done"
                    ctx.answered_by = wish.who
                    ctx.verified(f"{wish.who} did this by hand, in the bot's window; the bot has looked")
                    self._tell(ctx, wish.who, "ok", "lend a step")
                    break
        finally:
            session.had_back(saved=saved)
        await self._over()
        return did, value  # type: ignore[return-value]

    async def _said(self, ctx: StepContext, who: str, until: float) -> str:
        """What the person says in the end. Raises what ends the go meanwhile: taken, stopped, paused for too long."""
        while (state := await self._table.state(self._item)) == "lent":
            ctx.run.heed()
            if time.time() > until:
                await self._pauses.pause(self._item, self._generation, who, self._due)
                await self._over()
                raise LineHeld(PAUSED, "a step was lent to a person, who has not said that it is done")
            await asyncio.sleep(LOOK_EVERY)
        return state

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Within it, the time that the go may take stands still."""
        limit, loop = self.limit, asyncio.get_running_loop()
        left = None if limit is None or limit.when() is None else limit.when() - loop.time()  # type: ignore[operator]
        if limit is not None:
            limit.reschedule(None)
        try:
            yield
        finally:
            if limit is not None and left is not None and not limit.expired():
                limit.reschedule(loop.time() + left)

    async def _over(self) -> None:
        self._forget()
        await self._table.over(self._item)
        self._forget()

    def _tell(self, ctx: StepContext, who: str, outcome: Any, what: str, code: str = "") -> None:
        told = Happened(
            "decision", what, outcome, item=self._item, bot=ctx.bot.bot, person=who, path=ctx.path, code=code
        )
        ctx.run.trail.record(told)


class NoHands(Hands):
    """Where nobody can ask for a step."""

    def __init__(self) -> None:
        self.limit = None

    def wanted(self, path: str) -> bool:
        return False

    async def proven(self, path: str) -> None:
        return

    async def does(self, ctx: StepContext, check: Check) -> tuple[Did, Any]:
        return "no", None


async def made(ctx: StepContext, action: Action) -> Any:
    """The value of a step that reads: done by the bot, or by a person in its window and looked at by the bot."""
    hands = ctx.run.hands
    if not hands.wanted(ctx.path):
        return await action.run(ctx)
    did, value = await hands.does(ctx, lambda: _looked(ctx, action))
    return value if did == "done" else await action.run(ctx)


async def _looked(ctx: StepContext, action: Action) -> Any:
    work = await action.hand_work(ctx)
    assert work is not None
    role, _, screen = work.screen.partition(".")
    session = await ctx.run.sessions.get(role)
    live = session.view
    where = work.where if work.what == "reach" or live is None else live.where
    view = await session.stand(screen, where)
    await _same_person(ctx, session)
    if work.what == "look":
        return await action.run(ctx)
    await ctx.evidence("screenshot", f"{work.screen} as left by a person", await view.picture())
    return None


async def _same_person(ctx: StepContext, session: GatedSession) -> None:
    """What the live screen says about its patient must not differ from what this item knows already."""
    view = session.real.view
    if view is None or session.screen(view.screen).identity is None:
        return
    protection = ctx.frame.protection
    known = list(protection.expected if protection else identities(ctx.scope.visible()))
    shown = await ctx.guard.identify(session.real, view)
    try:
        ctx.verified(ctx.guard.agree([shown, *known]))
    except TooFewIdentifiers:  # nothing differs; whether it is enough is asked before anything is written
        ctx.detail("nothing on the screen speaks against its being the same patient")


async def typed_by_hand(ctx: StepContext, action: Action) -> bool:
    """Whether a person has typed in the bot's place, exactly what it would have typed."""
    hands = ctx.run.hands
    if not hands.wanted(ctx.path):
        return False
    protection, session = await ctx.protected()
    before = await session.holds()
    did, _ = await hands.does(ctx, lambda: _exactly(ctx, action, before))
    if did == "back":
        for line in await ctx.guard.before_write("write", protection, session.real):
            ctx.verified(line)
    return did == "done"


async def _exactly(ctx: StepContext, action: Action, before: dict[str, str]) -> None:
    """The record is still the one, and its form holds the step's texts, letter by letter, and nothing new beside."""
    protection, session = await ctx.protected()
    work = await action.hand_work(ctx)
    assert work is not None
    await session.stand(protection.screen, session.view.where if session.view else {})
    lines = await ctx.guard.before_write("write", protection, session.real)
    held = await session.holds()
    for target, text in work.texts.items():
        if (there := held.get(target, "")) != text:
            raise TypingNotProven(
                f"{target} holds {len(there)} characters, and not exactly the {len(text)} that belong there.",
                cure="Correct it, or let the bot do it. Nothing was saved.",
            )
    for target, text in held.items():
        if target not in work.texts and text.strip() and text != before.get(target, ""):
            raise OrderHeld(
                f"{target} holds text that is not the bot's.", cure="Take it out again: the bot would save it."
            )
    for line in lines:
        ctx.verified(line)
