"""A host's worker for the fleet's tests: runs the tiny hospital's items until it is told to end, or can run no more.

Usage: WETREAD_DB=URL python -m tests.fleet.host FOLDER EXECUTOR [--orders N] [--bots N] [--pause S] [--at WHERE:HOW]
[--workers N] [--max-crashes N]. WHERE is MOMENT/PATH of an event (`intent/`, `step/7.steps.2`) or `in-fill`,
`before-press`, `after-press`; HOW is freeze, kill, wait or tell. Without WETREAD_DB the database is SQLite in
FOLDER/home.
Prints one line of JSON for every event. Ends when its input ends.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from robot_library.engine.database.store import database_url
from robot_library.engine.engine import Engine
from robot_library.engine.ports import Assembly, Event
from robot_library.errors import SetupError
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.steps import PREREAD
from tests.engine.world import Record, TinyDriver, TinySkills

HALTED = 3


def say(**told: Any) -> None:
    """One line."""
    print(json.dumps({"at": time.time(), **told}), flush=True)


def doer(how: str, folder: Path) -> Callable[[], None]:
    """What happens at the chosen moment, the first time. `wait` goes on when the file `go-on` is there."""
    left = 1

    def do() -> None:
        nonlocal left
        if not left:
            return
        left = 0
        say(moment=how)
        if how == "freeze":
            os.kill(os.getpid(), signal.SIGSTOP)
        elif how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif how == "wait":
            while not (folder / "go-on").exists():
                time.sleep(0.02)

    return do


def listen(engine: Engine, driver: TinyDriver, at: str, folder: Path) -> None:
    """Tell every event, and do at the chosen one what is to be done."""
    where, _, how = at.partition(":")
    do = doer(how, folder)
    match where:
        case "in-fill":
            driver.in_fill = do
        case "before-press":
            driver.before_press = do
        case "after-press":
            driver.after_press = do

    def listener(event: Event) -> None:
        say(moment=event.moment, path=event.path, item=event.item, outcome=event.outcome, code=event.code)
        if where == f"{event.moment}/{event.path}" or where == f"{event.moment}/":
            do()

    engine.listen(listener)


def bots(folder: Path, record: Record, driver: TinyDriver, count: int, pause: float) -> list[Assembly]:
    """`tiny` as it is, or as many bots of it as are wanted, each with a partition of its own."""
    steps = [*PREREAD[:2], ("pause", {"seconds": pause}), *PREREAD[2:]] if pause else PREREAD
    one = assembly(folder, record, steps, driver=driver, skills=TinySkills("negative"))
    if count == 1:
        return [one]
    return [replace(one, bot=one.bot.model_copy(update={"bot": f"tiny{number}"})) for number in range(count)]


async def main(asked: argparse.Namespace) -> int:
    folder: Path = asked.folder
    record = Record(folder / "record.sqlite")
    driver, sealer = TinyDriver(record), SealedJson(KEY)
    engine = Engine(
        folder / ("home" if database_url(None) is None else asked.executor), sealer, sealer.fingerprint,
        url=database_url(None), executor=asked.executor, settle=0.05, max_crashes=asked.max_crashes,
        workers=asked.workers,
    )  # fmt: skip
    listen(engine, driver, asked.at, folder)
    for each in (all_bots := bots(folder, record, driver, asked.bots, asked.pause)):
        engine.add_bot(each)
    ended, loop = asyncio.Event(), asyncio.get_running_loop()

    def read() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=read, daemon=True).start()
    try:
        async with engine:
            say(moment="started")
            for number in range(1, asked.orders + 1):
                name = all_bots[number % len(all_bots)].bot.bot
                await engine.submit(name, {"order": f"O{number:03}"}, f"O{number:03}")
            say(moment="submitted")
            while not ended.is_set():
                await engine.run_until_idle()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await ended.wait()
    except SetupError as failure:
        say(moment="halted", reason=failure.message)
        return HALTED
    return 0


def options(words: list[str]) -> argparse.Namespace:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("executor")
    for name, default in (("--orders", 0), ("--bots", 1), ("--workers", 4), ("--max-crashes", 1000)):
        parser.add_argument(name, type=int, default=default)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--at", default="")
    return parser.parse_args(words)


if __name__ == "__main__":
    status = asyncio.run(main(options(sys.argv[1:])))
    sys.stdout.flush()
    os._exit(status)  # the thread that waits for the input would keep the process
