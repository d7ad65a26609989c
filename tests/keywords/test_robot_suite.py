"""A Robot Framework suite drives wetread, started as a user would: `robot charges.robot`, in a copy of the examples."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from robot.api import ExecutionResult

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
