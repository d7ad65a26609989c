"""workers_2_vs_1: the same queue worked off by two worker processes and by one. Larger is better.

The steps only wait, as for a screen; each worker works on two items at a time, with an account for each. Counted is
from the first item's beginning to the last one's end: starting processes is no part of it.

`python -m bench.workers HOME NAME SECONDS` is one worker: until its input ends.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.results import Result, spread
from bench.tiny import BOT, assembly, step
from robot_library.engine.desk import Desk, New
from robot_library.engine.engine import Engine
from robot_library.engine.ports import Event
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson

KEY = SiteKey(bytes(range(32)))
AT_A_TIME = 2
SEATS = 2 * AT_A_TIME


def worker_engine(home: Path, name: str, seconds: float, *, at_a_time: int = AT_A_TIME) -> Engine:
    """A worker whose items take so many seconds each."""
    engine = Engine(home, SealedJson(KEY), KEY.fingerprint, executor=name, workers=at_a_time)
    steps = tuple(step(str(number), "rest", seconds=seconds / 4) for number in range(1, 5))
    engine.add_bot(assembly(home, KEY, steps, seats=SEATS))
    return engine


async def run_worker(home: Path, name: str, seconds: float) -> None:
    """Say when there is something to do, work until the input ends."""

    def said(event: Event) -> None:
        if event.moment == "item" and event.outcome != "typed":
            raise RuntimeError(event.code)

    engine = worker_engine(home, name, seconds)
    engine.listen(said)
    async with engine:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


def seconds_for(home: Path, workers: int, items: int, each: float) -> float:
    """How long so many workers take for so many items."""
    command = [sys.executable, "-m", "bench.workers", str(home)]
    crew = [
        subprocess.Popen([*command, f"w{number}", str(each)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(workers)
    ]
    try:
        for process in crew:
            assert process.stdout is not None
            process.stdout.readline()
        return asyncio.run(worked_off(home, items))
    finally:
        for process in crew:
            process.communicate()


async def worked_off(home: Path, items: int) -> float:
    """Add so many items; seconds from the first one's beginning to the last one's end."""
    async with Desk(home, SealedJson(KEY), KEY.fingerprint) as desk:
        await desk.add_all(BOT, [New({"order": f"A{n}"}, f"A{n}") for n in range(items)])
        while (await desk.board.page(outcome="typed", limit=1)).total < items:  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.1)
        views = await desk.items.all()
    return max(view.updated for view in views) - min(view.started or 0.0 for view in views)


def measure(quick: bool) -> Result:
    """Turn by turn, each in an empty home."""
    items, each, rounds = (8, 0.4, 1) if quick else (60, 1.0, 3)
    one: list[float] = []
    two: list[float] = []
    with tempfile.TemporaryDirectory(prefix="wetread-bench-", ignore_cleanup_errors=True) as name:
        for number in range(rounds):
            one.append(seconds_for(Path(name) / f"one-{number}", 1, items, each))
            two.append(seconds_for(Path(name) / f"two-{number}", 2, items, each))
    alone, together = spread(one), spread(two)
    ratio = round(alone["median"] / together["median"], 4)
    extra = {
        "seconds_one": alone, "seconds_two": together, "items": items, "seconds_an_item": each,
        "items_at_a_time_each": AT_A_TIME, "items_a_minute_one": round(items / alone["median"] * 60, 1),
        "items_a_minute_two": round(items / together["median"] * 60, 1),
    }  # fmt: skip
    return Result("workers_2_vs_1", ratio, "times as fast", "one worker process, the same queue", ratio, extra)


if __name__ == "__main__":
    asyncio.run(run_worker(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
