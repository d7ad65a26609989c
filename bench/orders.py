"""orders_per_minute: the shipped bot on the whole demo hospital, and where an order's time goes.

The stages come from the steps that the run recorded; what no step claims (queue, journal, opening and giving back
screens between items) is a stage of its own. Seconds of CPU are told for bot, browser and hospital, because on two
cores they decide how long an order takes.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.cpu import Cpu
from bench.hospital import Addresses, build, serving, vault, writable
from bench.moments import Moments
from bench.results import Result, spread
from robot_library.bot import assemble
from robot_library.drivers.browser import BrowserDriver
from robot_library.engine.engine import Engine
from robot_library.model.run import RunRecord, StepRecord
from robot_library.parsing.library import Library, bundled
from robot_library.safeguards.keys import new_key
from robot_library.safeguards.sealed import SealedJson

BOT = "chest-xray-preread"
SEED = 1
QUICK_ORDERS = 2
AGAINST = "nothing: the hand-written flow has neither images nor skill (its screens: flow_vs_playwright)"
Parts = dict[str, float]


def stage_of(step: StepRecord) -> str:
    """The stage that a step's time is counted in."""
    place = step.title.removeprefix("open ").removeprefix("read ").split(".")[0]
    match step.action:
        case "sign_in" | "open" | "read" | "read_table" | "check_state":
            return f"screens read ({'EHR' if 'ehr' in (place, step.title.split()[-1].split('.')[0]) else 'PACS'})"
        case "fetch_study" | "choose_images":
            return "images fetched"
        case "run_skill":
            return "skill (with decoding)"
        case "fill":
            return "typed (guard, typing, read back)"
        case "save" | "attach":
            return f"{step.action} (proof, guard, press, proof)"
        case _:
            return "decided (identity, claim, accept, draft)"


def by_stage(runs: Iterable[RunRecord]) -> Parts:
    """Seconds by stage over all runs. Blocks hold other steps and are left out."""
    found: defaultdict[str, float] = defaultdict(float)
    for run in runs:
        for step in run.steps:
            if step.effect != "block":
                found[stage_of(step)] += step.seconds
    return dict(found)


def shares(parts: Parts, whole: float, orders: int) -> list[dict[str, Any]]:
    """Stages by size, the unclaimed rest last, in seconds an order and share of the whole."""
    ordered = sorted(parts.items(), key=lambda part: -part[1])
    ordered.append(("between steps and items", max(0.0, whole - sum(parts.values()))))
    return [
        {"stage": name, "seconds": round(seconds / orders, 4), "share": round(seconds / whole, 4)}
        for name, seconds in ordered
    ]


async def work(at: Addresses, home: Path, limit: int | None) -> tuple[list[RunRecord], float, float, Moments, Parts]:
    """Runs, seconds of work, seconds of collecting, moments inside commits, CPU seconds of the work."""
    key, driver = new_key(), BrowserDriver()
    assembly = assemble(BOT, Library(bundled()), home, key, vault=vault(), driver=driver, values=at.values())
    engine = Engine(home, SealedJson(key), key.fingerprint)
    engine.add_bot(assembly)
    moments = Moments()
    engine.listen(moments.note)
    try:
        async with engine:
            begun = time.perf_counter()
            if limit is None:
                await engine.collect(BOT)
            else:
                for order in writable(at.folder)[:limit]:
                    await engine.submit(BOT, {"order": order}, order)
            collected, cpu = time.perf_counter(), Cpu(at.pid)
            await engine.run_until_idle()
            ended = time.perf_counter()
            return await engine.runs(BOT), ended - collected, collected - begun, moments, cpu.spent()
    finally:
        await driver.close()


def measure(quick: bool) -> Result:
    """Every order of one hospital once; a few that end typed, in a quick run."""
    limit = QUICK_ORDERS if quick else None
    with tempfile.TemporaryDirectory(prefix="wetread-bench-", ignore_cleanup_errors=True) as name:
        folder = build(Path(name) / "hospital", SEED)
        with serving(folder, SEED, sessions_end=True) as at:
            runs, seconds, collecting, moments, cpu = asyncio.run(work(at, Path(name) / "home", limit))
        wanted = len(writable(folder)[:limit])
    orders = len(runs)
    typed = [run.seconds for run in runs if run.outcome == "typed"]
    if len(typed) != wanted:
        codes = ", ".join(sorted({run.code for run in runs if run.code}))
        raise RuntimeError(f"{len(typed)} orders were typed, not {wanted} ({codes}): this time says nothing")
    extra = {
        "orders": orders, "typed": len(typed), "seconds": round(seconds, 2),
        "seconds_collecting": round(collecting, 2),
        "seconds_a_typed_order": spread(typed) if typed else None,
        "stages": shares(by_stage(runs), seconds, orders),
        "inside_commits": moments.medians(),
        "cpu_seconds_an_order": {name: round(spent / orders, 3) for name, spent in cpu.items()},
    }  # fmt: skip
    return Result("orders_per_minute", round(orders * 60 / seconds, 2), "orders a minute", AGAINST, None, extra)
