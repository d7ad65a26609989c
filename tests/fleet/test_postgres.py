"""The same engine on a PostgreSQL server: items run, wait and resume, and one executor id has one process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.engine import Engine
from robot_library.errors import SetupError
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.world import Record, TinySkills, yes

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
