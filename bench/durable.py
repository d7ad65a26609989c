"""durable_step_vs_dbos: a step whose value is on disk before the next begins, beside a bare DBOS loop in the same run.

Both on SQLite with WAL and synchronous=FULL. Ours is sealed, journalled by its path, recorded in the timeline and
counted; theirs returns a word. Turn by turn, so that what else the machine does falls on both.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bench.results import Result, spread
from bench.steps import COMPUTES, dbos_ms, engine_ms

TARGET = 1.15


def measure(quick: bool) -> Result:
    """Medians over rounds, each in an empty folder."""
    count, rounds = (20, 1) if quick else (300, 7)
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory(prefix="wetread-bench-", ignore_cleanup_errors=True) as name:
        for number in range(rounds):
            a_step, *_ = asyncio.run(engine_ms(Path(name) / str(number), [COMPUTES % n for n in range(count)]))
            ours.append(a_step)
            theirs.append(dbos_ms(count))
    found, bare = spread(ours), spread(theirs)
    extra = {"ours": found, "dbos": bare, "steps": count}
    ratio = round(found["median"] / bare["median"], 4)
    against = "a bare DBOS step that returns a word, same database settings, same run"
    return Result("durable_step_vs_dbos", found["median"], "ms a compute step", against, ratio, extra, TARGET)
