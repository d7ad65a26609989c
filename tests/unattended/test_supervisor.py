"""Real worker processes: started, started again when killed, not spun when they cannot live, stopped in peace."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from robot_library.unattended.supervisor import Patience, Supervisor, Worker
from tests.unattended.conftest import until

QUICK = Patience(first=0.02, longest=0.2, settled=600, too_often=3, to_stop=120)
LIVES = "import sys; sys.stdin.read(); print('ended in peace')"
"""A worker that stops when its input is closed."""
CANNOT = "raise SystemExit(1)"
LACKS = "raise SystemExit(3)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


@asynccontextmanager
async def supervised(
    script: str, count: int = 1, patience: Patience = QUICK, changed: Callable[[Worker], None] = lambda worker: None
) -> AsyncIterator[Supervisor]:
    one = Supervisor(
        [f"worker-{n}" for n in range(1, count + 1)], lambda name: [sys.executable, "-c", script], patience=patience,
    )  # fmt: skip
    one.listen(changed)
    one.start()
    try:
        yield one
    finally:
        await one.stop()


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def test_a_killed_worker_is_started_again_and_the_other_left_alone() -> None:
    async with supervised(LIVES, count=2) as one:
        first, second = one.workers
        await until(lambda: first.standing == second.standing == "running")
        killed, other = first.pid, second.pid
        assert killed is not None
        psutil.Process(killed).kill()
        await until(lambda: first.standing == "running" and first.pid != killed)
        assert (first.deaths, second.deaths, second.pid) == (1, 0, other)
        pids = [first.pid, second.pid]
    assert [one.standing for one in one.workers] == ["stopped", "stopped"]
    assert [one.code for one in one.workers] == [0, 0]
    assert not any(alive(pid) for pid in pids if pid)


async def test_one_that_has_lived_and_loses_its_server_soon_tries_again() -> None:
    """Exit 3 at once means that something lacks here; after a while at work it means that something was lost."""
    seen: list[str] = []
    patience = Patience(first=0.02, longest=60.0, too_often=3, to_stop=120, settled=0.0)
    async with supervised(LACKS, patience=patience, changed=lambda worker: seen.append(worker.standing)) as one:
        await until(lambda: one.workers[0].standing == "failing")
    assert seen[:4] == ["running", "resting", "running", "resting"]


async def test_one_that_cannot_live_is_reported_and_not_spun() -> None:
    heard: list[tuple[str, int]] = []
    slow = Patience(first=0.01, longest=60, settled=600, too_often=3, to_stop=120)
    async with supervised(CANNOT, patience=slow, changed=lambda w: heard.append((w.standing, w.deaths))) as one:
        await until(lambda: one.workers[0].standing == "failing")
        assert one.workers[0].deaths == 3
    assert [standing for standing, _ in heard].count("running") == 3


async def test_one_whose_machine_lacks_something_is_reported_at_once() -> None:
    async with supervised(LACKS, patience=Patience(first=0.01, longest=60, settled=600, to_stop=120)) as one:
        await until(lambda: one.workers[0].standing == "failing")
        assert (one.workers[0].deaths, one.workers[0].code) == (1, 3)


async def test_one_whose_program_is_not_there_is_reported() -> None:
    one = Supervisor(["worker-1"], lambda name: [os.fspath(Path("/no/such/program"))], patience=QUICK)
    one.start()
    await until(lambda: one.workers[0].standing == "failing")
    await one.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="no process can refuse to be ended there")
async def test_one_that_does_not_listen_is_ended_by_force() -> None:
    async with supervised(DEAF, patience=Patience(first=60, to_stop=0.2)) as one:
        await until(lambda: one.workers[0].standing == "running")
        pid = one.workers[0].pid
        assert pid is not None
    assert not alive(pid)


async def test_when_the_office_is_killed_its_workers_stop_by_themselves(tmp_path: Path) -> None:
    """The kernel closes what the office held open, also after kill -9."""
    office = tmp_path / "office.py"
    office.write_text(
        "import asyncio, sys\n"
        "from robot_library.unattended.supervisor import Supervisor\n"
        "async def main():\n"
        f"    one = Supervisor(['worker-1'], lambda name: [sys.executable, '-c', {LIVES!r}])\n"
        "    one.start()\n"
        "    while one.workers[0].pid is None: await asyncio.sleep(0.01)\n"
        "    print(one.workers[0].pid, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n",
        encoding="utf-8",
    )
    process = await asyncio.create_subprocess_exec(sys.executable, office, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        pid = int(await process.stdout.readline())
        assert alive(pid)
    finally:
        process.kill()
        await process.wait()
    await until(lambda: not alive(pid))
