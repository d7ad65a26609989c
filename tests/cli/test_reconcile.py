"""`wetread reconcile`: what the last reading has named, as a table and as JSON."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from robot_library.cli.main import run_cli
from robot_library.cli.site import open_desk, open_key
from robot_library.engine.checks import Checks
from robot_library.engine.reconciling import GAPS, KIND
from robot_library.safeguards.sealed import SealedJson


async def _kept(home: Path, bad: int) -> None:
    counts = {"listed": 3, "without_number": 0, "items": 2, **dict.fromkeys(map(str, GAPS), 0)}
    found = [{"what": "never_taken", "order": "O9", "item": "", "since": None}] * bad
    async with open_desk(home) as desk:
        await Checks(desk.store, SealedJson(open_key(home))).add(KIND, "tiny", counts, bad, found)


def test_gaps_are_named_and_the_exit_code_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    open_key(home, create=True)
    ask = ["reconcile", "tiny", "--home", str(home)]
    assert run_cli(ask) == 3, "nothing was compared yet"
    assert run_cli([*ask, "--now"]) == 3, "no worker is there to read"
    asyncio.run(_kept(home, 1))
    capsys.readouterr()
    assert run_cli([*ask, "--json"]) == 1
    assert [gap["order"] for gap in json.loads(capsys.readouterr().out)["gaps"]] == ["O9"]
    assert run_cli(ask) == 1
    assert "O9" in capsys.readouterr().out
    asyncio.run(_kept(home, 0))
    assert run_cli(ask) == 0
