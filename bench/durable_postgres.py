"""durable_step_vs_dbos_postgres: as durable_step_vs_dbos, both on one PostgreSQL server that is made for it.

Ours also makes sure, with each value, that no other host has taken the item over.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bench.durable import TARGET
from bench.results import Result, spread
from bench.steps import COMPUTES, dbos_ms, engine_ms
from tests.fleet.cluster import make_cluster


def measure(quick: bool) -> Result:
    """Medians over rounds, each in empty databases."""
    count, rounds = (20, 1) if quick else (300, 7)
    ours: list[float] = []
    theirs: list[float] = []
    cluster = make_cluster()
    try:
        with tempfile.TemporaryDirectory(prefix="wetread-bench-", ignore_cleanup_errors=True) as name:
            for number in range(rounds):
                steps = [COMPUTES % n for n in range(count)]
                url = cluster.url(cluster.new_database())
                a_step, *_ = asyncio.run(engine_ms(Path(name) / str(number), steps, url=url))
                ours.append(a_step)
                theirs.append(dbos_ms(count, cluster.url(cluster.new_database())))
    finally:
        cluster.remove()
    found, bare = spread(ours), spread(theirs)
    ratio = round(found["median"] / bare["median"], 4)
    against = "a bare DBOS step that returns a word, same server, same run"
    extra = {"ours": found, "dbos": bare, "steps": count}
    return Result("durable_step_vs_dbos_postgres", found["median"], "ms a compute step", against, ratio, extra, TARGET)
