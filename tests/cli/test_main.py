"""The command line: instant help, did-you-mean, exit codes, JSON."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from robot_library.cli.main import COMMANDS, cli, run_cli
from robot_library.parsing.schema import KINDS

HEAVY = ("pydantic", "numpy", "cv2", "onnxruntime", "pydicom", "playwright", "dbos", "rich", "starlette")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from robot_library.cli.main import run_cli; run_cli(['--help']); "
        f"print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_that_teaches(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert "Usage: wetread" in out
    assert len(out.splitlines()) > 6
    for words in leaves(name):
        assert run_cli([*words, "--help"]) == 0
        out = capsys.readouterr().out
        assert "--json" in out or words[0] in ("skills", "lsp"), words
        assert re.search(r"^ +wetread ", out, re.MULTILINE), f"{words} shows no example"


def leaves(*words: str) -> list[list[str]]:
    """A command, or every command of a group and of the groups in it."""
    command: click.Command | None = cli
    for word in words:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)
    if not isinstance(command, click.Group):
        return [[*words]]
    return [leaf for inner in command.list_commands(click.Context(command)) for leaf in leaves(*words, inner)]


def test_a_mistyped_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["chek"]) == 2
    assert "Did you mean 'check'?" in capsys.readouterr().err


def test_the_projects_own_files_are_clean(capsys: pytest.CaptureFixture[str]) -> None:
    root = Path(__file__).parents[2]
    assert run_cli(["check", "--project", str(root), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [d for d in said["diagnostics"] if d["severity"] == "error"] == []


def test_an_author_error_is_exit_2_with_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "workflow.yaml"
    file.write_text("workflow: x\nabout: y\nsteps:\n  - clik: a.b.c\n", encoding="utf-8")
    assert run_cli(["check", str(file), "--json"]) == 2
    said = json.loads(capsys.readouterr().out)["diagnostics"]
    assert any(d["line"] == 4 and "click" in d["hint"] for d in said)
    assert set(said[0]) == {"file", "line", "column", "code", "severity", "message", "hint"}


def test_a_missing_credential_says_how_to_give_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("WETREAD_CREDENTIAL_EHR_BOT", raising=False)
    assert run_cli(["run", "chest-xray-preread", "--dry-run", "--home", str(tmp_path)]) == 3
    assert "WETREAD_CREDENTIAL_EHR_BOT=user:password" in capsys.readouterr().err


def test_an_unset_address_is_a_setup_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("WETREAD_EHR_URL", raising=False)
    assert run_cli(["run", "chest-xray-preread", "--home", str(tmp_path / "home"), "--json"]) == 3
    captured = capsys.readouterr()
    assert json.loads(captured.out)["error"] == "SetupError"
    assert "WETREAD_EHR_URL" in captured.err


@pytest.mark.parametrize("kind", ["workflow", "screen", "bot", "skill", "site"])
def test_schemas_are_json_schema(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    from jsonschema import Draft202012Validator

    assert run_cli(["schema", kind]) == 0
    Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


def test_doctor_names_the_cure(capsys: pytest.CaptureFixture[str]) -> None:
    run_cli(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert {"Python", "Browser", "ONNX Runtime"} <= {thing["thing"] for thing in found}
    assert all(thing["cure"] for thing in found if thing["status"] == "missing")


def test_schemas_of_every_kind_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["schema", "--write", str(tmp_path / "s"), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)["written"]
    assert [Path(path).name for path in written] == [f"{kind}.schema.json" for kind in KINDS]
    assert json.loads((tmp_path / "s" / "bot.schema.json").read_text(encoding="utf-8"))["title"] == "wetread bot"
    assert run_cli(["schema"]) == 2
    (tmp_path / "file").touch()
    assert run_cli(["schema", "--write", str(tmp_path / "file" / "s")]) == 3


def test_annotations_for_a_pull_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "a,b.yaml").write_text("bot: a\n100%: x\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run_cli(["check", "--project", ".", "--format", "github"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("::error file=bots/a%2Cb.yaml,line=2,col=1,title=WR101::unknown key '100%25'")
    assert run_cli(["check", "--project", ".", "--format", "json"]) == 2
    assert json.loads(capsys.readouterr().out)["diagnostics"][-1]["code"] == "WR101"
