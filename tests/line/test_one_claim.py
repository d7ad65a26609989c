"""Attended and unattended bots share one claim on an order."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

from tests.engine.world import Record


async def test_a_run_at_the_desk_and_a_worker_take_each_order_once(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.sqlite")
    orders = [f"O{number}" for number in range(1, 9)]
    for order in orders:
        record.add(order, f"P{order}")
    both = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.line.pair", str(tmp_path), executor, cwd=Path(__file__).parents[2]
        )
        for executor in ("attended", "worker-1")
    ]
    try:
        async with asyncio.timeout(120):
            assert [await process.wait() for process in both] == [0, 0]
    finally:
        for process in both:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    assert sorted(record.saves()) == orders


def test_what_is_run_at_the_desk_has_an_executor_of_its_own(tmp_path: Path) -> None:
    """Or `wetread run` and a worker would stand in each other's way."""
    from robot_library.cli.site import ATTENDED, make_engine, open_key

    key = open_key(tmp_path, create=True)
    desk, worker = make_engine(tmp_path, key, executor=ATTENDED), make_engine(tmp_path, key)
    desk._lease.take()
    worker._lease.take()
    worker._lease.release()
    desk._lease.release()
