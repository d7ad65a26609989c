"""A DBOS workflow of steps that return a word: `python -m bench.dbos_steps N [URL]` prints milliseconds a step.

On PostgreSQL, or on SQLite set up as ours is: WAL, synchronous=FULL.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from dbos import DBOS, DBOSConfig

from robot_library.engine.database.store import make_engine

_spent: list[float] = []


@DBOS.step(name="bench.step")
async def step() -> str:
    """Nothing, recorded."""
    return "A1"


@DBOS.workflow(name="bench.workflow")
async def workflow(count: int) -> None:
    """Steps one after the other."""
    begun = time.perf_counter()
    for _ in range(count):
        await step()
    _spent.append(time.perf_counter() - begun)


async def milliseconds(url: str, count: int) -> float:
    """Milliseconds a step, on this database."""
    config: DBOSConfig = {
        "name": "bench",
        "system_database_url": url,
        "system_database_engine": make_engine(url),
        "log_level": "ERROR",
    }
    DBOS(config=config)
    DBOS.launch()
    try:
        handle = await DBOS.start_workflow_async(workflow, count)
        await handle.get_result()
    finally:
        await asyncio.to_thread(DBOS.destroy)
    return _spent[0] / count * 1000


def main() -> None:
    """Measure once."""
    with tempfile.TemporaryDirectory(prefix="wetread-bench-", ignore_cleanup_errors=True) as folder:
        url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{Path(folder) / 'dbos.sqlite'}"
        print(asyncio.run(milliseconds(url, int(sys.argv[1]))))


if __name__ == "__main__":
    main()
