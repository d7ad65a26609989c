"""The same engine on a PostgreSQL server: items run, wait and resume, and one executor id has one process."""

from __future__ import annotations

import asyncio
import base64
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from robot_library.engine.desk import Desk, New
from robot_library.engine.durable import VERSION, _flows
from robot_library.engine.engine import Engine
from robot_library.engine.keeping import Keeping
from robot_library.errors import SetupError
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.test_secrets import Bomb
from tests.engine.world import Record, TinySkills, yes
from tests.fleet.cluster import Cluster

pytestmark = pytest.mark.slow


def engine(server: str, home: Path, record: Record, executor: str = "worker", **more: Any) -> Engine:
    sealer = SealedJson(KEY)
    made = Engine(home, sealer, sealer.fingerprint, url=server, executor=executor, settle=0.01)
    made.add_bot(assembly(home, record, **more))
    return made


async def test_items_run_wait_and_resume(database: str, tmp_path: Path) -> None:
    record = Record(tmp_path / "record.sqlite")
    for number in range(1, 4):
        record.add(f"O{number}", f"P{number}")
    skills = TinySkills("uncertain")
    async with engine(database, tmp_path / "a", record, skills=skills) as running:
        item = await running.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None
        await running.run_until_idle()
        other = engine(database, tmp_path / "b", record)
        with pytest.raises(SetupError, match="on this server"):
            await other.start()
    skills.decision = "negative"
    async with engine(database, tmp_path / "a", record, skills=TinySkills("uncertain")) as running:
        assert await running.answer(item.id, yes())
        assert await running.submit("tiny", {"order": "O1"}, "O1") is None
        await running.run_until_idle()
        assert (await running.item(item.id)).outcome == "typed"
    assert record.saves("O1") == ["positive"]


async def test_a_worker_that_starts_gives_up_nothing_on_a_server_that_sorts_by_a_language(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Most servers do; an item's cases and goes were looked for between `ID.` and `ID/`, where nothing stands then."""
    database = cluster.url(cluster.new_database_in_english())
    record = Record(tmp_path / "record.sqlite")
    sealer = SealedJson(KEY)
    for number in range(1, 4):
        record.add(f"O{number}", f"P{number}")
    async with Desk(tmp_path / "desk", sealer, sealer.fingerprint, url=database) as desk:
        await desk.add_all("tiny", [New({"order": f"O{number}"}, f"O{number}") for number in range(1, 4)])
        async with engine(database, tmp_path / "a", record) as running:
            await running.run_until_idle()
            views = await running.items()
            assert {(view.outcome, view.code) for view in views} == {("typed", "")}
            await Keeping(running.store, sealer).forget([view.item.id for view in views])
            server, flows = _flows()
            with server.connect() as connection:
                assert connection.execute(sa.select(flows.c.workflow_uuid)).all() == [], "forgotten with their items"
    assert sorted(record.saves()) == ["O1", "O2", "O3"]


@pytest.mark.parametrize("kind", ["py_pickle", "portable_json"])
async def test_what_somebody_has_planted_is_neither_executed_nor_believed(
    database: str, tmp_path: Path, kind: str
) -> None:
    record, mark = Record(tmp_path / "record.sqlite"), tmp_path / "executed"
    record.add("O1", "P1")
    planted = {"py_pickle": base64.b64encode(pickle.dumps(Bomb(mark))).decode(),
               "portable_json": json.dumps({"positionalArgs": ["tiny", 1, 0, 0], "namedArgs": {}})}[kind]  # fmt: skip
    async with engine(database, tmp_path / "a", record):
        server, flows = _flows()
        row = {"workflow_uuid": "planted", "status": "PENDING", "name": "wetread.case", "executor_id": "worker",
               "application_version": VERSION, "created_at": 1, "updated_at": 1, "priority": 0, "inputs": planted,
               "serialization": kind, "recovery_attempts": 0, "application_name": "wetread"}  # fmt: skip
        inputs = flows.metadata.tables.get(f"{flows.schema}.workflow_input")
        with server.begin() as connection:
            connection.execute(sa.insert(flows).values({name: row[name] for name in row if name in flows.c}))
            if inputs is not None:
                connection.execute(sa.insert(inputs).values(
                    workflow_uuid="planted", inputs=planted, retention_timestamp=1
                ))  # fmt: skip
    async with engine(database, tmp_path / "a", record) as running:
        await running.submit("tiny", {"order": "O1"}, "O1")
        await running.run_until_idle()
        server, flows = _flows()
        query = sa.select(flows.c.recovery_attempts, flows.c.status).where(flows.c.workflow_uuid == "planted")
        tried, status = 0, ""
        async with asyncio.timeout(60):
            while not tried:
                await asyncio.sleep(0.05)
                with server.connect() as connection:
                    tried, status = connection.execute(query).one()
    assert status != "SUCCESS"
    assert not mark.exists()
    assert record.saves() == ["O1"]
