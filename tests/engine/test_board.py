"""The board: counts, lists, search by a key that stands nowhere, troubles and times of what really ran."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from robot_library.engine.database.store import Store
from robot_library.engine.engine import Engine
from robot_library.engine.records.board import Board
from robot_library.engine.records.items import Items
from robot_library.errors import SetupError
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, Bench, assembly
from tests.engine.world import Record

SEALER = SealedJson(KEY)


class NeverOpens(SealedJson):
    """Opens reasons and requests, and nothing else."""

    def open(self, sealed: str, context: str) -> Any:
        assert context.split("|")[0] in ("reason", "request"), context
        return super().open(sealed, context)


@pytest.fixture
async def items(tmp_path: Path) -> AsyncIterator[Items]:
    store = Store(f"sqlite:///{tmp_path / 'engine.sqlite'}")
    store.open(SEALER.fingerprint)
    items = Items(store, SEALER)
    for number in range(12):
        bot, order = "xray" if number % 2 else "mri", f"REQ{number}"
        row = items.row(bot, "w", {"order": order}, order, priority=10, due=None)
        assert await store.write(lambda connection, row=row: items.insert(connection, row))
        ident = row["id"]
        if number < 3:
            await items.close(ident, "done", "typed", "", "")
        elif number < 6:
            await items.close(ident, "application_exception", "needs_person", "TargetNotFound", "no such button.")
    yield items
    store.close()


def board(items: Items) -> Board:
    return Board(items._store, NeverOpens(KEY))


async def test_tallies_pages_and_orders(items: Items) -> None:
    tallies = await board(items).tally()
    assert sum(tally.count for tally in tallies) == 12
    assert {(t.bot, t.code, t.count) for t in tallies if t.code} == {
        ("mri", "TargetNotFound", 1),
        ("xray", "TargetNotFound", 2),
    }
    page = await board(items).page(states=("new",), order="oldest", limit=2, offset=1)
    assert page.total == 6
    assert [one.state for one in page.items] == ["new", "new"]
    assert page.items[0].created < page.items[1].created
    failed = await board(items).page(code="TargetNotFound", bot="xray")
    assert [one.reason for one in failed.items] == ["no such button."] * 2
    assert len(await board(items).matching(bot="xray", states=("new",))) == 3


async def test_an_order_is_found_by_its_number_which_stands_nowhere(items: Items, tmp_path: Path) -> None:
    found = await board(items).page(search=" REQ7 ")
    assert [one.bot for one in found.items] == ["xray"]
    assert (await board(items).page(search="REQ")).total == 0, "a part of a key finds nothing: only its hash is kept"
    assert (await board(items).page(search=found.items[0].id[:8])).total == 1
    assert (await board(items).page(search="targetnot")).total == 3
    assert (await board(items).page(search="xra")).total == 6
    assert (await board(items).page(search="%")).total == 0
    assert await board(items).find(found.items[0].id[:10]) == found.items[0].id
    with pytest.raises(SetupError, match="no item begins"):
        await board(items).find("ffffffffffffffffffff")
    with pytest.raises(SetupError):
        await board(items).item("nothing")
    assert b"REQ7" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


async def test_what_went_wrong_where_and_how_long_steps_took(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.sqlite")
    record.add("O1", "P1")
    record.add("O2", "P2")
    record.run("UPDATE orders SET held = 'yes' WHERE order_id = 'O2'")
    engine = Engine(tmp_path / "home", SEALER, SEALER.fingerprint, settle=0.01)
    one = assembly(tmp_path, record)
    one.driver.lost = 1  # type: ignore[attr-defined]
    engine.add_bot(one)
    began = time.time()
    async with engine:
        await engine.submit("tiny", {"order": "O1"}, "O1")
        await engine.submit("tiny", {"order": "O2"}, "O2")
        await engine.run_until_idle()
        board = Board(engine.store, SEALER)
        troubles = {trouble.code: trouble for trouble in await board.figures.troubles()}
        lost = troubles["DriverLost"]
        assert (lost.screen, lost.action, lost.count, lost.items) == ("", "open", 1, 1)
        held = troubles["OrderHeld"]
        assert (held.screen, held.action, held.count) == ("tiny.result", "fill", 1)
        assert (await board.page(screen="tiny.result")).total == 1
        spent = {one.action: one for one in await board.figures.spent(began - 3600)}
        assert spent["open"].count >= 3
        assert spent["open"].longest <= spent["open"].seconds
        assert "protect" not in spent, "a block's steps count, not the block"
        ended = await board.figures.ended_by_hour(began)
        assert sum(sum(hour.values()) for hour in ended.values()) == 2
        item = (await board.page(code="OrderHeld")).items[0]
        run = await board.run(item.id)
        assert any(step.outcome == "failed" for step in run.steps)
        assert (await board.figures.waits(began))[0][:2] == ("tiny", 2)


async def test_a_target_found_by_a_fall_back_is_counted(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.sqlite")
    record.add("O1", "P1")
    engine = Engine(tmp_path / "home", SEALER, SEALER.fingerprint, settle=0.01)
    one = assembly(tmp_path, record)
    session = one.driver.session

    async def drifting(*given: Any) -> Any:
        made = await session(*given)
        made.drift = lambda: ["ehr.result.patient was found by its locator number 2: mend the map"]  # type: ignore[method-assign]
        return made

    one.driver.session = drifting  # type: ignore[method-assign]
    engine.add_bot(one)
    async with engine:
        await engine.submit("tiny", {"order": "O1"}, "O1")
        await engine.run_until_idle()
        (drifted,) = await Board(engine.store, SEALER).figures.drift()
    assert (drifted.bot, drifted.target) == ("tiny", "ehr.result.patient")
    assert "locator number 2" in drifted.line


async def test_that_something_has_changed_is_seen_in_an_instant_and_past_what_is_of_a_time_to_come(
    bench: Bench,
) -> None:
    """Asked every second while a page is open, over half a million items; one that a clock that was ahead has dated
    would be the last that changed."""
    items, board = Items(bench.store, SEALER), Board(bench.store, SEALER)
    rows = [items.row("tiny", "w", {}, f"k{number}", priority=10, due=None) for number in range(2)]
    rows[0]["updated"] = rows[0]["created"] = time.time() + 1e8
    await bench.store.write(lambda connection: items.insert_all(connection, rows))
    before, asked = await board.changes(), list[str]()
    sa.event.listen(bench.store.durable, "before_cursor_execute", lambda *given: asked.append(given[2]))
    await items.touch(rows[1]["id"])
    assert (await board.changes())["items"] != before["items"]
    explain = [f"EXPLAIN QUERY PLAN {one}".replace("?", "1.0") for one in asked if "wetread_items" in one]
    plans = await bench.store.read(lambda c: [row[3] for one in explain for row in c.exec_driver_sql(one)])
    assert plans
    assert not [one for one in plans if one.startswith("SCAN wetread_items")]


async def test_the_step_at_hand_is_told_while_it_lasts(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.sqlite")
    record.add("O1", "P1")
    written = [("sign_in", {}), ("open", {"screen": "ehr.order", "order": "=item.order"}), ("pause", {"seconds": 30.0})]
    engine = Engine(tmp_path / "home", SEALER, SEALER.fingerprint, settle=0.01)
    engine.add_bot(assembly(tmp_path, record, written))
    board = Board(engine.store, SEALER)
    async with engine:
        before = await board.changes()
        await engine.submit("tiny", {"order": "O1"}, "O1")
        async with asyncio.timeout(120):
            while not (live := await board.live()) or live[0].at is None or live[0].at.action != "pause":  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert (live[0].at.worker, live[0].at.path) == ("worker", "3")
        assert live[0].picture is None
        changed = {topic for topic, now in (await board.changes()).items() if before[topic] != now}
        assert changed == {"items", "runs"}
    store = Store(f"sqlite:///{tmp_path / 'home' / 'engine.sqlite'}")
    store.open(SEALER.fingerprint)
    (left,) = await Board(store, SEALER).live()
    assert left.at is None, "a worker that has stopped is at nothing"
    store.close()
