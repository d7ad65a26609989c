"""`wetread reconcile`: what the last reading has named, as a table and as JSON."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from robot_library.cli.main import run_cli
from robot_library.cli.site import open_desk, open_key
from robot_library.engine.reconciling import KIND
from robot_library.engine.records.checks import Checks
from robot_library.engine.records.orders import Placed, added_up
from robot_library.safeguards.sealed import SealedJson


async def _kept(home: Path, bad: int) -> None:
    there = Placed("typed", False, "O1", "3f9a", 1_764_324_331.0, True)
    found = [Placed("never_taken", True, "O9", "", None, True)] * bad + [there]
    counts = {"listed": 1 + bad, "without_number": 0, "items": 1 + bad, **added_up(found)}
    async with open_desk(home) as desk:
        await Checks(desk.store, SealedJson(open_key(home))).add(
            KIND, "tiny", counts, bad, [vars(one) for one in found]
        )


def test_gaps_are_named_and_the_exit_code_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    open_key(home, create=True)
    ask = ["reconcile", "tiny", "--home", str(home)]
    assert run_cli(ask) == 2, "no bot, no item and no reading has this name"
    known = ["reconcile", "chest-xray-preread", "--home", str(home)]
    assert run_cli(known) == 3, "nothing was compared yet"
    assert run_cli([*known, "--now"]) == 3, "no worker is there to read"
    asyncio.run(_kept(home, 1))
    capsys.readouterr()
    assert run_cli([*ask, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [gap["order"] for gap in told["gaps"]] == ["O9"]
    assert [one["since"] for one in told["orders"]] == [None, "2025-11-28T10:05:31Z"]
    assert run_cli(ask) == 1
    said = capsys.readouterr().out
    assert "O9" in said
    assert "O1" not in said, "no gap"
    assert run_cli([*ask, "--all"]) == 1
    assert "O1" in capsys.readouterr().out
    asyncio.run(_kept(home, 0))
    assert run_cli(ask) == 0
