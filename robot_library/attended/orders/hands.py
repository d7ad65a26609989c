"""A person does one step of an order in the bot's own window: asked for, told what to do, said done, or given back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from robot_library.attended.house import House
from robot_library.engine.people.handovers import Handover
from robot_library.engine.records.board import Listed
from robot_library.model.audit import Happened
from robot_library.web.shell import Ask


@dataclass(frozen=True)
class Lent:
    """How a wish stands. `mine`: of whoever looks; only then are `texts` there, which may name a patient."""

    wish: Handover
    mine: bool
    system: str
    screen: str
    texts: dict[str, str]


async def shown_to(house: House, ask: Ask, item: Listed) -> Lent | None:
    """The step that a person wants or has, as this one may see it; that its texts were shown is told."""
    wish = await house.desk.handovers.get(item.id)
    if wish is None:
        return None
    mine = wish.who == ask.who and ask.may("patients") and ask.may("hand")
    role, _, screen = (wish.work.screen if wish.work else "").partition(".")
    texts = {**wish.work.where, **wish.work.texts} if wish.work and mine else {}
    if texts and not ask.part:
        told = Happened("evidence", "texts of a step", item=item.id, bot=item.bot, person=ask.who)
        await asyncio.to_thread(house.desk.store.trail.record, told)
    return Lent(wish, mine, role.upper() if len(role) <= 4 else role.capitalize(), screen.replace("_", " "), texts)


class Hands:
    """What is done at /orders/{item}/hand."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def ask_for(self, ask: Ask) -> Response:
        """The next step is theirs."""
        item = await self._item(ask)
        done = await self._house.desk.hand_over(item.id, ask.who)
        return self._to(ask, item, "hand.said" if done else "hand.not")

    async def done(self, ask: Ask) -> Response:
        """They say that they have done it; the bot looks. Nobody says so for another."""
        item = await self._item(ask)
        wish = await self._house.desk.handovers.get(item.id)
        if wish is None or wish.who != ask.who:
            return self._to(ask, item, "hand.not_yours" if wish else "hand.late")
        heard = await self._house.desk.hand_back(item.id, ask.who, done=True)
        return self._to(ask, item, "hand.looks" if heard else "hand.late")

    async def back(self, ask: Ask) -> Response:
        """The bot is to do it after all."""
        item = await self._item(ask)
        heard = await self._house.desk.hand_back(item.id, ask.who, done=False)
        return self._to(ask, item, "hand.given_back" if heard else "hand.late")

    async def _item(self, ask: Ask) -> Listed:
        return await self._house.desk.board.item(ask.request.path_params["item"])

    def _to(self, ask: Ask, item: Listed, said: str) -> Response:
        answer = RedirectResponse(f"/orders/{item.id}", 303)
        ask.shell.say(answer, ask.words(said))
        return answer
