"""Seconds of a processor are counted where they are used: below the test, too, and in that room alone."""

from __future__ import annotations

import subprocess
import sys

from tests.spent import Spent

BURN = "import time\nwhile time.process_time() < 0.5: pass"


def test_a_room_is_charged_with_what_ran_below_it() -> None:
    spent = Spent()
    spent.enter("first")
    subprocess.run([sys.executable, "-c", BURN], check=True)
    spent.enter("second")
    spent.enter("")
    assert spent.rooms["first"] >= 0.4
    assert spent.rooms["second"] < 0.2


def test_what_still_runs_counts_and_workers_are_added_up() -> None:
    spent = Spent()
    spent.enter("room")
    with subprocess.Popen(
        [sys.executable, "-c", f"{BURN}\nprint(flush=True)\ninput()"], stdin=-1, stdout=-1
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        spent.enter("")
        process.communicate(b"\n")
    assert spent.rooms["room"] >= 0.4
    spent.add({"room": 10.0, "other": 1.0})
    assert spent.rooms["room"] >= 10.4
    assert spent.rooms["other"] == 1.0
