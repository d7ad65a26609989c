"""A disk that fills up in the middle of an item: it stops before it types, says so, and goes on when there is room."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from robot_library.engine.engine import Engine
from robot_library.engine.line import line
from robot_library.engine.ports import Event
from robot_library.errors import LineStopped, SetupError
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.world import Record, TinyDriver


class Room:
    """An engine on a disk that can be full: its database may not grow by a page; or that can only be read any more."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.full, self.typed, self.only_read = folder, False, 0, False
        self.record = Record(folder / "record.sqlite")
        self.record.add("O1", "P1")

    def limit(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={1 if self.full else 2**30}")
        connection.exec_driver_sql(f"PRAGMA query_only={int(self.only_read)}")

    def engine(self) -> Engine:
        sealer, driver = SealedJson(KEY), TinyDriver(self.record)

        def types() -> None:
            self.typed += 1

        driver.in_fill = types
        engine = Engine(self.folder / "home", sealer, sealer.fingerprint, settle=0.01)
        engine.add_bot(assembly(self.folder, self.record, driver=driver))
        return engine

    async def ends_well(self) -> None:
        """With room again, the item is done as if nothing had been."""
        async with self.engine() as engine:
            await asyncio.wait_for(engine.run_until_idle(), 120)
            assert [(view.outcome, view.code) for view in await engine.items()] == [("typed", "")]
        assert self.record.saves() == ["O1"]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path)
    sa.event.listen(sa.engine.Engine, "begin", room.limit)
    yield room
    sa.event.remove(sa.engine.Engine, "begin", room.limit)


@pytest.mark.parametrize(("moment", "saves"), [("step", []), ("pressed", ["O1"])])
async def test_a_database_that_cannot_grow_stops_the_worker_and_fails_no_item(
    room: Room, moment: str, saves: list[str]
) -> None:
    def fills_up(event: Event) -> None:
        room.full = room.full or (event.moment == moment and event.title in ("compute", ""))

    engine = room.engine()
    engine.listen(fills_up)
    async with engine:
        await engine.submit("tiny", {"order": "O1"}, "O1")
        with pytest.raises(SetupError, match=r"database is full.*Nothing is lost\. Make room"):
            await asyncio.wait_for(engine.run_until_idle(), 120)
    assert room.record.saves() == saves
    room.full = False
    await room.ends_well()


@pytest.mark.parametrize(("moment", "saves"), [("step", []), ("pressed", ["O1"])])
async def test_a_disk_that_can_only_be_read_any_more_stops_the_worker_and_fails_no_item(
    room: Room, moment: str, saves: list[str]
) -> None:
    """As Linux makes one that has had an error. Put right, nothing has become a dead letter meanwhile."""

    def fails(event: Event) -> None:
        room.only_read = room.only_read or (event.moment == moment and event.title in ("compute", ""))

    engine = room.engine()
    engine.listen(fails)
    async with engine:
        await engine.submit("tiny", {"order": "O1"}, "O1")
        with pytest.raises(SetupError, match=r"cannot be written to.*Nothing is lost"):
            await asyncio.wait_for(engine.run_until_idle(), 20)
    assert room.record.saves() == saves
    room.only_read = False
    await room.ends_well()


async def test_nothing_is_typed_on_the_last_of_the_disk(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int

    free = [500_000_000]  # less than what is kept free, once it has begun: it goes on
    engine = room.engine()

    def shrinks(event: Event) -> None:
        if event.moment == "step" and event.title == "sign in":
            monkeypatch.setattr(line.shutil, "disk_usage", lambda _path: Usage(free[0]))
        elif event.moment == "step" and event.title == "protect":
            free[0] = 50_000_000

    engine.listen(shrinks)
    async with engine:
        (item,) = [await engine.submit("tiny", {"order": "O1"}, "O1")]
        with pytest.raises(LineStopped, match=r"the disk has 0\.1 GB left"):
            await asyncio.wait_for(engine.run_until_idle(), 120)
        assert item is not None
        held: Any = await engine.run(item.id)
    assert (room.typed, room.record.saves()) == (0, [])
    assert any("held: the disk has" in step.detail for step in held.steps)
    monkeypatch.undo()
    await room.ends_well()
