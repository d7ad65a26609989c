"""queue_at_10000: what commands and pages ask of a queue of 10,000 items, each beside plain SQLite doing the like.

The value is the slowest of what a person waits for (a page, a count, a search), in milliseconds. Adding is a row, a key
that is known only once, a place in the order and a case, all on disk; beside it a plain row.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.results import Result, median
from bench.tiny import BOT
from robot_library.engine.desk import Desk, New
from robot_library.safeguards.keys import new_key
from robot_library.safeguards.sealed import SealedJson

_BATCH = 500
_STATES = ("done", "business_exception", "application_exception", "dead", "waiting_for_person")


async def timed(what: Callable[[], Awaitable[Any]], times: int) -> float:
    """Median milliseconds."""
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        await what()
        found.append((time.perf_counter() - begun) * 1000)
    return median(found)


async def ours(folder: Path, count: int, times: int) -> dict[str, float]:
    """Milliseconds of each operation."""
    key = new_key()
    sealer = SealedJson(key)
    found: dict[str, float] = {}
    async with Desk(folder, sealer, key.fingerprint) as desk:
        begun = time.perf_counter()
        ids = await desk.add_all(BOT, [New({"order": f"A{n}"}, f"A{n}") for n in range(count)])
        found["add_all"] = round((time.perf_counter() - begun) * 1000, 1)
        items = [item for item in ids if item is not None]
        for number, item in enumerate(items[: count // 5]):
            state = _STATES[number % 4]
            outcome = "typed" if state == "done" else "needs_person"
            await desk.items.close(item, state, outcome, "" if state == "done" else "ScreenNotReached", "why")  # type: ignore[arg-type]
        extra = iter(range(count, count + 10_000))

        async def add_one() -> None:
            number = next(extra)
            await desk.add(BOT, {"order": f"A{number}"}, f"A{number}")

        board = desk.board
        found["add_one"] = await timed(add_one, times)
        found["page"] = await timed(lambda: board.page(limit=50), times)
        found["page_next"] = await timed(lambda: board.page(states=("new",), order="next", limit=50), times)
        found["page_deep"] = await timed(lambda: board.page(offset=count // 2, limit=50), times)
        found["count"] = await timed(board.tally, times)
        found["search"] = await timed(lambda: board.page(search=f"A{count // 2}"), times)
        begun = time.perf_counter()
        back = await desk.retry(await board.matching(states=("dead", "application_exception")), "bench")
        found["retry"] = round((time.perf_counter() - begun) * 1000, 1)
        found["retried"] = float(len(back))
    return found


def bare(path: Path, count: int, times: int, retried: int) -> dict[str, float]:
    """The like on a plain table with the same settings."""
    found: dict[str, float] = {}
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE t (id TEXT PRIMARY KEY, key TEXT UNIQUE, state TEXT, at REAL, v TEXT)")
        connection.execute("CREATE INDEX i ON t (state, at)")
        rows = [(str(n), f"k{n}", "new", float(n), "x" * 200) for n in range(count)]

        def once(name: str, work: Callable[[], Any]) -> None:
            begun = time.perf_counter()
            work()
            found[name] = round((time.perf_counter() - begun) * 1000, 3)

        def add_all() -> None:
            for start in range(0, count, _BATCH):
                with connection:
                    connection.executemany("INSERT INTO t VALUES (?,?,?,?,?)", rows[start : start + _BATCH])

        def add_one() -> None:
            with connection:
                connection.execute("INSERT INTO t VALUES ('one', 'one', 'new', 0, 'x')")

        def retry() -> None:
            for start in range(0, retried, _BATCH):
                with connection:
                    some = [(str(n),) for n in range(start, min(retried, start + _BATCH))]
                    connection.executemany("UPDATE t SET state = 'new' WHERE id = ?", some)

        once("add_all", add_all)
        once("add_one", add_one)
        once("page", lambda: connection.execute("SELECT * FROM t ORDER BY at DESC LIMIT 50").fetchall())
        once("count", lambda: connection.execute("SELECT state, count(*) FROM t GROUP BY state").fetchall())
        once("search", lambda: connection.execute("SELECT * FROM t WHERE key = 'k5'").fetchall())
        once("retry", retry)
    return found


def measure(quick: bool) -> Result:
    """A queue of its own in an empty folder."""
    count, times = (300, 2) if quick else (10_000, 15)
    with tempfile.TemporaryDirectory(prefix="wetread-bench-", ignore_cleanup_errors=True) as name:
        found = asyncio.run(ours(Path(name) / "home", count, times))
        plain = bare(Path(name) / "bare.sqlite", count, times, int(found["retried"]))
    slowest = max(found[name] for name in ("page", "page_next", "page_deep", "count", "search"))
    extra = {"ours_ms": found, "bare_sqlite_ms": plain, "items": count}
    against = "plain rows in a bare SQLite file, WAL and FULL (adding all)"
    return Result("queue_at_10000", slowest, "ms, the slowest question", against,
                  round(found["add_all"] / plain["add_all"], 4), extra)  # fmt: skip
