"""Commands in folders and on files that nobody meant: place, thing, cause, cure, and never a traceback."""

from __future__ import annotations

import errno
import io
import json
from pathlib import Path

import click
import pytest

from robot_library.cli import demo, main
from robot_library.cli.main import COMMANDS, cli, run_cli
from robot_library.cli.soak import command
from robot_library.cli.soak.place import Place
from robot_library.errors import SetupError
from robot_library.parsing import nodes
from tests.cli.test_main import leaves


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is no project, to stand in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WETREAD_HOME", raising=False)
    monkeypatch.delenv("WETREAD_SITE_KEY_FILE", raising=False)
    return tmp_path


@pytest.mark.parametrize("words", [["check"], ["check", "--fix"], ["fmt"], ["test"]], ids=" ".join)
def test_what_came_with_wetread_is_not_taken_for_ones_own(
    words: list[str], nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was: `wetread fmt` in a wrong folder wrote into the installed package, and `check` found no mistakes."""
    assert run_cli(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "this folder is no project" in captured.err
    assert "wetread init" in captured.err
    assert list(nowhere.iterdir()) == []


def test_check_says_where_it_found_nothing_to_check(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["check", str(nowhere)]) == 0
    captured = capsys.readouterr()
    assert (captured.out, "Nothing to check" in captured.err) == ("", True)


def test_an_empty_file_in_a_folder_of_ours_is_a_mistake(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("bots/a.yaml", "workflows/screens/b.yaml", "workflows/x/cases/c.yaml"):
        (nowhere / name).parent.mkdir(parents=True)
        (nowhere / name).touch()
    (nowhere / "wetread.toml").touch()
    assert run_cli(["check", "--json"]) == 2
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert [(one["code"], one["file"]) for one in found] == [
        ("WR003", "bots/a.yaml"), ("WR003", "workflows/screens/b.yaml"), ("WR003", "workflows/x/cases/c.yaml"),
    ]  # fmt: skip


def test_a_file_that_may_not_be_read_is_one_mistake_among_the_others(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (nowhere / "bots").mkdir()
    (nowhere / "wetread.toml").touch()
    for name in ("a", "b"):
        (nowhere / "bots" / f"{name}.yaml").write_text("bot: x\n", encoding="utf-8")
    read = nodes.read_file

    def refused(path: Path, most: int) -> bytes:  # root may read everything: the system's word is put in its mouth
        if path.name == "a.yaml":
            raise PermissionError(errno.EACCES, "permission denied", str(path))
        return read(path, most)

    monkeypatch.setattr(nodes, "read_file", refused)
    assert run_cli(["check", "--json"]) == 2
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert {(one["file"], one["code"]) for one in found} == {("bots/a.yaml", "WR001"), ("bots/b.yaml", "WR102")}


@pytest.mark.parametrize(
    "words", [["runs"], ["queue", "list"], ["line"], ["stop", "--all", "--why", "x"], ["link"]], ids=" ".join
)
def test_where_no_bot_has_run_nothing_is_made_and_no_key_is_asked_for(
    words: list[str], nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(words) == 3
    assert "nothing is kept in .wetread yet" in capsys.readouterr().err
    assert list(nowhere.iterdir()) == []


def test_a_home_whose_key_is_gone_is_told_apart(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (nowhere / ".wetread").mkdir()
    (nowhere / ".wetread" / "engine.sqlite").touch()
    assert run_cli(["runs"]) == 3
    assert "this site has no key" in capsys.readouterr().err


def test_nobody_who_serves_is_stopped(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert run_cli(["serve", "--stop"]) == 0
        assert "there is nothing to stop" in capsys.readouterr().out
        (nowhere / ".wetread").mkdir(exist_ok=True)


def test_a_demo_that_was_broken_off_can_be_begun_again_where_it_is_kept(tmp_path: Path) -> None:
    """After Ctrl-C it says that the same command goes on; nothing but a broken demo is taken away for that."""
    (tmp_path / "bot").mkdir()
    with pytest.raises(SetupError, match="is not empty"):
        demo._fresh_folder(tmp_path)
    (tmp_path / "hospital.sqlite").touch()
    (tmp_path / demo.REPORT).touch()
    with pytest.raises(SetupError, match="is not empty"):
        demo._fresh_folder(tmp_path)
    (tmp_path / demo.REPORT).unlink()
    assert list(demo._fresh_folder(tmp_path).iterdir()) == []


def test_a_question_that_nobody_is_there_to_answer_is_no_ctrl_c(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run_cli(["evidence", "shred", "--home", str(nowhere)]) == 2
    said = capsys.readouterr().err
    assert "nobody is there to answer" in said
    assert "run the same command" not in said


@pytest.mark.parametrize("planned", [False, True])
def test_what_ctrl_c_says_of_a_soak_is_true(
    planned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before its plan is written there is nothing to resume: the folder is free again for the same command."""

    def broken_off(place: Place, *_: object, **__: object) -> None:
        (place.folder / "hospital.sqlite").touch()
        if planned:
            place.plan.touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_work", broken_off)
    folder = tmp_path / "long"
    assert run_cli(["soak", "--keep", str(folder)]) == 130
    said = capsys.readouterr().err
    assert (f"wetread soak --resume --keep {folder}" in said, folder.exists()) == (planned, planned)
    assert ("run the same command" in said) is not planned


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_is_no_home(name: str) -> None:
    for words in leaves(name):
        there: click.Command = cli
        for word in words:
            assert isinstance(there, click.Group)
            found = there.get_command(click.Context(there), word)
            assert found is not None
            there = found
        homes = [one.type for one in there.params if one.name == "home"]
        assert all(isinstance(home, click.Path) and not home.file_okay for home in homes), words


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC, errno.ENOTDIR, errno.EROFS])
def test_what_the_machine_refuses_is_no_traceback(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(**_: object) -> None:
        raise OSError(number, "as the system says", "the/file")

    monkeypatch.setattr(main.cli, "main", refused)
    assert run_cli(["runs", "--json"]) == 3
    said = json.loads(capsys.readouterr().out)
    assert (said["error"], said["message"].startswith("the/file: as the system says.")) == ("SetupError", True)
    assert said["cure"]
