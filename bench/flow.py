"""flow_vs_playwright: our engine and driver against the same flow written by hand, order by order in turn."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from bench.hospital import Addresses, account, build, copy, serving, vault, writable
from bench.raw_flow import RawFlow
from bench.results import FOLDER, Result, median, spread
from robot_library.bot import assemble
from robot_library.drivers.browser import BrowserDriver
from robot_library.engine.engine import Engine
from robot_library.parsing.library import Library, bundled
from robot_library.safeguards.keys import new_key
from robot_library.safeguards.sealed import SealedJson

BOT = "bench-flow"
TARGET = 1.10
SEED = 1
PICTURES = 5
AGAINST = "the same flow by hand in async Playwright, same screens, fresh tabs, texts and pictures"


@asynccontextmanager
async def our_engine(home: Path, at: Addresses) -> AsyncIterator[Engine]:
    """Engine, journal (SQLite, on disk) and browser driver, as `wetread run` wires them."""
    key, driver = new_key(), BrowserDriver()
    assembly = assemble(
        BOT, Library(FOLDER / "site", bundled()), home, key, vault=vault(), driver=driver, values=at.values()
    )
    engine = Engine(home, SealedJson(key), key.fingerprint)
    engine.add_bot(assembly)
    try:
        async with engine:
            yield engine
    finally:
        await driver.close()


async def by_engine(engine: Engine, order: str) -> float:
    """Seconds from handing the order to the queue until it has ended. RuntimeError unless it was typed."""
    begun = time.perf_counter()
    item = await engine.submit(BOT, {"order": order}, order)
    await engine.run_until_idle()
    seconds = time.perf_counter() - begun
    assert item is not None
    view = await engine.item(item.id)
    if view.outcome != "typed":
        raise RuntimeError(f"our flow ended with {view.code}: {view.reason}")
    return seconds


async def by_hand(flow: RawFlow, order: str) -> float:
    """Seconds of the hand-written flow."""
    begun = time.perf_counter()
    await flow.order(order)
    return time.perf_counter() - begun


async def one_round(at: Addresses, home: Path, orders: list[str], ours_first: bool) -> tuple[list[float], list[float]]:
    """Orders of one hospital in turn; the first of each side warms up and is not counted."""
    ours: list[float] = []
    theirs: list[float] = []
    async with RawFlow(at, account()) as flow, our_engine(home, at) as engine:
        for number, order in zip(count(0 if ours_first else 1), orders, strict=False):
            if number % 2 == 0:
                ours.append(await by_engine(engine, order))
            else:
                theirs.append(await by_hand(flow, order))
    return ours[1:], theirs[1:]


def check(folder: Path, orders: list[str]) -> None:
    """Every order was written once, into the right record: by the hospital's own database. RuntimeError if not."""
    from robot_library.hospital import verdict

    judged = verdict(folder)
    if judged.typed != len(orders) or judged.wrong_patient_writes or judged.duplicate_writes:
        raise RuntimeError(f"the flows did not do their work: {judged.typed} of {len(orders)} orders were typed")


def measure(quick: bool) -> Result:
    """Rounds on copies of one hospital; from round to round the sides change places."""
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory(prefix="wetread-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        built = build(folder / "built", SEED)
        orders = writable(built)[: 4 if quick else None]
        for number in range(1 if quick else 4):
            hospital = copy(built, folder / f"hospital-{number}")
            with serving(hospital, SEED) as at:
                a, b = asyncio.run(one_round(at, folder / f"home-{number}", orders, number % 2 == 0))
            check(hospital, orders)
            ours += a
            theirs += b
    extra = {
        "seconds_ours": spread(ours), "seconds_theirs": spread(theirs), "warm_up_orders_left_out": 1,
        "pictures_an_order": {"ours": PICTURES, "theirs": PICTURES},
        "fresh_tabs_an_order": {"ours": 4, "theirs": 4},
        "ours_includes": "queue, journal on disk, encrypted evidence, covered pictures",
    }  # fmt: skip
    ratio = round(median(ours, 6) / median(theirs, 6), 4)
    return Result("flow_vs_playwright", median(ours), "s an order", AGAINST, ratio, extra, TARGET)
