"""On a server too, an insert says whether its row is new: what is queued, stopped or fired once hangs on it."""

from __future__ import annotations

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once
from robot_library.engine.line.switches import Switches
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY


async def test_an_insert_says_whether_its_row_is_new(database: str) -> None:
    store = Store(database)
    store.open(KEY.fingerprint)
    try:
        row = {"name": "one", "value": "1"}
        said = [
            await store.write(
                lambda connection: connection.execute(insert_once(store.durable, tables.meta, row)).rowcount
            )
            for _ in range(2)
        ]
        assert said == [1, 0]
        switches = Switches(store, SealedJson(KEY))
        assert [await switches.stop("all", "x", "y") for _ in range(2)] == [True, False]
        assert [one.what for one in await switches.decisions.all("all")] == ["stop"]
    finally:
        store.close()
