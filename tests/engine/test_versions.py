"""An item that has begun finishes on the version it began with, or a person finishes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.engine import Engine
from robot_library.engine.ports import Assembly
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.steps import PREREAD, workflow
from tests.engine.world import Record, TinySkills, yes

SEALER = SealedJson(KEY)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    record = Record(tmp_path / "record.sqlite")
    for number in (1, 2):
        record.add(f"O{number}", f"P{number}")
    return record


def version(folder: Path, record: Record, name: str, before: str = "") -> Assembly:
    """A bot whose draft says which version wrote it."""
    steps: list[tuple[Any, ...]] = [*PREREAD[:5], ("compute", {"value": name}, "text"), PREREAD[6]]
    flow = workflow(steps).model_copy(update={"sha256": f"sha-{name}"})
    return replace(assembly(folder, record, skills=TinySkills("uncertain")), workflow=flow, version=name)


def engine(folder: Path, *bots: Assembly) -> Engine:
    made = Engine(folder / "home", SEALER, SEALER.fingerprint, settle=0.01)
    for bot in bots:
        made.add_bot(bot)
    return made


async def begun(folder: Path, record: Record) -> str:
    """An item that the first version has begun, and that waits for a person."""
    async with engine(folder, version(folder, record, "one")) as running:
        item = await running.submit("tiny", {"order": "O1"}, "O1")
        await running.run_until_idle()
        assert item is not None
        return item.id


async def answered(running: Engine, item: str) -> None:
    assert await running.answer(item, yes())
    await running.run_until_idle()


async def test_an_item_goes_on_with_what_it_began_with_beside_newer_ones(tmp_path: Path, record: Record) -> None:
    asked: list[tuple[str, str]] = []

    async def older(bot: str, wanted: str) -> Assembly | None:
        asked.append((bot, wanted))
        return version(tmp_path, record, wanted)

    item = await begun(tmp_path, record)
    running = engine(tmp_path, version(tmp_path, record, "two"))
    running.roster.older = older
    async with running:
        await answered(running, item)
        new = await running.submit("tiny", {"order": "O2"}, "O2")
        await running.run_until_idle()
        assert new is not None
        await answered(running, new.id)
        assert {view.outcome for view in await running.items()} == {"typed"}
    assert record.saves("O1") == ["one"]
    assert record.saves("O2") == ["two"]
    assert asked == [("tiny", "one")], "it is loaded once, and only when it is needed"


async def test_what_is_exchanged_while_the_worker_runs_stays_for_what_has_begun(tmp_path: Path, record: Record) -> None:
    async with engine(tmp_path, version(tmp_path, record, "one")) as running:
        item = await running.submit("tiny", {"order": "O1"}, "O1")
        await running.run_until_idle()
        assert item is not None
        await running.take_on(version(tmp_path, record, "two"))
        await answered(running, item.id)
    assert record.saves("O1") == ["one"]


async def test_a_version_that_is_gone_is_a_persons(tmp_path: Path, record: Record) -> None:
    item = await begun(tmp_path, record)
    async with engine(tmp_path, version(tmp_path, record, "two")) as running:
        await answered(running, item)
        view = await running.item(item)
        assert (view.outcome, view.code) == ("needs_person", "WorkflowChanged")
        await running.send_back(item, "miller")
        await running.run_until_idle()
        await answered(running, item)
    assert record.saves("O1") == ["two"], "sent back, it begins anew, with what there is now"
