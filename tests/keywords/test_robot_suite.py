"""A Robot Framework suite drives wetread, started as a user would: `robot charges.robot`, in a copy of the examples."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from robot.api import ExecutionResult
from robot.output.pyloggingconf import RobotHandler, robot_handler_enabled

from robot_library.robot import _wait
from tests.keywords.test_examples import EXAMPLES, folder

__all__ = ["folder"]


def test_the_suite_of_the_examples(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "robot", "--outputdir", "outbox/robot", "--log", "NONE", "charges.robot"],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=180,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(EXAMPLES.parents[1]), *sys.path[:1]])},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    result = ExecutionResult(folder / "outbox" / "robot" / "output.xml")
    assert [(one.name, one.status) for one in result.suite.tests] == [
        ("A Day Is Charged", "PASS"),
        ("A Day Is Not Charged Twice", "PASS"),
        ("A Day Without A List Is A Person's", "PASS"),
    ]
    assert "00123456" not in (folder / "outbox" / "robot" / "output.xml").read_text(encoding="utf-8")


def test_what_libraries_log_while_a_bot_runs_stands_in_no_log_of_robots() -> None:
    """Robot keeps everything that is logged or warned of during a keyword, by any library, in its own log."""
    heard = list[str]()

    class Heard:
        def __getattr__(self, level: str) -> Callable[[str], None]:
            return heard.append

    async def work() -> str:
        said = "García^María born 1980-03-12"
        logging.getLogger("some.library").warning("found %s", said)
        logging.getLogger("asyncio").error(f"Task exception was never retrieved: {said}")
        await asyncio.to_thread(warnings.warn, f"Invalid value for VR PN: {said}", UserWarning, 1)
        try:
            raise ValueError(said)
        except ValueError:
            logging.getLogger("another.library").exception("no such thing")
        return "done"

    with warnings.catch_warnings(), robot_handler_enabled("INFO"):
        warnings.simplefilter("always")
        (handler,) = [one for one in logging.getLogger().handlers if isinstance(one, RobotHandler)]
        handler.library_logger = Heard()
        assert _wait(work()) == "done"
        logging.getLogger("some.library").warning("as ever")
    assert heard[-1] == "as ever"
    assert len(heard) == 5
    assert not [line for line in heard if "Mar" in line or "1980" in line], heard
