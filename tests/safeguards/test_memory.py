"""A process of ours that dies leaves no core file with keys in it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SHOWS = """
import resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
from robot_library.cli.main import main
try:
    main(["--version"])
finally:
    inside = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
    print(subprocess.run([sys.executable, "-c", inside], capture_output=True, text=True, check=True).stdout)
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no core files")
def test_no_command_and_nothing_it_starts_leaves_a_core_file() -> None:
    told = subprocess.run([sys.executable, "-c", SHOWS], capture_output=True, text=True, timeout=120, check=True)
    assert "(0, 0)" in told.stdout
