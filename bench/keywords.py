"""keyword_vs_robot: a keyword as a step of wetread, beside the same keyword in Robot Framework's own run.

The keyword looks whether a file exists, so that what is measured is what stands around it. Ours: a real bot from real
YAML on DBOS and SQLite, queue and sealed timeline included, each call in the item's own thread. Theirs: a suite made by
Robot's own model and run with its output file, from the beginning of the first keyword to the end of the last.
"""

from __future__ import annotations

import asyncio
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.results import Result, spread
from bench.steps import engine_ms

STEP = "  - keyword: {library: RPA.FileSystem, name: Does File Exist, with: {path: a.txt}}"


def robot_ms(folder: Path, calls: int) -> float:
    """Milliseconds a keyword takes in a Robot Framework run."""
    from robot.api import TestSuite

    moments: list[datetime] = []

    class Ear:
        """Robot's listener: when keywords begin and end."""

        ROBOT_LISTENER_API_VERSION = 3

        def start_keyword(self, data: Any, result: Any) -> None:
            moments.append(datetime.now())

        def end_keyword(self, data: Any, result: Any) -> None:
            moments.append(datetime.now())

    suite = TestSuite("bench")
    suite.resource.imports.library("RPA.FileSystem")
    test = suite.tests.create("calls")
    for _ in range(calls):
        test.body.create_keyword("Does File Exist", args=["a.txt"])
    suite.run(output=str(folder / "output.xml"), console="none", listener=[Ear()])
    return (moments[-1] - moments[0]).total_seconds() * 1000 / calls


def measure(quick: bool) -> Result:
    """Both sides, several times, in turn."""
    calls, rounds = (5, 1) if quick else (200, 5)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            theirs.append(robot_ms(Path(folder), calls))
            step, _, _ = asyncio.run(engine_ms(Path(folder), [STEP] * calls))
            ours.append(step)
    value, other = spread(ours)["median"], spread(theirs)["median"]
    extra = {"ours_ms": spread(ours), "robot_ms": spread(theirs), "calls": calls}
    against = "the same keyword in Robot Framework's own run, which keeps nothing that survives a crash"
    return Result("keyword_vs_robot", value, "ms a keyword", against, round(value / other, 2), extra)
