"""Daily reconciliation: the orders on the EHR's list against what became of our items. Every order is in one class, and
every gap is named (orders.py).

Nothing is typed and nothing is taken: the list is read as for `collect`, records are opened and read, and compared.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from robot_library.engine.collecting import Collected, MemoryJournal, aside_key
from robot_library.engine.comparing import seen_again
from robot_library.engine.database import tables
from robot_library.engine.ports import Assembly
from robot_library.engine.records.checks import RECONCILE, Checks
from robot_library.engine.records.items import key_mac
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.orders import Look, Placed, Standing, added_up, placed, to_look_at
from robot_library.engine.records.recorder import Timeline
from robot_library.engine.run.dispatch import Dispatch
from robot_library.errors import ApplicationException, AuthoringError, ItemError

if TYPE_CHECKING:
    from robot_library.engine.engine import Engine

KIND = RECONCILE
SLOT = "reconcile:"
"""What a slot's name begins with, after the bot's."""
_t = tables.items.c


async def reconcile(engine: Engine, bot: str) -> int:
    """Read the bot's list, open the records of its items, compare, keep what was found; how many gaps."""
    assembly = engine.assembly(bot)
    before = await _standing(engine, bot)
    rows = await engine.listed(bot)
    listed = _listed(engine, bot, rows)
    looks = await _looks(engine, assembly, before, listed)
    after, now = await _standing(engine, bot), time.time()
    found = placed(
        listed, before.values(), after.values(), looks, now, only_open=assembly.bot.list_holds == "open"
    )  # fmt: skip
    bad = sum(one.gap for one in found)
    counts = {"listed": len(listed), "without_number": len(rows.aside), "items": len(found), **added_up(found)}
    told = [{**vars(one), "order": one.order or await _key(engine, bot, one)} for one in _in_order(found)]
    await Checks(engine.store, engine.sealer).add(KIND, bot, counts, bad, told)
    return bad


def _in_order(found: list[Placed]) -> list[Placed]:
    return sorted(found, key=lambda one: (not one.gap, one.what, one.since or 0.0, one.order))


def _listed(engine: Engine, bot: str, rows: Collected) -> dict[str, str]:
    """Hash → key of everything on the list; a row that has no key of its own is known by all it holds."""
    found = {key_mac(engine.sealer, bot, key): key for key, _ in rows.rows}
    return found | {key_mac(engine.sealer, bot, aside_key(engine.sealer, row)): "" for row in rows.aside}


async def _looks(
    engine: Engine, assembly: Assembly, before: Mapping[str, Standing], listed: Mapping[str, str]
) -> dict[str, Look]:
    """What stands now in the records of items: of those on the list, and of those that have ended within a day."""
    compare = assembly.workflow.compare
    if compare is None or compare.reported is None:
        return {}
    found: dict[str, Look] = {}
    timeline = Timeline(engine.store, engine.sealer, f"reconcile.{assembly.bot.bot}")
    await timeline.clear()
    now, behind = time.time(), await engine.desk.bots.behind(assembly.bot.bot)
    for one in before.values():
        if not to_look_at(one, now, on_list=one.key in listed):
            continue
        view = await engine.desk.items.get(one.item)
        journal = ItemJournal(engine.store, engine.sealer, one.item, view.generation)
        async with engine.roster.credentials(assembly), engine.let_in(assembly) as admitted:
            dispatch = Dispatch(
                assembly, view.item, MemoryJournal(), timeline, engine.sealer,
                pool=engine.roster.pool(assembly), listener=engine.tell, settle=engine.settle, admitted=admitted,
                trail=engine.store.trail, behind=behind,
            )  # fmt: skip
            try:
                found[one.item] = await seen_again(dispatch, compare, journal)
            except (ItemError, AuthoringError) as failure:
                if isinstance(failure, ApplicationException) and (held := await engine.line.fault(assembly)):
                    raise held from None  # a system is down: the whole reading is made later
                found[one.item] = "unread"
    return found


async def _key(engine: Engine, bot: str, one: Placed) -> str:
    """The key of an item that is not on the list, if its inputs hold it."""
    collect = engine.assembly(bot).workflow.collect
    if collect is None or not one.item:
        return ""
    return str((await engine.desk.items.get(one.item)).item.payload.get(collect.key, ""))


async def not_read(engine: Engine, bot: str, code: str) -> None:
    """Keep that the list could not be read: nobody knows whether there are gaps."""
    told = [{"what": "not_read", "gap": True, "code": code}]
    await Checks(engine.store, engine.sealer).add(KIND, bot, {"not_read": 1}, 1, told)


async def _standing(engine: Engine, bot: str) -> dict[str, Standing]:
    """Every item of a bot by its id."""
    query = sa.select(_t.key_mac, _t.id, _t.state, _t.outcome, _t.created, _t.updated, _t.code).where(_t.bot == bot)

    def work(connection: sa.Connection) -> list[Any]:
        return list(connection.execute(query))

    return {row[1]: Standing(*row) for row in await engine.store.read(work)}
