"""A hold on a question, what was typed so far, and the answer, through the desk as `wetread answer` gives it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, get_args

from starlette.responses import JSONResponse, RedirectResponse, Response

from robot_library.attended.house import House
from robot_library.attended.review.drafts import edits_of, tidied
from robot_library.attended.review.queue import Queue
from robot_library.attended.review.takers import takers
from robot_library.engine.people.reviews import HeldByOther, Question, Typed
from robot_library.errors import SetupError
from robot_library.interfaces import PersonAnswer
from robot_library.model.review import Rejection
from robot_library.web.shell import Ask

_FIELD = "f."
_LATER = {"10": 600.0, "60": 3600.0, "240": 4 * 3600.0}
"""Minutes → seconds that a question can be put off for."""
Decided = Literal["positive", "negative"]


class Answering:
    """POST /review/…"""

    def __init__(self, house: House, queue: Queue) -> None:
        self._house, self._reviews, self._queue = house, house.desk.reviews, queue

    # ---- at it ----

    async def take(self, ask: Ask) -> Response:
        """Be at an item; with `over`, in somebody else's place."""
        item = ask.request.path_params["item"]
        try:
            hold = await self._reviews.take(item, ask.who, over=bool(ask.text("over")))
        except HeldByOther as other:
            return ask.back(f"/review/{item}", ask.words("review.held", who=other.holder))
        if hold.from_whom:
            return ask.back(f"/review/{item}", ask.words("review.taken_over", who=hold.from_whom))
        return RedirectResponse(f"/review/{item}", 303)

    async def renew(self, ask: Ask) -> Response:
        """Still there."""
        item = ask.request.path_params["item"]
        standing = await self._reviews.renew(item, ask.text("token"))
        return JSONResponse({"step": standing.step}) if standing else await self._lost(ask, item)

    async def save(self, ask: Ask) -> Response:
        """Keep what was typed so far."""
        question = await self._queue.asked(ask)
        standing = await self._reviews.save(question.item, ask.text("token"), self._typed(ask, question))
        if standing is None:
            return await self._lost(ask, question.item)
        if "x-script" in ask.request.headers:
            return JSONResponse({"step": standing.step})
        return ask.back(f"/review/{question.item}", ask.words("review.saved"))

    async def leave(self, ask: Ask) -> Response:
        """Give it back: with what was typed, perhaps for later, perhaps sent to somebody."""
        question = await self._queue.asked(ask)
        typed, later, how = self._typed(ask, question), 0.0, ask.text("how")
        if how == "later":
            later = min(time.time() + _LATER.get(ask.text("minutes"), 600.0), question.request.until - 60)
        if how == "send":
            if (to := ask.text("to", 80)) not in takers(self._house, ask):
                raise SetupError(ask.words("review.send_to_whom"))
            typed = replace(typed, sent_to=to, sent_by=ask.who, sent_note=tidied(ask.text("why", 500)))
        if not await self._reviews.leave(question.item, ask.text("token"), later=later, typed=typed):
            return await self._lost(ask, question.item)
        said = {"later": "review.put_off", "send": "review.sent"}.get(how, "review.given_back")
        return await self._onward(ask, question.item, ask.words(said))

    # ---- the answer ----

    async def answer(self, ask: Ask) -> Response:
        """Accept, correct or reject; then the next question."""
        question = await self._queue.asked(ask)
        typed = self._typed(ask, question)
        if await self._reviews.save(question.item, ask.text("token"), typed) is None:
            return await self._lost(ask, question.item)
        if not await self._house.desk.answer(question.item, self._answer(ask, question, typed)):
            raise SetupError(ask.words("review.too_late"))
        await self._reviews.forget(question.item)
        return await self._onward(ask, question.item, ask.words("review.answered"))

    def _answer(self, ask: Ask, question: Question, typed: Typed) -> PersonAnswer:
        """As `wetread answer` would say it. Accepted is what the model said itself; anything else is a correction."""
        about = {"who": ask.who, "role": _role(ask), "note": typed.note}
        if ask.text("verdict") == "reject":
            reason = ask.text("reason")
            if reason not in get_args(Rejection) or not reason:
                raise SetupError(ask.words("review.why_rejected"))
            return PersonAnswer.model_validate({"verdict": "reject", "reason": reason, **about})
        if not typed.decision:
            raise SetupError(ask.words("review.decide_first"))
        asked = question.asked
        own = asked.finding.decision if asked else ""
        verdict = "accept" if typed.decision == own else "correct"
        drafted = asked.drafts.get(typed.decision, {}) if asked else {}
        edits = {name: text for name, text in typed.edits.items() if text != tidied(drafted.get(name, ""))}
        said = {"verdict": verdict, "decision": typed.decision, "edits": edits, **about}
        return PersonAnswer.model_validate(said)

    # ---- inside ----

    def _typed(self, ask: Ask, question: Question) -> Typed:
        """What the form holds. Whoever is no reviewer changes neither the decision nor a finding's text."""
        before, clinical = question.standing.typed, ask.may("findings")
        decision = ask.text("decision") if clinical else before.decision
        edits: Mapping[str, str] = before.edits
        if question.asked is not None:
            sent = {name: str(value) for name, value in ask.form.items() if name.startswith(_FIELD)}
            typed = {name.removeprefix(_FIELD): value for name, value in sent.items()}
            edits = edits_of(question.asked, typed, decision, clinical=clinical, before=before.edits)
        note = tidied(ask.text("note", 1000), 500) if clinical else before.note
        decided: Any = decision if decision in get_args(Decided) else ""
        return Typed(decided, edits, note, ask.who, before.sent_to, before.sent_by, before.sent_note)

    async def _onward(self, ask: Ask, done: str, said: str) -> Response:
        """To the next question, which this person then holds; to the list if there is none."""
        line = await self._queue.line(ask.who, done) if ask.may("findings") else []
        hold, which = None, ""
        if line:
            try:
                hold = await self._reviews.take(line[0].item, ask.who)
                # Asked anew, perhaps, since the page looked ahead; the hold is of the question as it stands now.
                which = (await self._reviews.question(hold.item)).which
            except (HeldByOther, SetupError):
                hold = None
        if "x-script" in ask.request.headers:
            if hold is None:
                return JSONResponse({"said": said, "next": ""})
            held = {"next": hold.item, "token": hold.token, "step": hold.standing.step, "which": which}
            return JSONResponse({"said": said, **held, "then": line[1].item if line[1:] else ""})
        return ask.back(f"/review/{hold.item}" if hold else "/review", said)

    async def _lost(self, ask: Ask, item: str) -> Response:
        """Somebody has taken it over, or it was given back in another window."""
        standing = (await self._reviews.standing([item]))[item]
        holder = standing.holder
        own = holder in ("", ask.who)
        said = ask.words("review.lost_here") if own else ask.words("review.lost", who=holder)
        if "x-script" in ask.request.headers:
            return JSONResponse({"lost": said}, 409)
        return ask.back(f"/review/{item}", said)


def _role(ask: Ask) -> str:
    return "reviewer" if "reviewer" in ask.session.role.split() else ask.session.role.split()[0]
