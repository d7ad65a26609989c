"""step_overhead_ms: what the engine itself costs a step that does nothing, beside a bare DBOS step.

A real bot from real YAML on DBOS and SQLite (WAL, synchronous=FULL), queue and recording included: parsed, linted,
assembled, run. One workflow of steps that only look (`check`: nothing to journal), one of steps whose value is on disk
before the next begins (`compute`). The other side is a DBOS workflow of as many steps that return a word.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.results import Result, spread
from robot_library.bot import assemble
from robot_library.drivers.browser import BrowserDriver
from robot_library.engine.engine import Engine
from robot_library.engine.ports import Event
from robot_library.parsing.library import Library
from robot_library.safeguards.keys import new_key
from robot_library.safeguards.sealed import SealedJson

BOT = "bench-steps"
READS = "  - check: {that: =item.order == item.order, otherwise: never}"
COMPUTES = "  - compute: {value: =item.order, as: value_%d}"


def write_site(folder: Path, steps: list[str]) -> Path:
    """A bot of these steps, as files."""
    (folder / "bots").mkdir(parents=True)
    (folder / "workflows" / BOT).mkdir(parents=True)
    bot = f"bot: {BOT}\nabout: Nothing.\nworkflow: {BOT}\napps: {{}}\n"
    (folder / "bots" / f"{BOT}.yaml").write_text(bot, encoding="utf-8")
    lines = [f"workflow: {BOT}", "about: Nothing.", "item:", "  order: {type: text}", "steps:", *steps]
    (folder / "workflows" / BOT / "workflow.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


async def engine_ms(folder: Path, steps: list[str], *, url: str | None = None) -> tuple[float, float, float]:
    """Milliseconds: a step, from the first one's beginning to the last one's end; before the first; after the last."""
    home, key = folder / "home", new_key()
    engine = Engine(home, SealedJson(key), key.fingerprint, url=url)
    engine.add_bot(assemble(BOT, Library(write_site(folder / "site", steps)), home, key, driver=BrowserDriver()))
    moments: list[float] = []

    def note(event: Event) -> None:
        if event.moment in ("step", "step_done"):
            moments.append(time.perf_counter())

    engine.listen(note)
    async with engine:
        await engine.submit(BOT, {"order": "A0"}, "A0")  # the queue is first looked at a second after the start
        await engine.run_until_idle()
        moments.clear()
        begun = time.perf_counter()
        item = await engine.submit(BOT, {"order": "A1"}, "A1")
        await engine.run_until_idle()
        ended = time.perf_counter()
        assert item is not None
        view = await engine.item(item.id)
    if view.outcome != "typed" or len(moments) != 2 * len(steps):
        raise RuntimeError(f"the steps did not run: {view.code} {view.reason}")
    a_step, before, after = (moments[-1] - moments[0]) / len(steps), moments[0] - begun, ended - moments[-1]
    return a_step * 1000, before * 1000, after * 1000


def dbos_ms(count: int, *url: str) -> float:
    """Milliseconds of a bare DBOS step, on SQLite or on this server. In a process of its own: our engine forbids DBOS
    what a bare one does."""
    command = [sys.executable, "-m", "bench.dbos_steps", str(count), *url]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout)


def measure(quick: bool) -> Result:
    """Rounds of all three in turn, each in an empty folder; medians."""
    count, rounds = (20, 1) if quick else (300, 5)
    found: dict[str, list[float]] = {name: [] for name in ("reads", "computes", "dbos", "before", "after")}
    with tempfile.TemporaryDirectory(prefix="wetread-bench-", ignore_cleanup_errors=True) as name:
        for number in range(rounds):
            folder = Path(name) / str(number)
            reads, *_ = asyncio.run(engine_ms(folder / "reads", [READS] * count))
            computes, *_ = asyncio.run(engine_ms(folder / "computes", [COMPUTES % n for n in range(count)]))
            _, before, after = asyncio.run(engine_ms(folder / "item", [READS]))
            found["reads"].append(reads)
            found["computes"].append(computes)
            found["before"].append(before)
            found["after"].append(after)
            found["dbos"].append(dbos_ms(count))
    return _result({name: spread(values) for name, values in found.items()}, count)


def _result(found: dict[str, dict[str, Any]], count: int) -> Result:
    ours, theirs = found["computes"]["median"], found["dbos"]["median"]
    extra = {
        "journalled": found["computes"], "not_journalled": found["reads"], "dbos_step": found["dbos"],
        "item_before_first_step": found["before"], "item_after_last_step": found["after"], "steps": count,
    }  # fmt: skip
    against = "a DBOS step that returns a word, on SQLite set up alike; ours is a journalled, sealed and recorded step"
    return Result("step_overhead_ms", ours, "ms a step", against, round(ours / theirs, 4), extra)
