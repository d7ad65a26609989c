"""The sign of life for an outside monitor: given only while everything really lives."""

from __future__ import annotations

from pathlib import Path

from robot_library.model.alerting import Heartbeat
from robot_library.unattended.alerts.ground import WorkerSeen
from robot_library.unattended.vital import Vital, beat
from tests.unattended.told.posts import receiver

NOW = 1_800_000_000.0
WELL = Vital(NOW, {"schedule": (NOW - 1, 1.0, "")}, [WorkerSeen("w-1", NOW - 2), WorkerSeen("w-2", NOW - 3)], wanted=2)


async def test_the_monitor_is_asked_and_the_file_touched(tmp_path: Path) -> None:
    file = tmp_path / "beat" / "wetread.alive"
    with receiver() as (got, url):
        assert await beat(Heartbeat(url=url, file=str(file)), WELL)
        assert got.gets == 1
    assert file.exists()


async def test_no_sign_of_life_while_a_worker_or_the_scheduler_is_dead(tmp_path: Path) -> None:
    file = tmp_path / "wetread.alive"
    lost = Vital(NOW, WELL.duties, [WorkerSeen("w-1", NOW - 2), WorkerSeen("w-2", NOW - 61)], wanted=2)
    stuck = Vital(NOW, {"schedule": (NOW - 90, 1.0, "")}, WELL.workers)
    few = Vital(NOW, WELL.duties, WELL.workers[:1], wanted=2)
    broken = Vital(NOW, {"schedule": (NOW - 1, 1.0, "OperationalError")}, WELL.workers)
    with receiver() as (got, url):
        for one in (lost, stuck, few, broken):
            assert not await beat(Heartbeat(url=url, file=str(file)), one)
            assert one.health()["status"] == "ailing"
        assert got.gets == 0
    assert not file.exists()
    assert lost.ailments() == ["worker w-2 was last seen 61 s ago", "1 of 2 workers are alive"]


async def test_a_monitor_that_does_not_answer_is_no_failure_of_ours() -> None:
    assert not await beat(Heartbeat(url="http://127.0.0.1:9/x"), WELL)
