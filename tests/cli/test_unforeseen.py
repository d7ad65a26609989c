"""What nobody has foreseen is told by where it happened. What it says may name a patient, and no command prints it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

WAYS = """
import asyncio, atexit, gc, logging, threading, warnings
import robot_library.cli.main as commands

class Going:
    def __del__(self):
        raise ValueError("Doe^Jane SENTINEL")

async def forgotten():
    async def bad():
        raise ValueError("SENTINEL")
    task = asyncio.create_task(bad())
    await asyncio.sleep(0.01)
    del task
    gc.collect()

def every(arguments):
    logging.getLogger("pydicom").warning("Invalid value SENTINEL")
    logging.getLogger("other").error("of %s", "SENTINEL")
    logging.getLogger("wetread.some").warning("a message of our own")
    try:
        raise ValueError("SENTINEL")
    except ValueError:
        logging.getLogger("other").exception("SENTINEL")
    warnings.warn("SENTINEL", stacklevel=1)
    thread = threading.Thread(target=lambda: int("SENTINEL"))
    thread.start()
    thread.join()
    asyncio.run(forgotten())
    Going()
    atexit.register(lambda: int("SENTINEL"))
    try:
        raise KeyError("SENTINEL")
    except KeyError as cause:
        raise RuntimeError("the last one, SENTINEL") from cause

commands.run_cli = every
commands.main([])
"""


def ended(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WAYS]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **environment})


def test_nothing_that_was_not_foreseen_says_what_it_holds() -> None:
    told = ended()
    assert told.returncode == 1
    assert "SENTINEL" not in told.stdout + told.stderr
    for said in ("a message of our own", "of •••", "a message of pydicom", "ValueError at", "RuntimeError at"):
        assert said in told.stderr
    assert told.stderr.count("nobody has foreseen") == 4, "thread, object, end, command"


@pytest.mark.parametrize("way", ["SENTINEL", "KeyError"])
def test_whoever_looks_for_a_mistake_in_code_is_shown_all(way: str) -> None:
    assert way in ended(WETREAD_TRACEBACK="1").stderr
