"""Nothing of a patient in clear in the engine's files, and nothing in them that could run."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import pickle
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.engine import Engine
from robot_library.errors import SetupError
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.steps import PREREAD
from tests.engine.world import Record, TinyDriver, TinySkills, yes

SENTINELS = ("ACC-SENTINEL-77", "MRN-SENTINEL-88", "Dr Sentinel")


def engine(folder: Path, record: Record, **more: Any) -> Engine:
    sealer = SealedJson(KEY)
    made = Engine(folder / "home", sealer, sealer.fingerprint, settle=0.01)
    made.add_bot(assembly(folder, record, **more))
    return made


def everything(home: Path) -> bytes:
    """All bytes of all files, the write-ahead log included."""
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def _plant(connection: sqlite3.Connection, name: str, inputs: str, kind: str) -> None:
    """A run that waits to be taken up, as somebody would write it who can write to the database."""
    connection.execute(
        "INSERT INTO workflow_status (workflow_uuid, status, name, executor_id, application_version, created_at,"
        " updated_at, priority, inputs, serialization, queue_name, recovery_attempts, application_name)"
        " VALUES ('planted', 'PENDING', ?, 'worker', 'wetread-1', 1, 1, 0, ?, ?, NULL, 0, 'wetread')",
        (name, inputs, kind),
    )
    columns = {row[1] for row in connection.execute("PRAGMA table_info(workflow_input)")}
    if "inputs" in columns:
        connection.execute(
            "INSERT INTO workflow_input (workflow_uuid, inputs, retention_timestamp) VALUES ('planted', ?, 1)",
            (inputs,),
        )


async def test_no_value_of_a_patient_stands_in_the_files_or_logs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    record = Record(tmp_path / "record.sqlite")
    record.add(SENTINELS[0], SENTINELS[1])
    record.add("O2", SENTINELS[1])
    driver = TinyDriver(record)
    driver.lost = 1
    boom = [*PREREAD, ("boom", {"secret": "=order.patient"})]
    seen = b""
    async with engine(tmp_path, record, written=boom, driver=driver, skills=TinySkills("uncertain")) as running:
        for order in (SENTINELS[0], "O2"):
            await running.submit("tiny", {"order": order}, order)
        await running.run_until_idle()
        for view in await running.items():
            assert await running.answer(view.item.id, yes(SENTINELS[2]))
        await running.run_until_idle()
        seen += everything(tmp_path / "home")
        runs = await running.runs()
    seen += everything(tmp_path / "home") + everything(tmp_path / "blobs")
    assert {run.code for run in runs} == {"ApplicationException"}
    told = "".join(run.model_dump_json() for run in runs) + caplog.text + "".join(capfd.readouterr())
    for sentinel in SENTINELS:
        assert sentinel.encode() not in seen
        assert base64.b64encode(sentinel.encode())[:-4] not in seen
        assert sentinel not in told
    assert record.saves(SENTINELS[0])
    assert b"wetread_items" in seen


class Bomb:
    """Would leave a file behind if it were unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.write_text, (self.path, "boom"))


@pytest.mark.parametrize("name", ["wetread.case", "wetread.go"])
async def test_a_planted_pickle_is_not_executed(tmp_path: Path, name: str) -> None:
    record = Record(tmp_path / "record.sqlite")
    record.add("O1", "P1")
    async with engine(tmp_path, record):
        pass
    mark = tmp_path / "executed"
    bomb = base64.b64encode(pickle.dumps(Bomb(mark))).decode()
    pickle.loads(base64.b64decode(bomb))
    assert mark.exists(), "the bomb must be one that works"
    mark.unlink()
    database = tmp_path / "home" / "engine.sqlite"
    with closing(sqlite3.connect(database)) as connection, connection:
        _plant(connection, name, bomb, "py_pickle")
    async with engine(tmp_path, record) as running:
        await running.submit("tiny", {"order": "O1"}, "O1")
        await running.run_until_idle()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(120):
                # Looked at while the engine runs: an orderly end takes what it hands back off the count again.
                while not (tried := _attempts(database)):  # noqa: ASYNC110 - what is waited for stands in a database
                    await asyncio.sleep(0.05)
        from dbos import DBOS

        assert len(await DBOS.list_workflows_async(workflow_ids=["planted"])) == 1
    assert tried, "the planted row was never picked up, so the test proved nothing"
    assert not mark.exists()
    assert record.saves() == ["O1"]


def _attempts(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        row = connection.execute(
            "SELECT recovery_attempts FROM workflow_status WHERE workflow_uuid = 'planted'"
        ).fetchone()
    return int(row[0])


@pytest.mark.parametrize(
    ("name", "words"), [("wetread.case", ["tiny", 1, 0, 0]), ("wetread.collect", ["tiny", "slot", 0])]
)
async def test_a_planted_row_in_plain_words_is_not_believed(tmp_path: Path, name: str, words: list[Any]) -> None:
    """DBOS takes JSON from whoever can write into the database; ours is sealed, so that only we can."""
    record = Record(tmp_path / "record.sqlite")
    record.add("O1", "P1")
    async with engine(tmp_path, record):
        pass
    database = tmp_path / "home" / "engine.sqlite"
    plain = json.dumps({"positionalArgs": words, "namedArgs": {}})
    with closing(sqlite3.connect(database)) as connection, connection:
        _plant(connection, name, plain, "portable_json")
        told = json.dumps({"rows": [["O1", {"order": "O1"}]], "aside": []})
        connection.execute(
            "INSERT INTO workflow_status (workflow_uuid, status, name, executor_id, application_version, created_at,"
            " updated_at, priority, output, serialization, queue_name, recovery_attempts, application_name)"
            " VALUES ('told', 'SUCCESS', 'wetread.collect', 'worker', 'wetread-1', 1, 1, 0, ?, 'portable_json', NULL,"
            " 0, 'wetread')",
            (told,),
        )
    async with engine(tmp_path, record) as running:
        await running.submit("tiny", {"order": "O1"}, "O1")
        await running.run_until_idle()
        async with asyncio.timeout(60):
            while not _attempts(database):  # noqa: ASYNC110 - what is waited for stands in a database
                await asyncio.sleep(0.05)
        from dbos import DBOS

        with pytest.raises(SetupError, match="nobody has sealed"):
            await (await DBOS.retrieve_workflow_async("told")).get_result()
        (planted,) = await DBOS.list_workflows_async(workflow_ids=["planted"])
    assert planted.status != "SUCCESS"
    assert record.saves() == ["O1"]


async def test_a_row_moved_to_another_item_does_not_open(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.sqlite")
    record.add("O1", "P1")
    record.add("O2", "P2")
    async with engine(tmp_path, record) as running:
        for order in ("O1", "O2"):
            await running.submit("tiny", {"order": order}, order)
        await running.run_until_idle()
        first, second = [view.item.id for view in await running.items()]
        with closing(sqlite3.connect(tmp_path / "home" / "engine.sqlite")) as connection, connection:
            (payload,) = connection.execute("SELECT payload FROM wetread_items WHERE id = ?", (first,)).fetchone()
            connection.execute("UPDATE wetread_items SET payload = ? WHERE id = ?", (payload, second))
        with pytest.raises(SetupError, match="changed or moved"):
            await running.item(second)
