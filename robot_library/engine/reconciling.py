"""Daily reconciliation: the orders on the EHR's list against what became of our items. Every gap is named.

Nothing is typed and nothing is taken: the list is read as for `collect`, and compared.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from robot_library.engine import tables
from robot_library.engine.checks import Checks
from robot_library.engine.collecting import MemoryJournal
from robot_library.engine.comparing import shows_report
from robot_library.engine.dispatch import Dispatch
from robot_library.engine.items import key_mac
from robot_library.engine.journal import ItemJournal
from robot_library.engine.recorder import Timeline
from robot_library.errors import ItemError

if TYPE_CHECKING:
    from robot_library.engine.engine import Engine

KIND = "reconcile"
SLOT = "reconcile:"
"""What a slot's name begins with, after the bot's."""
_OVERLAP_S = 2 * 3600.0
OLD_S = 24 * 3600.0
"""After so long an item without an end is lost, and one that a person has is waiting."""
What = Literal["never_taken", "not_shown", "no_report", "unread", "lost", "with_person", "waiting"]
GAPS: Mapping[What, str] = {
    "never_taken": "on the EHR's list, and never taken",
    "not_shown": "done by our record, and on the EHR's list as open",
    "no_report": "typed by our record, and no report stands there",
    "unread": "typed by our record, and its record could not be read again",
    "lost": "taken, and not at an end after a day",
    "with_person": "given to a person, and still open after a day",
    "waiting": "waits for a person for more than a day",
}
_t = tables.items.c


@dataclass(frozen=True)
class Standing:
    """One item. `key` is what it is found by: a keyed hash."""

    key: str
    item: str
    state: str
    outcome: str | None
    created: float
    updated: float


@dataclass(frozen=True)
class Gap:
    """One order that is not as it should be. `order` is its key on the list; empty where only the item is known."""

    what: What
    order: str
    item: str
    since: float | None


def gaps(
    listed: Mapping[str, str], before: Sequence[Standing], after: Sequence[Standing], now: float, *, only_open: bool
) -> list[Gap]:
    """`listed`: hash → key of each order on the list; `before` and `after`: our items around its reading.
    `only_open`: the list holds no order that has a report."""
    known = {one.key: one for one in after}
    ended = {one.key for one in before if _done(one)}
    found = [Gap("never_taken", order, "", None) for mac, order in listed.items() if mac not in known]
    for mac, one in known.items():
        what = _gap(one, now, on_list=only_open and mac in listed, ended=mac in ended)
        if what is not None:
            found.append(Gap(what, listed.get(mac, ""), one.item, one.created if what == "lost" else one.updated))
    return found


def _gap(one: Standing, now: float, *, on_list: bool, ended: bool) -> What | None:
    if one.state == "waiting_for_person":
        return "waiting" if now - one.updated > OLD_S else None
    if one.state in ("new", "in_progress"):
        return "lost" if now - one.created > OLD_S else None
    if _done(one):
        return "not_shown" if on_list and ended else None
    return "with_person" if on_list and one.outcome != "shadow" and now - one.updated > OLD_S else None


def _done(one: Standing) -> bool:
    return one.outcome in ("typed", "already_reported")


async def reconcile(engine: Engine, bot: str) -> int:
    """Read the bot's list, compare, keep what was found; how many gaps."""
    only_open = engine.assembly(bot).bot.list_holds == "open"
    before = await _standing(engine, bot)
    records = await _records(engine, bot, [one for one in before if one.outcome == "typed"])
    rows = await engine.listed(bot)
    after = await _standing(engine, bot)
    listed = {key_mac(engine.sealer, bot, key): key for key, _ in rows.rows}
    found = gaps(listed, before, after, time.time(), only_open=only_open) + records
    counts = {"listed": len(rows.rows), "without_number": len(rows.aside), "items": len(after)}
    counts |= {what: sum(one.what == what for one in found) for what in GAPS}
    told = [{**vars(one), "order": one.order or await _key(engine, bot, one.item)} for one in found]
    await Checks(engine.store, engine.sealer).add(KIND, bot, counts, len(found), told)
    return len(found)


async def _records(engine: Engine, bot: str, typed: Sequence[Standing]) -> list[Gap]:
    """Read again the record of each item that was typed within a day and a bit."""
    assembly = engine.assembly(bot)
    compare, since = assembly.workflow.compare, time.time() - OLD_S - _OVERLAP_S
    if compare is None or compare.reported is None:
        return []
    found: list[Gap] = []
    timeline = Timeline(engine.store, engine.sealer, f"reconcile.{bot}")
    await timeline.clear()
    for one in (each for each in typed if each.updated >= since):
        view = await engine.desk.items.get(one.item)
        journal = ItemJournal(engine.store, engine.sealer, one.item, view.generation)
        async with engine.credentials(assembly), engine.let_in(assembly) as admitted:
            dispatch = Dispatch(
                assembly, view.item, MemoryJournal(), timeline, engine.sealer,
                pool=engine.pool(assembly), listener=engine.tell, settle=engine.settle, admitted=admitted,
                trail=engine.store.trail, behind=await engine.desk.bots.behind(bot),
            )  # fmt: skip
            try:
                what: What | None = None if await shows_report(dispatch, compare, journal) else "no_report"
            except ItemError:
                what = "unread"
        if what is not None:
            found.append(Gap(what, "", one.item, one.updated))
    return found


async def _key(engine: Engine, bot: str, item: str) -> str:
    """The key of an item that is not on the list, if its inputs hold it."""
    collect = engine.assembly(bot).workflow.collect
    payload = (await engine.desk.items.get(item)).item.payload
    return str(payload.get(collect.key, "")) if collect is not None else ""


async def not_read(engine: Engine, bot: str, code: str) -> None:
    """Keep that the list could not be read: nobody knows whether there are gaps."""
    await Checks(engine.store, engine.sealer).add(KIND, bot, {"not_read": 1}, 1, [{"what": "not_read", "code": code}])


async def _standing(engine: Engine, bot: str) -> list[Standing]:
    query = sa.select(_t.key_mac, _t.id, _t.state, _t.outcome, _t.created, _t.updated).where(_t.bot == bot)

    def work(connection: sa.Connection) -> list[Any]:
        return list(connection.execute(query))

    return [Standing(*row) for row in await engine.store.read(work)]
