"""Which questions wait, in which order, and which one is next for a person."""

from __future__ import annotations

import time

from starlette.responses import Response

from robot_library.attended.house import House
from robot_library.engine.people.reviews import Question
from robot_library.errors import SetupError
from robot_library.web.shell import Ask


class Queue:
    """GET /review."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def page(self, ask: Ask) -> Response:
        """Every question that waits, urgent ones first."""
        waiting, now = await self._house.desk.reviews.waiting(), time.time()
        return await ask.page(
            "review.html", waiting=waiting, now=now, next=next(iter(line_for(waiting, ask.who, now)), None)
        )

    async def line(self, who: str, but: str) -> list[Question]:
        """The questions but this one that are this person's to take, in their order."""
        waiting = await self._house.desk.reviews.waiting()
        return line_for([one for one in waiting if one.item != but], who, time.time())

    async def asked(self, ask: Ask) -> Question:
        """The question of this address. SetupError, in the reader's words, if it is asked no more: they went back to
        it, or left it open too long."""
        try:
            return await self._house.desk.reviews.question(ask.request.path_params["item"])
        except SetupError:
            raise SetupError(ask.words("review.too_late")) from None


def line_for(waiting: list[Question], who: str, now: float) -> list[Question]:
    """Those that nobody else is at, and that were neither put off nor sent to others, in the order in which this person
    should take them; what was sent to them stands before others of the same urgency."""
    free = [one for one in waiting if not one.standing.held_by_other(who) and one.standing.later <= now]
    theirs = [one for one in free if one.standing.typed.sent_to.casefold() in ("", who.casefold())]
    return sorted(theirs, key=lambda one: (not one.urgent, not one.standing.typed.sent_to))
