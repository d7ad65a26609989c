"""The desk: what everybody outside a worker may ask, and that it reaches the workers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from robot_library.engine import slots
from robot_library.engine.database import tables
from robot_library.engine.desk import Desk, New
from robot_library.engine.engine import Engine
from robot_library.errors import AuthoringError, RunCancelled, SetupError
from robot_library.model.record import Record as Read
from robot_library.model.workflow import Collect
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly, hospital
from tests.engine.steps import PREREAD, steps, tree, workflow
from tests.engine.world import Record, TinySkills, yes

SEALER = SealedJson(KEY)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return hospital(tmp_path, 6)


@asynccontextmanager
async def desk_at(home: Path) -> AsyncIterator[Desk]:
    async with Desk(home, SEALER, SEALER.fingerprint) as desk:
        yield desk


@asynccontextmanager
async def worker(folder: Path, record: Record, name: str = "worker", **more: Any) -> AsyncIterator[Engine]:
    engine = Engine(folder / "home", SEALER, SEALER.fingerprint, executor=name, settle=0.01)
    engine.add_bot(assembly(folder, record, **more))
    async with engine:
        yield engine


async def until(true: Any, *, seconds: float = 120.0) -> None:
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 – what is waited for stands in a database
            await asyncio.sleep(0.05)


async def test_what_is_queued_before_any_worker_exists_is_done_by_the_first(tmp_path: Path, record: Record) -> None:
    async with desk_at(tmp_path / "home") as desk:
        first = await desk.add("tiny", {"order": "O1"}, "O1", priority=1, due=5.0)
        assert first is not None
        assert first.priority == 1
        assert await desk.add("tiny", {"order": "O1"}, "O1") is None
        news = [New({"order": order}, order) for order in ("O2", "O2", "O3")]
        second, again, third = await desk.add_all("tiny", news)
        assert (second is None, again is None, third is None) == (False, True, False)
        async with worker(tmp_path, record) as engine:
            await engine.run_until_idle()
        assert {view.outcome for view in await desk.items.all()} == {"typed"}
    assert sorted(record.saves()) == ["O1", "O2", "O3"]


async def test_what_is_queued_while_a_worker_waits_is_taken_at_once(tmp_path: Path, record: Record) -> None:
    async with worker(tmp_path, record) as engine, desk_at(tmp_path / "home") as desk:
        item = await desk.add("tiny", {"order": "O1"}, "O1")
        assert item is not None

        async def done() -> bool:
            return (await desk.items.get(item.id)).outcome == "typed"

        await until(done)
        (seen,) = await desk.workers()
        assert (seen.name, seen.alive) == ("worker", True)
        assert engine.runs_bot("tiny")
    async with desk_at(tmp_path / "home") as desk:
        (gone,) = await desk.workers()
    assert not gone.alive
    assert gone.ended is not None


async def test_a_row_and_its_case_are_one_transaction(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk_at(tmp_path / "home") as desk:
        post = await desk._mail()

        def dies(*_: Any) -> None:
            raise OSError("the process ends between the two")

        with monkeypatch.context() as patch:
            patch.setattr(post, "queue_case", dies)
            with pytest.raises(OSError, match="between"):
                await desk.add("tiny", {"order": "O1"}, "O1")
        assert await desk.items.all() == []
        assert await desk.add("tiny", {"order": "O1"}, "O1") is not None


async def test_a_slot_collects_once_whoever_fires_it(tmp_path: Path, record: Record) -> None:
    async with desk_at(tmp_path / "home") as one, desk_at(tmp_path / "home") as other:
        slot = "tiny@2026-11-20T02:00:00+01:00"
        fired = await asyncio.gather(*(desk.fire("tiny", slot) for desk in (one, other, one)))
        assert sorted(fired) == [False, False, True]
        assert await one.collecting("tiny")
        collect = Collect(steps=steps([("sign_in", {}), ("read_table", {}, "rows")]), items=tree("=rows"), key="order")
        flow = workflow(PREREAD).model_copy(update={"collect": collect})
        async with worker(tmp_path, record, workflow=flow) as engine:
            await until(lambda: _collected(one))
            await engine.run_until_idle()
        assert await one.last_slots("tiny") == [slot]
    assert sorted(record.saves()) == [f"O{number}" for number in range(1, 7)]


async def test_a_slot_is_collected_after_all_when_the_database_was_gone_in_the_middle(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that fails over at two in the morning: the worker ends, and the night's orders are for the next one."""
    slot = "tiny@2026-11-20T02:00:00+01:00"
    collect = Collect(steps=steps([("sign_in", {}), ("read_table", {}, "rows")]), items=tree("=rows"), key="order")
    flow = workflow(PREREAD).model_copy(update={"collect": collect})
    async with desk_at(tmp_path / "home") as desk:
        async with worker(tmp_path, record, workflow=flow) as engine:

            async def gone(*_: Any, **__: Any) -> list[str | None]:
                engine.going.server_gone()  # as the store does where the connection is lost for good
                raise RunCancelled("the database's server is gone.")

            monkeypatch.setattr(engine.desk, "add_all", gone)
            assert await desk.fire("tiny", slot)
            with pytest.raises(SetupError, match="server is gone"):
                await asyncio.wait_for(engine.going.until_halted(), 60)
        async with worker(tmp_path, record, workflow=flow) as engine:
            await until(lambda: _collected(desk))
            await engine.run_until_idle()
    assert sorted(record.saves()) == [f"O{number}" for number in range(1, 7)]


