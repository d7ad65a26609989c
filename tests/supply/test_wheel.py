"""The wheel is the same, byte for byte, whenever and wherever in the file system it is built."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def built(source: Path, out: Path, moment: float) -> str:
    """SHA-256 of a wheel from a copy of the sources that was made at this moment."""
    for name in ("robot_library", "bots", "workflows", "skills"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("train", "__pycache__", "_bundled"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copyfile(ROOT / name, source / name)
    for path in source.rglob("*"):
        os.utime(path, (moment, moment))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    environment = {key: value for key, value in os.environ.items() if key not in ("SOURCE_DATE_EPOCH", "PYTHONPATH")}
    subprocess.run(command, check=True, capture_output=True, timeout=300, env=environment)
    (wheel,) = out.glob("*.whl")
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_built_twice_it_is_the_same(tmp_path: Path) -> None:
    first = built(tmp_path / "a", tmp_path / "first", 1_700_000_000.0)
    again = built(tmp_path / "elsewhere" / "b", tmp_path / "again", 1_800_000_000.0)
    assert first == again
