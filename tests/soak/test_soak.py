"""Many orders, workers killed at random, a hospital in trouble: nothing lost, nothing twice, no wrong record."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from robot_library.cli.main import cli
from robot_library.errors import SetupError

pytestmark = [pytest.mark.slow, pytest.mark.browser]
OUTCOMES = ("typed", "needs_person", "refused", "already_reported", "dead", "lost")
SMALL, WHOLE = (200, 5), (2000, 50)
SEATS = 4
"""Accounts of the two workers together: while one order waits for its screen, another goes on."""


def begun(items: int, kills: int, seed: int, workers: int) -> list[str]:
    """The command, as a user would say it."""
    sizes = f"--items {items} --kills {kills} --workers {workers} --seats {SEATS} --seed {seed}"
    return ["soak", "--chaos", *sizes.split()]


def soaked(folder: Path, items: int, kills: int, seed: int, workers: int) -> dict[str, Any]:
    """Run it as a user would; its last line."""
    command = begun(items, kills, seed, workers)
    said = CliRunner().invoke(cli, [*command, "--keep", str(folder), "--json"], catch_exceptions=False)
    assert said.exit_code == 0, said.output[-2000:]
    return dict(json.loads(said.output.splitlines()[-1]))


def broken_off(folder: Path, items: int, kills: int, seed: int, workers: int) -> dict[str, Any]:
    """The same, broken off when it is well under way, and gone on with."""
    command = [*begun(items, kills, seed, workers), "--limit", "120", "--keep", str(folder)]
    with pytest.raises(SetupError, match="wetread soak --resume --keep"):
        CliRunner().invoke(cli, command, catch_exceptions=False)
    said = CliRunner().invoke(cli, ["soak", "--resume", "--keep", str(folder), "--json"], catch_exceptions=False)
    assert said.exit_code == 0, said.output[-2000:]
    return dict(json.loads(said.output.splitlines()[-1]))


def judged(folder: Path, result: dict[str, Any], items: int, kills: int) -> None:
    """What must hold whatever was killed, by the hospital's own tables and not by the command's word alone."""
    assert sum(result[name] for name in OUTCOMES) == items == result["items"]
    assert result["kills"] >= kills
    assert (result["lost"], result["double_commits"], result["wrong_patient_writes"]) == (0, 0, 0)
    assert result["unexplained"] == 0
    database = sqlite3.connect(folder / "hospital.sqlite")
    try:
        saves = database.execute(
            "SELECT order_id, count(*) FROM saves WHERE account LIKE 'rpabot%' GROUP BY 1"
        ).fetchall()
        expected = dict(database.execute("SELECT order_id, expected_outcome FROM orders"))
        whose = database.execute(
            "SELECT count(*) FROM saves s JOIN orders o USING (order_id) WHERE s.patient_id <> o.patient_id"
        ).fetchone()[0]
    finally:
        database.close()
    assert len(expected) == items
    assert all(count == 1 for _, count in saves)
    assert all(expected[order] == "typed" for order, _ in saves)
    assert whose == 0
    assert len(saves) == result["typed"]
    # In trouble an order may end with a person that would have been typed; never the other way round.
    assert result["typed"] >= 0.9 * sum(outcome == "typed" for outcome in expected.values())
    assert all(odd["outcome"] in ("needs_person", "dead") for odd in result["unexpected"]), result["unexpected"]


@pytest.mark.timeout(4000)
def test_a_tenth_of_the_soak(tmp_path: Path) -> None:
    judged(tmp_path / "soak", broken_off(tmp_path / "soak", *SMALL, seed=11, workers=2), *SMALL)


def test_only_a_soak_that_is_there_goes_on(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no soak that could go on"):
        CliRunner().invoke(cli, ["soak", "--resume", "--keep", str(tmp_path / "none")], catch_exceptions=False)


@pytest.mark.evidence
@pytest.mark.timeout(6 * 3600)
def test_the_whole_soak(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    result = soaked(tmp_path / "soak", *WHOLE, seed=12, workers=2)
    for name in ("items", "kills", *OUTCOMES, "double_commits", "wrong_patient_writes", "unexplained"):
        record_property(name, result[name])
    judged(tmp_path / "soak", result, *WHOLE)
