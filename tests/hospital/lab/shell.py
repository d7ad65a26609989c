"""Run one tool to its end; a failure tells what it was for, its last words and the cure."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import LabError


def tool(name: str, cure: str) -> str:
    """Path of `name` on PATH; raises LabError with `cure` where it is missing."""
    found = shutil.which(name)
    if found is None:
        raise LabError(f"looking for {name}", f"{name} is not on PATH", cure)
    return found


def run(
    step: str,
    argv: Sequence[str | Path],
    *,
    cure: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 600,
) -> str:
    """Run `argv`; give its standard output. Raises LabError on a bad exit, a time-out or a tool that is not there."""
    try:
        done = subprocess.run(
            [str(a) for a in argv],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired as e:
        raise LabError(step, f"{argv[0]} did not end within {timeout:.0f} s", cure) from e
    except OSError as e:
        raise LabError(step, f"{argv[0]} could not be started: {e}", cure) from e
    if done.returncode != 0:
        words = (done.stderr + done.stdout).strip().splitlines()[-20:]
        raise LabError(step, f"{argv[0]} ended with {done.returncode}:\n    " + "\n    ".join(words), cure)
    return done.stdout
