"""The desk on a PostgreSQL server: many at once, one key from two sides, lives sent back, orphans, expiry, shape."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.migrate import prepare
from robot_library.engine.database.store import Store
from robot_library.engine.desk import Desk, New
from robot_library.errors import SetupError
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY
from tests.engine.steps import PREREAD
from tests.engine.world import Record, TinySkills
from tests.fleet.test_postgres import engine

pytestmark = pytest.mark.slow
SEALER = SealedJson(KEY)


@asynccontextmanager
async def desk_at(database: str, home: Path) -> AsyncIterator[Desk]:
    async with Desk(home, SEALER, SEALER.fingerprint, url=database) as desk:
        yield desk


def news(first: int, last: int) -> list[New]:
    return [New({"order": f"O{number}"}, f"O{number}") for number in range(first, last)]


async def test_many_items_from_two_sides_are_each_queued_once_and_done_once(database: str, tmp_path: Path) -> None:
    record = Record(tmp_path / "record.sqlite")
    for number in range(12):
        record.add(f"O{number}", f"P{number}")
    async with desk_at(database, tmp_path / "a") as one, desk_at(database, tmp_path / "b") as other:
        taken = await asyncio.gather(one.add_all("tiny", news(0, 8)), other.add_all("tiny", news(4, 12)))
        assert sum(item is not None for found in taken for item in found) == 12
        ranks = [view.rank for view in await one.items.all()]
        assert len(set(ranks)) == 12
        async with engine(database, tmp_path / "home", record) as running:
            await running.run_until_idle()
    assert sorted(record.saves()) == sorted(f"O{number}" for number in range(12))


async def test_lives_end_go_back_and_begin_anew(database: str, tmp_path: Path) -> None:
    record = Record(tmp_path / "record.sqlite")
    for number in range(4):
        record.add(f"O{number}", f"P{number}")
    record.run("UPDATE orders SET held = 'Dr B'")
    async with desk_at(database, tmp_path / "a") as desk:
        ids = [item for item in await desk.add_all("tiny", news(0, 4)) if item is not None]
        assert await desk.cancel(ids[3], "Ms Clerk")
        async with engine(database, tmp_path / "home", record) as running:
            await running.run_until_idle()
            record.run("UPDATE orders SET held = ''")
            assert await desk.retry([*ids[:2], "nothing"], "miller") == ids[:2]
            await running.run_until_idle()
        found = {view.item.id: (view.outcome, view.code, view.generation) for view in await desk.items.all()}
    assert [found[item] for item in ids] == [
        ("typed", "", 1), ("typed", "", 1), ("needs_person", "OrderHeld", 0), ("needs_person", "ItemTaken", 0),
    ]  # fmt: skip


async def test_unanswered_items_end_and_orphans_begin(database: str, tmp_path: Path) -> None:
    record = Record(tmp_path / "record.sqlite")
    for number in range(2):
        record.add(f"O{number}", f"P{number}")
    written: list[Any] = [s if s[0] != "accept" else ("accept", {**s[1], "wait_s": 0.05}, "accepted") for s in PREREAD]
    async with desk_at(database, tmp_path / "a") as desk:
        row = desk.items.row("tiny", "", {"order": "O0"}, "O0", priority=10, due=None)
        await desk.store.write(lambda connection: desk.items.insert(connection, row))
        await desk.add("tiny", {"order": "O1"}, "O1")
        skills = TinySkills("uncertain")
        async with engine(database, tmp_path / "home", record, written=written, skills=skills) as running:
            async with asyncio.timeout(60):
                while {view.code for view in await running.items()} != {"NoAnswer"}:  # noqa: ASYNC110 - the engine's own clock
                    await asyncio.sleep(0.05)
    assert record.saves() == []


def test_what_an_older_database_lacks_is_added(database: str) -> None:
    store = Store(database)
    store.open(SEALER.fingerprint)
    with store.durable.begin() as connection:
        for column in ("version", "until", "ended"):
            connection.execute(sa.text(f"ALTER TABLE wetread_items DROP COLUMN {column}"))
        connection.execute(sa.text("DELETE FROM wetread_meta WHERE name IN ('schema', 'shape')"))
    prepare(store.durable)
    inspector = sa.inspect(store.durable)
    assert {column["name"] for column in inspector.get_columns("wetread_items")} == set(tables.items.columns.keys())
    assert {index["name"] for index in inspector.get_indexes("wetread_items")} >= {
        str(index.name) for index in tables.items.indexes
    }
    store.close()


def test_a_fleets_database_is_of_one_environment(database: str) -> None:
    """What prod has made is refused by test and by a site that tells none apart, before anything is read or written."""

    def opened(environment: str | None) -> None:
        store = Store(database)
        store.environment = environment
        try:
            store.open("print")
        finally:
            store.close()

    for first in ("", None, "prod", "prod", None):
        opened(first)
    for other, said in (("test", "'test'"), ("", "'none'")):
        with pytest.raises(SetupError, match=f"of environment 'prod', and this is {said}"):
            opened(other)
