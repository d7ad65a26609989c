"""The queue: every item there is or was, filtered, searched, sorted; and one thing done to many of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args
from urllib.parse import urlencode

from starlette.responses import Response

from robot_library.engine.records.board import ENDED, OPEN, ORDERS, Listed, Order
from robot_library.errors import Outcome, SetupError
from robot_library.model.workitem import State
from robot_library.unattended.dashboard.floor import Floor
from robot_library.web.shell import Ask

_SIZE = 50
_MOST = 10_000
_GROUPS: dict[str, tuple[State, ...]] = {"open": OPEN, "ended": ENDED}
_STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True)
class Wanted:
    """What of the queue is asked for, as its address says it."""

    state: str = ""
    bot: str = ""
    outcome: str = ""
    code: str = ""
    screen: str = ""
    search: str = ""
    late: str = ""
    order: str = "newest"
    page: int = 1

    @classmethod
    def of(cls, ask: Ask, form: bool = False) -> Wanted:
        """Read from the address, or from a form; what is not known there counts as not asked for."""
        text = ask.text if form else ask.query
        given = {name: text(name) for name in ("state", "bot", "outcome", "code", "screen", "search", "late", "order")}
        if given["state"] not in (*_STATES, *_GROUPS):
            given["state"] = ""
        if given["outcome"] not in get_args(Outcome):
            given["outcome"] = ""
        if given["order"] not in ORDERS:
            given["order"] = "newest"
        page = text("page")
        return cls(**given, page=int(page) if page.isdigit() and 0 < int(page) < 100_000 else 1)

    @property
    def states(self) -> tuple[State, ...]:
        """The states that are asked for."""
        return _GROUPS.get(self.state) or ((cast(State, self.state),) if self.state else ())

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for at all."""
        return any((self.state, self.bot, self.outcome, self.code, self.screen, self.search, self.late))

    def terms(self) -> dict[str, Any]:
        """As the board takes it."""
        return {
            "bot": self.bot or None, "states": self.states, "outcome": cast("Outcome | None", self.outcome or None),
            "code": self.code or None, "screen": self.screen or None, "search": self.search or None,
            "late": bool(self.late), "order": cast(Order, self.order),
        }  # fmt: skip

    def url(self, **other: Any) -> str:
        """The address of the same, with something changed."""
        values = {**vars(self), "page": 1, **other}
        plain = {"order": "newest", "page": 1}
        kept = {name: value for name, value in values.items() if value and value != plain.get(name)}
        return "/queue" + (f"?{urlencode(kept)}" if kept else "")


class Queue:
    """GET /queue; POST /queue/confirm and /queue/do."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def page(self, ask: Ask) -> Response:
        """One page of items."""
        board, wanted = self._floor.desk.board, Wanted.of(ask)
        # Whether there is an order of some number is itself something of a patient.
        by_key, skip = ask.may("find"), (wanted.page - 1) * _SIZE
        page = await board.page(**wanted.terms(), by_key=by_key, offset=skip, limit=_SIZE)
        tallies = await board.tally()
        states = Counter[str]()
        for tally in tallies:
            if not wanted.bot or tally.bot == wanted.bot:
                states[tally.state] += tally.count
        return await ask.page(
            "queue.html", items=page.items, total=page.total, wanted=wanted, size=_SIZE, states=states,
            all_states=_STATES, orders=ORDERS, bots=sorted({tally.bot for tally in tallies}),
            codes=sorted({tally.code for tally in tallies if tally.code}), late=await board.late(),
            last=max(1, -(-page.total // _SIZE)), now=time.time(),
        )  # fmt: skip

    async def confirm(self, ask: Ask) -> Response:
        """What would be done to which items, before it is."""
        do, wanted = _doing(ask), Wanted.of(ask, form=True)
        fit, rest = await self._picked(ask, wanted, do)
        kinds = Counter(item.state for item in fit)
        return await ask.page(
            "queue_confirm.html", do=do, fit=fit, rest=rest, kinds=kinds, wanted=wanted, everything=ask.text("all"),
            seen=time.time(),
        )  # fmt: skip

    async def do(self, ask: Ask) -> Response:
        """Do it; who did it stands at every item."""
        do, wanted = _doing(ask), Wanted.of(ask, form=True)
        fit, _ = await self._picked(ask, wanted, do)
        done = await do_to(self._floor, ask, do, [item.id for item in fit])
        return ask.back(wanted.url(page=wanted.page), ask.words(f"queue.done_{do}", count=done))

    async def _picked(self, ask: Ask, wanted: Wanted, do: str) -> tuple[list[Listed], int]:
        """The picked items that this can be done to, and how many others were picked."""
        board = self._floor.desk.board
        if ask.text("all"):
            # Of all that fit, those that stood so when they were counted for whoever confirms.
            seen = float(ask.text("seen") or "inf")
            items = (await board.page(**wanted.terms(), limit=_MOST)).items
            items = [item for item in items if item.updated <= seen]
        else:
            items = await board.some([str(one) for one in ask.form.getlist("id")])
        fit = [item for item in items if fits(do, item)]
        return fit, len(items) - len(fit)


def _doing(ask: Ask) -> str:
    do = ask.text("do")
    if do not in ("retry", "cancel"):
        raise SetupError("there is nothing of that name to do.")
    return do


def fits(do: str, item: Listed) -> bool:
    """Whether this can be done to an item as it stands: what was typed is never done again."""
    return not item.ended if do == "cancel" else item.ended and item.outcome != "typed"


async def do_to(floor: Floor, ask: Ask, do: str, items: Sequence[str]) -> int:
    """Send back or cancel; how many it was done to. Somebody else may have been quicker with some."""
    desk, words = floor.desk, ask.words
    if do == "retry":
        done = await desk.retry(items, ask.who)
    else:
        done = [item for item in items if await desk.cancel(item, ask.who)]
    for item in done:
        await desk.note(item, ask.who, words(f"item.was_{do}"))
    return len(done)
