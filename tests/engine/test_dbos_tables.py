"""DBOS's own tables can be asked through the store's engine: what is given up, or handed back, is found there."""

from __future__ import annotations

from pathlib import Path

from robot_library.engine.engine import Engine
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.world import Record


async def test_goes_that_were_given_up_can_be_asked_for(tmp_path: Path) -> None:
    sealer = SealedJson(KEY)
    engine = Engine(tmp_path / "home", sealer, sealer.fingerprint, settle=0.01)
    engine.add_bot(assembly(tmp_path, Record(tmp_path / "record.sqlite")))
    async with engine:
        assert await engine.durable.given_up(0.0) == set()
        await engine.durable.hand_back("nothing", "tiny")
