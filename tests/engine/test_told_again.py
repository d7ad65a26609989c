"""A go whose process ended just before the queue heard of it tells its result once more: nothing changes then."""

from __future__ import annotations

import time

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.records.items import Items, Request
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.paths import ANSWER
from tests.engine.conftest import Bench
from tests.engine.world import yes

ASKED = Request("5", "radiologist", "uncertain", "Uncertain", time.time() + 3600, "answer.0")


async def one(items: Items, bench: Bench) -> str:
    row = items.row("tiny", "w", {}, "k", priority=10, due=None)
    assert await bench.store.write(lambda connection: items.insert(connection, row))
    return str(row["id"])


async def test_an_answered_item_does_not_wait_again(bench: Bench) -> None:
    items = Items(bench.store, bench.sealer)
    item = await one(items, bench)
    journal = ItemJournal(bench.store, bench.sealer, item, 0)
    mac = journal.mac(f"5{ANSWER}")
    assert await items.wait(item, ASKED, 0, mac)
    assert await items.wait(item, ASKED, 0, mac), "not answered yet: told again, it still waits"
    assert await items.answered(item, ASKED, journal.row(f"5{ANSWER}", yes()))
    assert not await items.wait(item, ASKED, 0, mac)
    assert (await items.get(item)).item.state == "in_progress"


async def test_a_taken_item_asks_nobody(bench: Bench) -> None:
    items = Items(bench.store, bench.sealer)
    item = await one(items, bench)
    row = {"item": item, "generation": 0, "at": 0.0, "entry": ""}
    await bench.store.write(lambda connection: connection.execute(sa.insert(tables.cancels).values(**row)))
    assert not await items.wait(item, ASKED, 0, "no such answer")
    assert await items.is_taken(item, 0)
    await items.close(item, "business_exception", "needs_person", "ItemTaken", "", 0)
    assert not await items.is_taken(item, 0)


async def test_an_item_that_was_sent_back_is_not_ended_by_its_earlier_life(bench: Bench) -> None:
    items = Items(bench.store, bench.sealer)
    item = await one(items, bench)
    await items.close(item, "dead", "needs_person", "X", "", 0)
    ((bot, life),) = await bench.store.write(lambda connection: items.reopen_all(connection, [item]))
    assert (bot, life.item, life.generation) == ("tiny", item, 1)
    await items.close(item, "dead", "needs_person", "X", "", 0)
    assert not await items.wait(item, ASKED, 0, "no such answer")
    assert (await items.get(item)).item.state == "new"
