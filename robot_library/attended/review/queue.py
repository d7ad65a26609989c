"""Which questions wait, in which order, and which one is next for a person."""

from __future__ import annotations

import time

from starlette.responses import Response

from robot_library.attended.house import House
from robot_library.engine.reviews import Question
from robot_library.web.shell import Ask


class Queue:
    """GET /review."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def page(self, ask: Ask) -> Response:
        """Every question that waits, urgent ones first."""
        waiting, now = await self._house.desk.reviews.waiting(), time.time()
        return await ask.page("review.html", waiting=waiting, now=now, next=first_for(waiting, ask.who, now))

    async def next(self, who: str, *but: str) -> Question | None:
        """The first question but these that nobody else is at, and that was neither put off nor sent to others."""
        waiting = await self._house.desk.reviews.waiting()
        return first_for([one for one in waiting if one.item not in but], who, time.time())


def first_for(waiting: list[Question], who: str, now: float) -> Question | None:
    """The question this person should take now; what was sent to them stands before others of the same urgency."""
    free = [one for one in waiting if not one.standing.held_by_other(who) and one.standing.later <= now]
    theirs = [one for one in free if one.standing.typed.sent_to.casefold() in ("", who.casefold())]
    return min(theirs, key=lambda one: (not one.urgent, not one.standing.typed.sent_to), default=None)
