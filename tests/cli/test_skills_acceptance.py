"""`wetread acceptance`: exit code, document, criteria read before the cases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from robot_library.cli.main import run_cli
from tests.skills.evaluation.films import NAME, labelled, project

CRITERIA = f"""\
acceptance: {NAME}
about: synthetic films
agreed_by: board
cases: {{positives_min: 5, negatives_min: 5}}
auroc_min: 0.3
points:
  rule_out: {{sensitivity_min: 0.3}}
abstention_max: 0.5
"""


@pytest.mark.parametrize(("limit", "code"), [(0.3, 0), (0.999, 1)])
def test_go_and_no_go(
    limit: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project(tmp_path)
    monkeypatch.chdir(tmp_path)
    data = labelled(tmp_path, 6)
    criteria = tmp_path / "criteria.yaml"
    criteria.write_text(CRITERIA.replace("0.3\npoints", f"{limit}\npoints"), encoding="utf-8")
    arguments = [
        NAME,
        "--project",
        str(tmp_path),
        "--data",
        str(data),
        "--criteria",
        str(criteria),
        "--plain",
        "--json",
    ]
    assert run_cli(["acceptance", *arguments]) == code
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["go"] == (code == 0)
    kept = json.loads((tmp_path / f"acceptance-{NAME}" / "acceptance.json").read_text(encoding="utf-8"))
    assert kept["fixed"]["sha256"] == said["criteria_sha256"]
    assert kept["fixed"]["modified"] <= kept["fixed"]["read"] <= kept["data_read"]
    assert len(kept["model_sha256"]) == len(kept["data_sha256"]) == 64
    assert Path(said["report"]).read_text(encoding="utf-8").count("<tr") > 5


def test_wrong_criteria_are_found_before_any_case_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    criteria = tmp_path / "criteria.yaml"
    criteria.write_text(CRITERIA + "surprise: 1\n", encoding="utf-8")
    missing = str(tmp_path / "nothing.csv")
    code = run_cli(["skills", "acceptance", NAME, "--data", missing, "--criteria", str(criteria)])
    assert code == 2
    said = capsys.readouterr().err
    assert "surprise: there is no such key" in said
    assert "nothing.csv" not in said
