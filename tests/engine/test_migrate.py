"""A database that an older wetread has left: opened, brought forward, and its items go on where they were.

`old/schema_1.sql` was written by the version before schemas had numbers, killed at work: O1 typed, O5 refused by
the guard, O2 waiting for a person, O3 killed between typing and saving, O4 taken but without a case.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from robot_library import __version__
from robot_library.engine.database import tables
from robot_library.engine.database.migrate import SCHEMA
from robot_library.engine.database.store import Store
from robot_library.engine.desk import Desk
from robot_library.engine.engine import Engine
from robot_library.engine.records.board import Board
from robot_library.errors import SetupError
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.steps import PREREAD
from tests.engine.test_crash import PROJECT
from tests.engine.world import Record, TinySkills, yes

SEALER = SealedJson(KEY)
OLD = Path(__file__).parent / "old" / "schema_1.sql"
WRITTEN: list[tuple[Any, ...]] = [
    step if step[0] != "accept" else ("accept", {**step[1], "wait_s": 3.2e9}, "accepted") for step in PREREAD
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    with closing(sqlite3.connect(home / "engine.sqlite")) as database:
        database.executescript(OLD.read_text(encoding="utf-8"))
    return home


@pytest.fixture
def record(tmp_path: Path) -> Record:
    record = Record(tmp_path / "record.sqlite")
    for number in range(1, 6):
        record.add(f"O{number}", f"P{number}")
    record.save("O1", "negative")
    record.run("UPDATE orders SET held = 'Dr B' WHERE order_id = 'O5'")
    return record


def shape(path: Path) -> set[str]:
    store = Store(f"sqlite:///{path}")
    store.open(SEALER.fingerprint)
    inspector = sa.inspect(store.durable)
    found = {f"{table}.{column['name']}" for table in tables.metadata.tables for column in inspector.get_columns(table)}
    found |= {str(index["name"]) for table in tables.metadata.tables for index in inspector.get_indexes(table)}
    store.close()
    return found


@pytest.mark.parametrize("executor", ["worker", "another"])
async def test_items_of_an_older_version_go_on(home: Path, record: Record, tmp_path: Path, executor: str) -> None:
    engine = Engine(home, SEALER, SEALER.fingerprint, executor=executor, settle=0.01)
    engine.add_bot(assembly(tmp_path, record, WRITTEN, skills=TinySkills("negative")))
    async with engine:
        await engine.run_until_idle()
        views = {view.item.payload["order"]: view for view in await engine.items()}
        assert {order: (view.item.state, view.outcome) for order, view in views.items()} == {
            "O1": ("done", "typed"), "O2": ("waiting_for_person", None), "O3": ("done", "typed"),
            "O4": ("done", "typed"), "O5": ("business_exception", "needs_person"),
        }  # fmt: skip
        assert await engine.answer(views["O2"].item.id, yes())
        await engine.run_until_idle()
        assert (await engine.item(views["O2"].item.id)).outcome == "typed"
    assert sorted(record.saves()) == ["O1", "O2", "O3", "O4"]
    assert record.saves("O2") == ["positive"]


async def test_a_desk_may_be_the_first_to_open_it(home: Path) -> None:
    async with Desk(home, SEALER, SEALER.fingerprint) as desk:
        assert sum(tally.count for tally in await desk.board.tally()) == 5
        typed = await desk.board.page(outcome="typed")
        assert typed.total == 1
        assert await desk.add("tiny", {"order": "O1"}, "O1") is None, "its key is still known"
    rows = Store(f"sqlite:///{home / 'engine.sqlite'}")
    ended = await rows.read(lambda connection: connection.execute(sa.select(tables.items.c.ended)).scalars().all())
    assert sum(moment is not None for moment in ended) == 2
    rows.close()


def test_an_old_database_gets_the_shape_of_a_new_one(home: Path, tmp_path: Path) -> None:
    assert shape(home / "engine.sqlite") == shape(tmp_path / "new.sqlite")


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "engine.sqlite"
    shape(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE wetread_meta SET value = ? WHERE name = 'schema'", (str(SCHEMA + 1),))
    with pytest.raises(SetupError, match="newer wetread"):
        shape(path)


@pytest.mark.parametrize(("release", "newer"), [("0.1.10", True), ("99.0.0", True), ("0.0.9", False), ("", False)])
def test_a_database_of_a_later_release_is_left_alone_though_its_rows_are_the_same(
    tmp_path: Path, release: str, newer: bool
) -> None:
    """It may know of holds, stops and permissions that this one would pass over."""
    path = tmp_path / "engine.sqlite"
    shape(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE wetread_meta SET value = ? WHERE name = 'release'", (release,))
    if newer:
        with pytest.raises(SetupError, match=f"newer wetread.*{release}"):
            shape(path)
        return
    shape(path)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT value FROM wetread_meta WHERE name = 'release'").fetchall() == [(__version__,)]


def test_many_processes_may_open_a_new_home_at_once(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom robot_library.engine.database.store import Store\n"
        f"store = Store('sqlite:///' + sys.argv[1])\nstore.open({SEALER.fingerprint!r})\nstore.close()\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "engine.sqlite")]
    opening = [subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for process in opening:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors


async def test_the_board_reads_what_was_brought_forward(home: Path) -> None:
    store = Store(f"sqlite:///{home / 'engine.sqlite'}")
    store.open(SEALER.fingerprint)
    page = await Board(store, SEALER).page(order="due")
    assert [one.due for one in page.items] == [None] * 5
    store.close()
