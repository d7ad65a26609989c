"""Systems that are down, with PostgreSQL between the workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.engine.line import downtime
from tests.engine.world import Record
from tests.line.test_downtime import two_workers


async def test_two_hosts_ask_in_turn(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FIRST_WAIT": 0.05, "APART": 0.01}.items():
        monkeypatch.setattr(downtime, name, value)
    await two_workers(database, Record(tmp_path / "record.sqlite"))
