"""A demo hospital as a process of its own, so that it and the bot do not share one interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from robot_library.cli.progress import counted
from robot_library.errors import SetupError


@contextmanager
def hospital(
    folder: Path,
    seed: int,
    *,
    quiet: bool,
    scenario: str = "chest",
    orders: int | None = None,
    chaos: int | None = None,
    ports: tuple[int, int] = (0, 0),
) -> Iterator[dict[str, str]]:
    """Build it in `folder` if it is not there, and serve it; gives its addresses. It ends with this process.

    `orders`: a crowd of that many instead of a scenario. `ports`: of EHR and PACS; 0 for a free one.
    """
    from robot_library.hospital import crowd
    from robot_library.hospital.build import ensure
    from robot_library.hospital.stories import STORIES

    with counted("Building the demo hospital", quiet=quiet) as progress:
        ensure(folder, seed, progress, crowd.of(orders) if orders else STORIES[scenario])
    command = [sys.executable, "-m", "robot_library.hospital", "--dir", str(folder), "--seed", str(seed), "--until-eof"]
    command += ["--orders", str(orders)] if orders else ["--scenario", scenario]
    command += ["--chaos", str(chaos)] if chaos is not None else []
    command += ["--ehr-port", str(ports[0]), "--pacs-port", str(ports[1])]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise SetupError("the demo hospital did not start.", cure="See the lines above.")
        yield dict(json.loads(line))
    finally:
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
