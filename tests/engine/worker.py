"""A worker process for the crash tests: runs the tiny hospital's items until idle, and kills itself when told.

Usage: python -m tests.engine.worker FOLDER [MOMENT:PATH:NTH | after:SECONDS | before-press | in-press | say:]
[MAX_CRASHES].
The kill is SIGKILL (on Windows TerminateProcess): no handler, no flush, no goodbye. It comes at that event for the
NTH time in this process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from robot_library.engine.engine import Engine
from robot_library.engine.ports import Event
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.world import Record, TinyDriver, TinySkills


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


def killer(how: str) -> Callable[[Event], None]:
    """A listener that kills at the nth event of one moment and path."""
    moment, path, nth = how.split(":")
    left = int(nth)

    def listener(event: Event) -> None:
        nonlocal left
        if event.moment == moment and path in ("", event.path):
            left -= 1
            if left == 0:
                die()

    return listener


async def main(folder: Path, how: str, max_crashes: int) -> None:
    record = Record(folder / "record.sqlite")
    driver = TinyDriver(record)
    sealer = SealedJson(KEY)
    engine = Engine(folder / "home", sealer, sealer.fingerprint, settle=0.05, max_crashes=max_crashes)
    if how == "in-press":
        driver.after_press = die
    elif how == "before-press":
        driver.before_press = die
    elif how.startswith("say:"):
        engine.listen(lambda event: print("step", event.path, flush=True) if event.path == "2" else None)
    elif how and not how.startswith("after:"):
        engine.listen(killer(how))
    engine.add_bot(assembly(folder, record, driver=driver, skills=TinySkills("negative")))
    async with engine:
        if how.startswith("after:"):
            threading.Timer(float(how.removeprefix("after:")), die).start()
        for order in sorted(row[0] for row in record.run("SELECT order_id FROM orders")):
            await engine.submit("tiny", {"order": order}, order)
        await engine.run_until_idle()


if __name__ == "__main__":
    # A shell that runs the tests in the background has Ctrl-C ignored, and so have all its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "", int((*sys.argv, "", "")[3] or 1000)))
