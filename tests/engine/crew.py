"""A process of the engine's tests: a worker that runs until its input ends, or somebody at the desk.

python -m tests.engine.crew FOLDER worker NAME [MOMENT:PATH:NTH]    killed by SIGKILL at that event
python -m tests.engine.crew FOLDER fire SLOT …                      fires slots; prints those it was the one to fire
python -m tests.engine.crew FOLDER add-and-die COUNT                killed inside the transaction that adds items
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from robot_library.engine.desk import Desk, New
from robot_library.engine.engine import Engine
from robot_library.engine.post import Post
from robot_library.model.bot import App, BotSpec
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.worker import die, killer
from tests.engine.world import Record

SEALER = SealedJson(KEY)
TWO_SEATS = BotSpec(
    bot="tiny", about="", workflow="tiny", retries=2, retry_after="10 ms", site={"ward": "7"},  # type: ignore[arg-type]
    apps={"ehr": App(map="tiny", url="http://tiny", credential="first", seats=("second",))},
)  # fmt: skip


def crew_engine(folder: Path, name: str, **more: Any) -> Engine:
    """A worker of the tiny hospital, with two accounts: two items at a time."""
    engine = Engine(folder / "home", SEALER, SEALER.fingerprint, executor=name, settle=0.05, max_crashes=1000)
    engine.add_bot(assembly(folder, Record(folder / "record.sqlite"), bot=TWO_SEATS, **more))
    return engine


async def work(folder: Path, name: str, how: str) -> None:
    """Until the input ends; then leave in peace."""
    engine = crew_engine(folder, name)
    if how:
        engine.listen(killer(how))
    async with engine:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await engine.leave_off()


async def fire(folder: Path, slots: list[str]) -> None:
    """Fire slots, and say which were ours."""
    async with Desk(folder / "home", SEALER, SEALER.fingerprint) as desk:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        for slot in slots:
            if await desk.fire("tiny", slot):
                print(slot, flush=True)


async def add_and_die(folder: Path, count: int) -> None:
    """End between the items' rows and their cases."""
    Post.queue_cases = lambda *_: die()  # type: ignore[method-assign]
    async with Desk(folder / "home", SEALER, SEALER.fingerprint) as desk:
        await desk.add_all("tiny", [New({"order": f"O{number:03}"}, f"O{number:03}") for number in range(1, count + 1)])


if __name__ == "__main__":
    where, what, *words = sys.argv[1:]
    match what:
        case "worker":
            asyncio.run(work(Path(where), words[0], (*words, "", "")[1]))
        case "fire":
            asyncio.run(fire(Path(where), words))
        case "add-and-die":
            asyncio.run(add_and_die(Path(where), int(words[0])))
