"""`wetread answer` while workers are at work: it hands the answer on and runs nothing itself."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from robot_library.cli.main import run_cli
from robot_library.cli.site import make_desk, open_key
from robot_library.engine.fleet.workers import Presence
from robot_library.engine.records.items import Request


async def waiting(home: Path) -> str:
    """An item that waits, and a worker that has just given a sign of life."""
    async with make_desk(home, open_key(home, create=True)) as desk:
        item = await desk.add("films", {"order": "O1"}, "O1")
        assert item is not None
        request = Request("3", "duty-radiologist", "uncertain", "Uncertain", time.time() + 3600, "answer.0")
        assert await desk.items.wait(item.id, request, 0, "none")
        presence = Presence(desk.store, "worker-1")
        await presence.start()
        return item.id


def test_an_answer_is_handed_to_the_workers_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("WETREAD_DB", raising=False)
    item = asyncio.run(waiting(tmp_path))
    command = ["answer", item[:8], "accept", "--decision", "negative", "--who", "x", "--home", str(tmp_path), "--json"]
    assert run_cli(command) == 0
    assert json.loads(capsys.readouterr().out) == {"item": item, "taken": True, "outcome": "handed on", "reason": ""}
    assert run_cli(command) == 1
    assert not json.loads(capsys.readouterr().out)["taken"]
