"""A shortcut starts the same command, whatever stands in its options."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from robot_library.cli.main import run_cli

ODD = 'ana "the $HOME" 100%'


def test_a_shortcut_holds_what_was_given_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = [
        "attend",
        "--role",
        "reviewer",
        "--role",
        "clerk",
        "--who",
        ODD,
        "--port",
        "0",
        "--idle",
        "5 min",
        "--headed",
    ]
    assert run_cli([*words, "--shortcut", "wetread.desktop"]) == 0
    lines = dict(one.split("=", 1) for one in (tmp_path / "wetread.desktop").read_text("utf-8").splitlines()[1:])
    assert lines["Path"] == str(tmp_path)
    # The file's own escapes first, then a shell's way of reading quotes, which is the specification's; %% last.
    said = [one.replace("%%", "%").replace("\\$", "$") for one in shlex.split(lines["Exec"].replace("\\\\", "\\"))]
    assert said[:4] == [sys.executable, "-m", "robot_library.cli.main", "attend"]
    assert set(said[4:]) == {"--port", "0", "--who", ODD, "--role", "reviewer", "clerk", "--idle", "300 s", "--headed"}
    assert not (tmp_path / ".wetread").exists(), "nothing was started"
    assert run_cli([*words, "--shortcut", "wetread.desktop"]) == 3, "never over what is there"
    assert run_cli([*words, "--shortcut", "wetread.lnk"]) == 2


def test_on_windows_it_is_a_batch_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_cli(["attend", "--who", "ana 100%", "--shortcut", "wetread.cmd"]) == 0
    text = (tmp_path / "wetread.cmd").read_bytes().decode()
    assert f'cd /d "{tmp_path}"\r\n' in text
    assert '-m robot_library.cli.main attend --who "ana 100%%"\r\n' in text
