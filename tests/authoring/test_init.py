"""`wetread init`: the project is clean, its editor's schemas fit its files, and nothing is ever written over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from robot_library.cli.main import run_cli
from robot_library.parsing.nodes import read_yaml
from tests.parsing.test_schema import as_editor


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "mine"
    assert run_cli(["init", str(folder)]) == 0
    monkeypatch.chdir(folder)
    capsys.readouterr()
    return folder


def test_a_new_project_is_clean_and_its_editor_knows_every_file(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"diagnostics": []}
    schemas = json.loads((project / ".vscode/settings.json").read_text(encoding="utf-8"))["yaml.schemas"]
    fitted = set()
    for schema, pattern in schemas.items():
        check = Draft202012Validator(json.loads((project / schema).read_text(encoding="utf-8")))
        for file in project.glob(pattern):
            assert list(check.iter_errors(as_editor(read_yaml(file)))) == [], file
            fitted.add(file)
    assert fitted == set(project.rglob("*.yaml"))


def test_what_stands_there_is_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bot = project / "bots/first-bot.yaml"
    bot.write_text("# mine\n", encoding="utf-8")
    (project / "README.md").unlink()
    assert run_cli(["init", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["written"] == ["README.md"]
    assert "bots/first-bot.yaml" in said["kept"]
    assert bot.read_text(encoding="utf-8") == "# mine\n"
