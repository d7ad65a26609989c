"""The list of orders, one order, its pictures, and what a person does to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from starlette.responses import RedirectResponse, Response

from robot_library.attended.house import House
from robot_library.attended.orders.hands import shown_to
from robot_library.attended.orders.progress import progress, since_when
from robot_library.attended.orders.proofs import Said, said
from robot_library.engine.fleet.pulse import AtHand
from robot_library.engine.line.at_screen import of_a_screen
from robot_library.engine.line.switches import Switch
from robot_library.engine.records.board import OPEN, Listed
from robot_library.engine.records.items import URGENT
from robot_library.errors import SetupError
from robot_library.interfaces import PersonAnswer
from robot_library.model.audit import Happened
from robot_library.model.confirm import CONFIRM, Whose
from robot_library.model.run import StepRecord
from robot_library.web.shell import Ask

_MINE, _OTHERS = 30, 30
_PICTURES = frozenset({"screenshot", "image", "overlay"})


async def asking(house: House, who: str) -> list[str]:
    """The orders of somebody that wait for them to confirm the patient."""
    mine = await house.desk.board.some(await house.desk.starts.of(who, limit=_MINE))
    return [one.id for one in mine if one.state == "waiting_for_person" and one.code == CONFIRM]


class Orders:
    """Everything at /orders."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def all(self, ask: Ask) -> Response:
        """One's own orders, and what else is under way."""
        desk = self._house.desk
        ids = await desk.starts.of(ask.who, limit=_MINE)
        items = {one.id: one for one in await desk.board.some(ids)}
        page = await desk.board.page(states=OPEN, order="changed", limit=_OTHERS + len(ids))
        others = [one for one in page.items if one.id not in items][:_OTHERS]
        clear = ask.may("patients")
        return await ask.page(
            "orders.html", mine=[await self._house.shown(items[one], clear=clear) for one in ids if one in items],
            others=[await self._house.shown(one, clear=clear) for one in others], now=time.time(),
        )  # fmt: skip

    async def one(self, ask: Ask) -> Response:
        """One order, as far as it is."""
        house, item = self._house, await self._item(ask)
        desk, bot = house.desk, house.bot(item.bot)
        run, at = await desk.board.run(item.id), await self._at_hand(item)
        spent = await desk.board.figures.spent(since_when(), item.bot)
        lent = await shown_to(house, ask, item)
        started_by, pause = await desk.starts.by(item.id), (await desk.pauses.some([item.id])).get(item.id)
        whose = await self._whose(ask, item, started_by)
        return await ask.page(
            "order.html", shown=await house.shown(item, clear=ask.may("patients")), item=item, started_by=started_by,
            progress=progress(bot, item, run.steps, at, spent, ask.words), pause=pause,
            whose=whose, about=self._about(whose), picture=_picture(run.steps), now=time.time(),
            in_error=await desk.retractions.of_item(item.id), incidents=await desk.incidents.of(item.id),
            stopped=bool(await desk.switches.scopes() & {"all", f"bot:{item.bot}"}),
            held=await self._held(ask, item), at_screen=await self._at_screen(item),
            workers=any(one.alive for one in await desk.workers()),
            lent=lent, hands=ask.may("hand"), takes=ask.may("take") and item.outcome is None,
            runs=ask.may("take") and item.state in ("new", "in_progress") and not item.code,
        )  # fmt: skip

    async def _at_hand(self, item: Listed) -> AtHand | None:
        live = await self._house.desk.board.live(50) if item.state == "in_progress" else []
        return next((one.at for one in live if one.item.id == item.id), None)

    async def _held(self, ask: Ask, item: Listed) -> Said | None:
        """Why its line waits, if it does."""
        from robot_library.engine.line.standing import why_held

        if item.state not in ("new", "in_progress"):
            return None
        why = (await why_held(self._house.desk.store, [item.bot])).get(item.bot, "")
        return said(why, ask.words) if why else None

    async def _at_screen(self, item: Listed) -> Switch | None:
        """The stop, if somebody at the bot's own screen has stopped it."""
        if item.state not in ("new", "in_progress"):
            return None
        stops = await self._house.desk.switches.list()
        return next((one for one in stops if one.scope == f"bot:{item.bot}" and of_a_screen(one)), None)

    async def _whose(self, ask: Ask, item: Listed, started_by: str) -> Whose | None:
        """Whom the bot has before it, for the eyes of whoever started it; that they were shown is told."""
        if started_by != ask.who or not ask.may("patients") or item.state != "waiting_for_person":
            return None
        whose = await self._house.desk.whose(item.id)
        if whose is not None and not ask.part:
            told = Happened("evidence", "patient", item=item.id, bot=item.bot, person=ask.who)
            await asyncio.to_thread(self._house.desk.store.trail.record, told)
        return whose

    def _about(self, whose: Whose | None) -> str:
        """What the answer of a page is about: whom it has shown."""
        return "" if whose is None else self._house.sealer.digest(whose)[:32]

    async def picture(self, ask: Ask) -> Response:
        """A picture out of this order's own timeline, if it was masked when it was taken."""
        from robot_library.imaging.pictures import shrink

        item, blob = await self._item(ask), ask.request.path_params["blob"]
        run = await self._house.desk.board.run(item.id)
        kept = (one for step in run.steps for one in step.evidence)
        if not any(one.blob == blob and one.masked and one.kind in _PICTURES for one in kept):
            raise SetupError(ask.words("order.no_picture"))
        told = Happened("evidence", "picture", item=item.id, bot=item.bot, person=ask.who)
        await asyncio.to_thread(self._house.desk.store.trail.record, told)
        kind, data = await asyncio.to_thread(lambda: shrink(self._house.blobs.get(blob)))
        return Response(data, media_type=kind)

    # ---- what is done ----

    async def patient(self, ask: Ask) -> Response:
        """Whoever started it says whether this is the patient."""
        item = await self._item(ask)
        if await self._house.desk.starts.by(item.id) != ask.who:
            raise SetupError(ask.words("confirm.not_yours"))
        whose = await self._house.desk.whose(item.id)
        if whose is not None and ask.text("about", 64) != self._about(whose):
            return self._to(ask, item, "confirm.changed")
        yes = ask.text("is") == "yes"
        answer = PersonAnswer(verdict="accept" if yes else "reject", who=ask.who, about="patient")
        if not await self._house.desk.answer(item.id, answer):
            return self._to(ask, item, "confirm.late")
        return self._to(ask, item, "confirm.yes_said" if yes else "confirm.no_said")

    async def pause(self, ask: Ask) -> Response:
        """The bot lays it down before its next step."""
        item = await self._item(ask)
        until = max(item.due or 0.0, time.time() + 60.0) if item.priority <= URGENT and item.due else None
        done = await self._house.desk.pause(item.id, ask.who, until=until)
        return self._to(ask, item, "pause.said" if done else "pause.not")

    async def go_on(self, ask: Ask) -> Response:
        """The bot takes it up again."""
        item = await self._item(ask)
        done = await self._house.desk.go_on(item.id, ask.who)
        if (stop := await self._at_screen(item)) is not None:
            done = await self._house.desk.switches.go_on(stop.scope, ask.who, "on the order's page") or done
        return self._to(ask, item, "pause.over" if done else "pause.not_paused")

    async def take(self, ask: Ask) -> Response:
        """A person does it themselves: the bot types nothing more."""
        item = await self._item(ask)
        if item.outcome is not None:
            return self._to(ask, item, "take.ended")
        await self._house.desk.cancel(item.id, ask.who, ask.text("why", 300))
        return self._to(ask, item, "take.said")

    async def _item(self, ask: Ask) -> Listed:
        return await self._house.desk.board.item(ask.request.path_params["item"])

    def _to(self, ask: Ask, item: Listed, said: str) -> Response:
        answer = RedirectResponse(f"/orders/{item.id}", 303)
        ask.shell.say(answer, ask.words(said))
        return answer


def _picture(steps: Sequence[StepRecord]) -> tuple[str, str] | None:
    """The newest masked picture: its reference and its title."""
    for step in sorted(steps, key=lambda step: step.started, reverse=True):
        for kept in reversed(step.evidence):
            if kept.kind == "screenshot" and kept.masked:
                return kept.blob, kept.title
    return None