async def test_a_slot_that_waits_for_a_stopped_line_writes_nothing_meanwhile(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot that was disabled in spring and forgotten: a row for every look would be gigabytes by winter."""
    monkeypatch.setattr(slots, "_HELD_S", 0.02)
    async with desk_at(tmp_path / "home") as desk, worker(tmp_path, record, workflow=collecting()) as engine:
        await desk.bots.disable("tiny", "miller")
        assert await desk.fire("tiny", "tiny@2026-11-20T02:00:00+01:00")
        await until(lambda: _rows(engine, "collect.%", at_least=1))
        await asyncio.sleep(2)
        assert await _count(engine, "collect.%") == 1
        await desk.bots.enable("tiny", "miller")
        await until(lambda: _collected(desk))
        assert await _count(engine, "collect.%") == 2


async def test_a_slot_that_waits_outlives_a_database_that_is_locked_for_a_while(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would end as broken, and until the next start no look at the list would be queued after it."""
    monkeypatch.setattr(slots, "_HELD_S", 0.02)
    async with desk_at(tmp_path / "home") as desk, worker(tmp_path, record, workflow=collecting()) as engine:
        looks, real = [0], engine.line.keeps_out

        async def locked_for_a_while(one: Any) -> Any:
            looks[0] += 1
            if looks[0] <= 10:
                raise sa.exc.OperationalError("SELECT", {}, Exception("database is locked"))
            return await real(one)

        monkeypatch.setattr(engine.line, "keeps_out", locked_for_a_while)
        await desk.bots.disable("tiny", "miller")
        assert await desk.fire("tiny", "tiny@2026-11-20T02:00:00+01:00")
        await until(lambda: _rows(engine, "collect.%", at_least=1))
        await asyncio.sleep(1)
        assert await _count(engine, "slot.%", status="ERROR") == 0
        await desk.bots.enable("tiny", "miller")
        await until(lambda: _collected(desk))


async def test_a_slot_whose_collecting_broke_down_keeps_no_later_one_from_being_fired(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database was locked for longer than anybody waits, as by somebody's VACUUM, when its end was written down."""

    async def locked(*_: Any, **__: Any) -> None:
        raise sa.exc.OperationalError("UPDATE", {}, Exception("database is locked"))

    async with desk_at(tmp_path / "home") as desk:
        async with worker(tmp_path, record, workflow=collecting()) as engine:
            monkeypatch.setattr(slots.Slots, "_end", locked)
            assert await desk.fire("tiny", "tiny@2026-11-20T02:00:00+01:00")
            await until(lambda: _rows(engine, "slot.%", status="ERROR"))
            assert await desk.collecting("tiny"), "a poll would not look at the list again, for ever"
            monkeypatch.undo()
        async with worker(tmp_path, record, workflow=collecting()):
            await until(lambda: _collected(desk))


async def test_what_a_worker_of_last_month_had_begun_is_taken_over(tmp_path: Path, record: Record) -> None:
    """A site that stood still over the holidays and starts with fewer workers, or from a backup of then."""
    async with desk_at(tmp_path / "home") as desk:
        made = await desk.add("tiny", {"order": "O1"}, "O1")
        assert made is not None
        begun = sa.text("UPDATE workflow_status SET status = 'PENDING', executor_id = 'worker-4'")
        long_ago = time.time() - 8 * 86_400
        row = {"executor": "worker-4", "host": "h", "pid": 1, "started": long_ago, "seen": long_ago, "ended": None}
        await desk.store.write(lambda c: (c.execute(begun), c.execute(sa.insert(tables.workers).values(**row))))
        async with worker(tmp_path, record, "worker-1") as engine:

            async def done() -> bool:
                return (await engine.item(made.id)).outcome == "typed"

            await until(done, seconds=30)


def collecting() -> Any:
    collect = Collect(steps=steps([("sign_in", {}), ("read_table", {}, "rows")]), items=tree("=rows"), key="order")
    return workflow(PREREAD).model_copy(update={"collect": collect})


async def _count(engine: Engine, like: str, status: str = "%") -> int:
    query = sa.text("SELECT count(*) FROM workflow_status WHERE workflow_uuid LIKE :like AND status LIKE :status")
    given = {"like": like, "status": status}
    return int(await engine.store.read(lambda connection: connection.execute(query, given).scalar_one()))


async def _rows(engine: Engine, like: str, *, at_least: int = 1, status: str = "%") -> bool:
    return await _count(engine, like, status) >= at_least


async def _collected(desk: Desk) -> bool:
    return not await desk.collecting("tiny")


async def test_a_queued_item_that_is_taken_never_begins(tmp_path: Path, record: Record) -> None:
    async with desk_at(tmp_path / "home") as desk:
        item = await desk.add("tiny", {"order": "O1"}, "O1")
        assert item is not None
        assert await desk.cancel(item.id, "Ms Clerk")
        assert not await desk.cancel(item.id, "Ms Clerk")
        async with worker(tmp_path, record) as engine:
            await engine.run_until_idle()
            await engine.submit("tiny", {"order": "O2"}, "O2")
            await engine.run_until_idle()
        view = await desk.items.get(item.id)
        assert (view.outcome, view.code, view.started) == ("needs_person", "ItemTaken", None)
        await desk.send_back(item.id, "miller")
        async with worker(tmp_path, record) as engine:
            await engine.run_until_idle()
        assert (await desk.items.get(item.id)).outcome == "typed"
    assert sorted(record.saves()) == ["O1", "O2"]


async def test_an_item_at_work_stops_before_its_next_step(tmp_path: Path, record: Record) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(TinySkills):
        async def run(self, *subject: Any) -> Any:
            begun.set()
            await go_on.wait()
            return await super().run(*subject)

    async with worker(tmp_path, record, skills=Slow()) as engine, desk_at(tmp_path / "home") as desk:
        item = await desk.add("tiny", {"order": "O1"}, "O1")
        assert item is not None
        await begun.wait()
        assert await desk.cancel(item.id, "Ms Clerk")
        assert (await desk.board.item(item.id)).code == "ItemTaken", "it is shown that it will stop"
        await engine.taken.look()
        go_on.set()
        await engine.run_until_idle()
        view = await desk.items.get(item.id)
    assert (view.item.state, view.code) == ("business_exception", "ItemTaken")
    assert record.saves() == []


async def test_a_waiting_item_that_is_taken_takes_no_answer(tmp_path: Path, record: Record) -> None:
    async with worker(tmp_path, record, skills=TinySkills("uncertain")) as engine:
        (item,) = [await engine.submit("tiny", {"order": "O1"}, "O1")]
        assert item is not None
        await engine.run_until_idle()
        async with desk_at(tmp_path / "home") as desk:
            assert await desk.cancel(item.id, "Ms Clerk")
            assert not await desk.answer(item.id, yes())
            assert (await desk.items.get(item.id)).code == "ItemTaken"
    assert record.saves() == []


async def test_notes_stay_with_the_item_and_stand_nowhere_in_clear(tmp_path: Path, record: Record) -> None:
    async with desk_at(tmp_path / "home") as desk:
        item = await desk.add("tiny", {"order": "O1"}, "O1")
        assert item is not None
        await desk.note(item.id, "Ms Clerk", "Mother called, child is Musterfrau")
        (note,) = await desk.notes(item.id)
        assert (note.who, note.text) == ("Ms Clerk", "Mother called, child is Musterfrau")
        with pytest.raises(SetupError, match="there is no work item"):
            await desk.note("nothing", "x", "y")
    assert b"Musterfrau" not in (tmp_path / "home" / "engine.sqlite").read_bytes()


async def test_two_workers_share_one_queue(tmp_path: Path, record: Record) -> None:
    async with worker(tmp_path, record, "one") as engine:
        with pytest.raises(SetupError, match="already at work here as 'one'"):
            async with worker(tmp_path, record, "one"):
                pass
        await engine.run_until_idle()


async def test_a_database_of_the_version_before_goes_on(tmp_path: Path, record: Record) -> None:
    """Items whose case was never queued, as a version kept them that started cases without a queue."""
    async with desk_at(tmp_path / "home") as desk:
        row = desk.items.row("tiny", "", {"order": "O1"}, "O1", priority=10, due=None)
        await desk.store.write(lambda connection: desk.items.insert(connection, row))
        counters = sa.delete(tables.counters)
        await desk.store.write(lambda connection: connection.execute(counters))
        assert await desk.add("tiny", {"order": "O2"}, "O2") is not None
    async with worker(tmp_path, record) as engine:
        await engine.run_until_idle()
    assert sorted(record.saves()) == ["O1", "O2"]


async def test_a_row_with_the_key_of_another_and_other_inputs_is_not_lost(tmp_path: Path, record: Record) -> None:
    """`key` is a column that does not tell rows apart, such as the ward: all but the first were lost."""
    rows = [{"ward": "3", "order": order} for order in ("O1", "O2", "O1", "O2")]
    collect = Collect(steps=steps([("compute", {"value": rows}, "rows")]), items=tree("=rows"), key="ward")
    flow = workflow(PREREAD).model_copy(update={"collect": collect})
    async with worker(tmp_path, record, workflow=flow) as engine:
        assert len(await engine.collect("tiny")) == 1
        assert await engine.collect("tiny") == [], "nor is one set aside twice"
        (aside,) = [view for view in await engine.items() if view.code]
        assert (aside.code, aside.outcome, aside.item.payload["order"]) == ("RowIncomplete", "needs_person", "O2")
        assert "has the key of another row, and other inputs" in aside.reason


async def test_a_list_may_be_of_records_that_were_read_one_by_one(tmp_path: Path, record: Record) -> None:
    """They stand in no table whose columns could say that they are urgent."""
    read = Read(source="screen:ehr.order", fields={"order": "O1"})
    collect = Collect(steps=steps([("compute", {"value": [read]}, "rows")]), items=tree("=rows"), key="order")
    flow = workflow(PREREAD).model_copy(update={"collect": collect})
    async with worker(tmp_path, record, workflow=flow) as engine:
        assert [(item.payload["order"], item.priority) for item in await engine.collect("tiny")] == [("O1", 10)]


async def test_rows_that_are_another_bots_work_become_no_items(tmp_path: Path, record: Record) -> None:
    """A worklist of every examination there is: no knee is fetched, only to be given to a radiologist."""
    rows = [{"order": f"O{n}", "procedure": what} for n, what in enumerate(("CHEST AP", "Knee", "Chest PA"), start=1)]

    def flow(only: str) -> Any:
        made = steps([("compute", {"value": rows}, "rows")])
        collect = Collect(steps=made, items=tree("=rows"), key="order", only=tree(only))
        return workflow(PREREAD).model_copy(update={"collect": collect})

    async with worker(tmp_path, record, workflow=flow("=contains(lower(row.procedure), 'chest')")) as engine:
        assert [item.payload["order"] for item in await engine.collect("tiny")] == ["O1", "O3"]
        assert [key for key, _ in (await engine.listed("tiny")).rows] == ["O1", "O3"], "nor is the knee a gap"
    async with worker(tmp_path, record, workflow=flow("=row.procedure")) as engine:
        with pytest.raises(AuthoringError, match="`only` of `collect` is neither true nor false"):
            await engine.collect("tiny")


async def test_a_row_without_a_number_is_set_aside_and_stops_no_other(tmp_path: Path, record: Record) -> None:
    def flow(*rows: str) -> Any:
        listed = [{"order": order} for order in rows]
        collect = Collect(steps=steps([("compute", {"value": listed}, "rows")]), items=tree("=rows"), key="order")
        return workflow(PREREAD).model_copy(update={"collect": collect})

    async with worker(tmp_path, record, workflow=flow("O1", " ", "O2")) as engine:
        assert len(await engine.collect("tiny")) == 2
        assert await engine.collect("tiny") == [], "nor is it set aside twice"
        await engine.run_until_idle()
        (aside,) = [view for view in await engine.items() if view.code]
        assert (aside.code, aside.outcome, aside.item.state) == ("RowIncomplete", "needs_person", "business_exception")
        assert "has no 'order'" in aside.reason
    assert sorted(record.saves()) == ["O1", "O2"]
    async with worker(tmp_path, record, workflow=flow("", " ")) as engine:
        with pytest.raises(AuthoringError, match="no collected row has 'order'"):
            await engine.collect("tiny")
