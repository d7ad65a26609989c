"""commit_ms: what the engine adds to a press: claimed, proven absent, guarded, intent on disk, pressed, proven, done.

The screen takes no time, so this is the price of never pressing twice. Beside it: as many transactions on a bare SQLite
file with the same settings, one for each that a commit waits for.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.results import Result, spread
from bench.tiny import BOT, assembly, step
from robot_library.engine.engine import Engine
from robot_library.engine.ports import Event
from robot_library.safeguards.keys import new_key
from robot_library.safeguards.sealed import SealedJson

ON_DISK = 3
"""Transactions that a commit waits for: the claim, the intent, the end."""


async def commits_ms(folder: Path, count: int) -> list[float]:
    """Milliseconds of each of so many commits of one item."""
    key = new_key()
    engine = Engine(folder / "home", SealedJson(key), key.fingerprint, settle=0.0)
    presses = tuple(step(f"2.steps.{n}", "press", once_per=f"=item.order + ' {n - 1}'") for n in range(1, count + 1))
    engine.add_bot(assembly(folder, key, (step("1", "sign_in"), step("2", "protect", steps=presses))))
    begun: list[float] = []
    ended: list[float] = []

    def note(event: Event) -> None:
        if event.path.startswith("2.steps"):
            moments = {"step": begun, "proven": ended}.get(event.moment)
            if moments is not None:
                moments.append(time.perf_counter())

    engine.listen(note)
    async with engine:
        item = await engine.submit(BOT, {"order": "A"}, "A")
        await engine.run_until_idle()
        assert item is not None
        view = await engine.item(item.id)
    if view.outcome != "typed" or len(ended) != count:
        raise RuntimeError(f"the commits were not made: {view.code} {view.reason}")
    return [(end - begin) * 1000 for begin, end in zip(begun, ended, strict=True)]


def bare_ms(path: Path, count: int) -> list[float]:
    """Milliseconds of as many transactions on a bare file, by threes."""
    found = []
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT)")
        for number in range(count):
            begun = time.perf_counter()
            for part in range(ON_DISK):
                with connection:
                    connection.execute("INSERT INTO t VALUES (?, ?)", (f"{number}.{part}", "x" * 200))
            found.append((time.perf_counter() - begun) * 1000)
    return found


def measure(quick: bool) -> Result:
    """One item with many commits."""
    count = 10 if quick else 300
    with tempfile.TemporaryDirectory(prefix="wetread-bench-", ignore_cleanup_errors=True) as name:
        ours = spread(asyncio.run(commits_ms(Path(name), count)))
        bare = spread(bare_ms(Path(name) / "bare.sqlite", count))
    extra = {"ours": ours, "bare": bare, "commits": count}
    against = f"{ON_DISK} transactions on a bare SQLite file, WAL and FULL: what a commit waits for"
    return Result("commit_ms", ours["median"], "ms a commit", against, round(ours["median"] / bare["median"], 4), extra)
