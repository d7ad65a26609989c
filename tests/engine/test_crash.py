"""kill -9 at every step boundary and at random times: every item ends exactly once, nothing lost, no second save."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from robot_library.engine.engine import Engine
from robot_library.engine.records.items import ItemView
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.world import Record

PROJECT = Path(__file__).parents[2]
KILLED = 15 if sys.platform == "win32" else -9
BOUNDARIES = [
    *(f"step:{path}:1" for path in ("1", "2", "3", "4", "5", "6", "7", "7.steps.1", "7.steps.2", "7.steps.3")),
    *(f"step_done:{path}:1" for path in ("2", "3", "4", "5", "6", "7.steps.1", "7.steps.2", "7.steps.3", "7")),
    "compute_kept:4:1", "before_intent::1", "intent::1", "before-press", "in-press", "pressed::1", "proven::1",
    "part_done:1:1", "part_done:5:1", "item::1", "item::2",
]  # fmt: skip


def work(folder: Path, how: str = "", max_crashes: int = 1000) -> int:
    """Run a worker; returns its exit status. Anything but success and SIGKILL is an error of the test."""
    command = [sys.executable, "-m", "tests.engine.worker", str(folder), how, str(max_crashes)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, KILLED), done.stderr[-3000:]
    return done.returncode


def hospital(folder: Path, orders: int) -> Record:
    record = Record(folder / "record.sqlite")
    for number in range(1, orders + 1):
        record.add(f"O{number:03}", f"P{number:03}")
    return record


async def views(folder: Path) -> list[ItemView]:
    sealer = SealedJson(KEY)
    engine = Engine(folder / "home", sealer, sealer.fingerprint)
    engine.add_bot(assembly(folder, Record(folder / "record.sqlite")))
    async with engine:
        return await engine.items()


def all_saved_once(folder: Path, record: Record, orders: int) -> None:
    ended = asyncio.run(views(folder))
    assert {(view.item.state, view.outcome) for view in ended} == {("done", "typed")}, [
        (view.item.payload, view.code, view.reason) for view in ended if view.outcome != "typed"
    ]
    assert sorted(record.saves()) == [f"O{number:03}" for number in range(1, orders + 1)]
    assert {record.order(order)["report"] for order in record.saves()} == {"negative"}


class TestKilled:
    @pytest.mark.slow
    def test_at_step_boundaries(self, tmp_path: Path) -> None:
        """Every eighth boundary: each start is killed at the next one. All of them, several times: test_full_size."""
        record = hospital(tmp_path, 3)
        kills = sum(work(tmp_path, how) == KILLED for how in BOUNDARIES[2::8])
        assert kills >= 2
        assert work(tmp_path) == 0
        all_saved_once(tmp_path, record, 3)

    @pytest.mark.slow
    def test_at_random_times(self, tmp_path: Path) -> None:
        chance = random.Random(7)
        record = hospital(tmp_path, 4)
        kills = sum(work(tmp_path, f"after:{chance.uniform(0.0, 0.6):.3f}") == KILLED for _ in range(2))
        assert work(tmp_path) == 0
        all_saved_once(tmp_path, record, 4)
        assert kills >= 1

    @pytest.mark.slow
    def test_around_the_press(self, tmp_path: Path) -> None:
        record = hospital(tmp_path, 2)
        for how in ("in-press", "intent::1"):
            work(tmp_path, how)
        assert work(tmp_path) == 0
        all_saved_once(tmp_path, record, 2)

    @pytest.mark.slow
    def test_an_item_that_takes_the_process_down_is_given_up_and_the_others_go_on(self, tmp_path: Path) -> None:
        record = hospital(tmp_path, 2)
        deaths = 0
        while work(tmp_path, "step:4:1", max_crashes=2) == KILLED:
            deaths += 1
            assert deaths < 12
        ended = asyncio.run(views(tmp_path))
        assert {view.code for view in ended} == {"DeadLetter"}
        assert {view.item.state for view in ended} == {"dead"}
        assert record.saves() == []

    @pytest.mark.evidence
    def test_full_size(self, tmp_path: Path) -> None:
        """At least 100 kills over 30 items or more, at every boundary and at random times. New orders come in as
        long as kills are wanted, so that there is always something to kill."""
        chance = random.Random(11)
        orders, kills = 30, 0
        record = hospital(tmp_path, orders)
        ways: list[str] = []
        while kills < 100:
            if not ways:
                ways = [*BOUNDARIES, *(f"after:{chance.uniform(0.0, 0.5):.3f}" for _ in range(20))]
                chance.shuffle(ways)
            kills += work(tmp_path, ways.pop()) == KILLED
            while orders - len(record.saves()) < 4:
                orders += 1
                record.add(f"O{orders:03}", f"P{orders:03}")
        assert work(tmp_path) == 0
        all_saved_once(tmp_path, record, orders)
        print(f"{kills} kills, {orders} items, {len(record.saves())} saves, none twice")
