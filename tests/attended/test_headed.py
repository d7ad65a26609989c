"""Every path of the clerk's app and of the reviews once more, in a browser with windows on a display."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from robot_library.drivers.desktop.display import lacking, private_display
from tests.conftest import TESTS
from tests.conftest import lacking as not_here

ROOMS = ("attended", "review")


@pytest.mark.evidence
@pytest.mark.timeout(3600)
def test_every_path_with_windows(record_property: Callable[[str, object], None]) -> None:
    if missing := lacking():
        not_here(f"no private display: {', '.join(missing)} (tests/hospital/system.sh)")
    display = private_display()
    try:
        env = {**os.environ, **display.env, "HOME": os.environ.get("HOME", str(display.folder)), "WETREAD_HEADED": "1"}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            *(str(TESTS / room) for room in ROOMS),
        ]
        ended = subprocess.run(command, env=env, cwd=TESTS.parent, capture_output=True, text=True, check=False)
    finally:
        display.close()
    last = ended.stdout.strip().splitlines()[-1]
    record_property("headed", last)
    assert ended.returncode == 0, ended.stdout[-4000:]
    assert "passed" in last
