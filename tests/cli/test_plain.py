"""What people and systems have said is shown by a terminal, and never obeyed."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from robot_library.cli.main import run_cli
from robot_library.cli.output import print_table
from robot_library.cli.site import open_desk, open_key
from robot_library.engine.fleet.lock import ExecutorLock
from robot_library.errors import SetupError
from robot_library.model.shown import plain

EVIL = "x\x1b]0;title\x07\x1b[2J\x9b31m\ry \u202eback"
SHOWN = "x\ufffd]0;title\ufffd\ufffd[2J\ufffd31m\ufffdy \ufffdback"


def test_commands_for_a_terminal_are_shown() -> None:
    assert plain(EVIL) == SHOWN
    assert plain("Müller\t漢字\u200f\r\nnext") == "Müller\t漢字\u200f\nnext"


def test_a_table_shows_brackets_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """rich would take them for its own marks: `[left]` was not shown, and `[/x]` ended the command."""
    print_table(("a", "b"), [("[left] and [bold]right", "[/x] [link=file:///etc]y")], title="[red]t")
    said = capsys.readouterr().out
    for text in ("[left] and [bold]right", "[/x] [link=file:///etc]y", "[red]t"):
        assert text in said


def test_what_somebody_wrote_on_a_page_is_no_command_in_an_operators_window(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"

    async def written() -> str:
        async with open_desk(home) as desk:
            item = await desk.add("tiny", {"order": "O1"}, "O1")
            assert item is not None
            await desk.note(item.id, "eve", f"{EVIL}\n2026-01-01 00:00:00 dr.chen: all fine")
            await desk.incidents.report(item.id, "eve", f"{EVIL} [/b]")
            return item.id

    open_key(home, create=True)
    item = asyncio.run(written())
    for command in (["queue", "show", item], ["incident", "list"], ["queue", "list"]):
        assert run_cli([*command, "--home", str(home)]) == 0
    said = capsys.readouterr().out
    assert not set("\x1b\x07\x9b\r\u202e") & set(said)
    assert SHOWN in said
    assert not [line for line in said.splitlines() if line.startswith("2026-01-01")], "a line that somebody else said"


def test_an_error_says_names_of_files_without_obeying_them(capsys: pytest.CaptureFixture[str]) -> None:
    from robot_library.cli.main import _report

    _report(SetupError(f"there is no file {EVIL}."), as_json=False)
    assert SHOWN in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
@pytest.mark.parametrize("form", ["text", "github"])
def test_a_folder_that_somebody_sent_is_checked_without_obeying_its_name(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "workflows" / "x\x1b[2Jy"
    folder.mkdir(parents=True)
    (folder / "workflow.yaml").write_text("workflow: 7\n", encoding="utf-8")
    assert run_cli(["check", str(tmp_path), "--format", form]) == 2
    assert "x\ufffd[2Jy" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")
def test_a_home_is_its_owners_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever makes it first: people, a key, a lock, an office (which finds its port taken)."""
    before = os.umask(0o022)
    monkeypatch.setattr("robot_library.unattended.logs.configure", lambda process: None)
    monkeypatch.setenv("WETREAD_LOG_FORMAT", "text")
    try:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            assert run_cli(["serve", "--home", str(tmp_path / "d"), "--unsafe-home", "--port", port]) == 3
        assert run_cli(["people", "add", "ann", "--role", "clerk", "--home", str(tmp_path / "a")]) == 0
        open_key(tmp_path / "b", create=True)
        with ExecutorLock(tmp_path / "c", "x"):
            pass
        for home in tmp_path.iterdir():
            assert home.stat().st_mode & 0o777 == 0o700, home
        (tmp_path / "a").chmod(0o755)
        (tmp_path / "tmp").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))  # no home may lie in the system's own
        capsys.readouterr()
        run_cli(["doctor", "--home", str(tmp_path / "a"), "--json"])
        (said,) = [one for one in json.loads(capsys.readouterr().out) if one["thing"] == "Home"]
        assert (said["status"], said["cure"]) == ("note", f"chmod 700 {tmp_path / 'a'}")
    finally:
        os.umask(before)
