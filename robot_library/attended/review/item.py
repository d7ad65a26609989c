"""One question: who it is, the film, what the model says and what it was not made for, the draft, earlier runs."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from robot_library.attended.house import House
from robot_library.attended.orders.proofs import source
from robot_library.attended.review.drafts import fields
from robot_library.attended.review.model import made_for
from robot_library.attended.review.pacs import pacs_address
from robot_library.attended.review.pictures import marked, tell
from robot_library.attended.review.queue import Queue
from robot_library.attended.review.takers import takers
from robot_library.engine.people.reviews import Question
from robot_library.engine.records.board import Listed
from robot_library.model.person import Identity, PersonName
from robot_library.web.shell import Ask


@dataclass(frozen=True)
class Whose:
    """The banner: who the patient is, in the words of those sources that agreed."""

    name: str
    numbers: tuple[str, ...]
    birth_date: object
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Earlier:
    """An earlier run of the same patient. `said`: what the skill answered then."""

    item: Listed
    said: str
    in_error: bool = False
    """Its report was taken back as entered in error."""


class Items:
    """GET /review/…"""

    def __init__(self, house: House, queue: Queue) -> None:
        self._house, self._queue = house, queue

    async def page(self, ask: Ask) -> Response:
        """The question. With `ahead`, as it will look once this person holds it."""
        question = await self._queue.asked(ask)
        await tell(self._house, question, "review", "open (fetched ahead)" if ask.query("ahead") else "open", ask.who)
        return await ask.page("review_item.html", **await self._values(ask, question))

    async def hold(self, ask: Ask) -> Response:
        """Only who is at it, for a page that stays open."""
        ident = ask.request.path_params["item"]
        standing = (await self._house.desk.reviews.standing([ident]))[ident]
        return await ask.page("review_hold.html", item=ident, standing=standing, mine=standing.holder == ask.who)

    async def _values(self, ask: Ask, question: Question) -> dict[str, Any]:
        standing, asked, ahead = question.standing, question.asked, bool(ask.query("ahead"))
        mine = standing.holder == ask.who or (ahead and not standing.held_by_other(ask.who))
        library, clinical = self._house.library, ask.may("findings")
        own = asked.finding.decision if asked else ""
        decision = standing.typed.decision or (own if own != "uncertain" else "")
        following = await self._queue.line(ask.who, question.item)
        return {
            "question": question, "item": question.item, "asked": asked, "standing": standing, "mine": mine,
            "marked": marked(question), "clinical": clinical, "decision": decision, "now": time.time(), "ahead": ahead,
            "whose": whose(asked.patients) if asked else None,
            "agree": [source(one, ask.words) for one in whose(asked.patients).sources] if asked else [],
            "made": made_for(library, asked.finding) if asked else None,
            "pacs": pacs_address(library, question.bot, asked.pacs) if asked and asked.pacs else "",
            "fields": fields(asked, decision, standing.typed.edits, clinical=clinical, held=mine) if asked else [],
            "earlier": await self._earlier(question), "next": following[0].item if following else "",
            "takers": takers(self._house, ask) if mine else [],
        }  # fmt: skip

    async def _earlier(self, question: Question) -> list[Earlier]:
        if question.asked is None:
            return []
        board = self._house.desk.board
        found = await board.some(await self._house.desk.reviews.earlier(question.asked, question.item, limit=8))
        back = self._house.desk.retractions.of_item
        return [Earlier(one, await self._said(one.id), await back(one.id) is not None) for one in reversed(found)]

    async def _said(self, item: str) -> str:
        steps = (await self._house.desk.board.run(item)).steps
        return next((_short(step.detail) for step in reversed(steps) if step.action == "run_skill"), "")


def whose(people: tuple[Identity, ...]) -> Whose:
    """One person out of what several sources said."""
    names = [name for person in people for name in person.names if name.family or name.given]
    numbers = {(one.value, one.issuer or "") for person in people for one in person.ids}
    born = next((person.birth_date for person in people if person.birth_date), None)
    said = dict(sorted(numbers))
    shown = tuple(f"{value} ({issuer})" if issuer else value for value, issuer in said.items())
    return Whose(spelled(names[0]) if names else "", shown, born, tuple(dict.fromkeys(one.source for one in people)))


def spelled(name: PersonName) -> str:
    """Family name first, as on a wristband."""
    given = " ".join(filter(None, (name.given, name.middle)))
    return ", ".join(filter(None, (" ".join(filter(None, (name.family, name.suffix))), given)))


def _short(detail: str) -> str:
    return re.sub(r"\(.*", "", detail).strip(" ;")
