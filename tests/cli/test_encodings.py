"""Consoles, pipes and files that take other letters than UTF-8: no command ends by a letter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def said(folder: Path, encoding: str, *words: str) -> bytes:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "robot_library.cli.main", *words], cwd=folder, env=environment, check=False,
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert b"nobody has foreseen" not in done.stderr, done.stderr
    assert done.returncode == 2
    return done.stdout


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_mistakes_are_said_whatever_the_console_takes(tmp_path: Path, encoding: str) -> None:
    """`wetread check > out.txt` on Windows was an UnicodeEncodeError by a Polish word in a file."""
    (tmp_path / "wetread.toml").touch()
    (tmp_path / "bots").mkdir()
    key = "\u0142\u00e9\U0001f600"
    (tmp_path / "bots" / "a.yaml").write_text(f"bot: a\n{key}: x\n", encoding="utf-8")
    text = said(tmp_path, encoding, "check").decode(encoding, "replace")
    assert "bots/a.yaml:2:1: WR101" in text
    if encoding == "utf-8":
        assert key in text
        data = said(tmp_path, encoding, "check", "--json").decode(encoding)
        assert any(key in one["message"] for one in json.loads(data)["diagnostics"])
    else:
        data = said(tmp_path, encoding, "check", "--json").decode("ascii")
        assert any(key in one["message"] for one in json.loads(data)["diagnostics"])
