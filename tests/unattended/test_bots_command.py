"""`wetread bots`, as hospital IT uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from robot_library.cli.main import run_cli

BOT = """\
bot: night
about: Looks at night.
workflow: chest-xray-preread
apps:
  ehr: {map: demo-ehr, url: "${WETREAD_EHR_URL}", credential: ehr-bot}
  pacs: {map: demo-pacs, url: "${WETREAD_PACS_URL}", credential: pacs-bot}
site: {reported_by: Night robot}
triggers:
  - cron: {time: "30 2 * * *"}
  - hook: {name: orders, credential: hook-orders}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "night.yaml").write_text(BOT, encoding="utf-8")
    (tmp_path / "site.yaml").write_text("zone: Europe/Berlin\n", encoding="utf-8")
    (tmp_path / "wetread.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WETREAD_DB", raising=False)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str, exit_code: int = 0) -> Any:
    assert run_cli(["bots", *arguments, "--json"]) == exit_code
    return json.loads(capsys.readouterr().out)


def line(capsys: pytest.CaptureFixture[str]) -> Any:
    return next(one for one in said(capsys, "list") if one["bot"] == "night")


def test_a_bot_runs_by_itself_only_since_somebody_enabled_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = line(capsys)
    assert (before["enabled"], before["next"]) == (False, None)
    assert before["triggers"] == ["every day at 02:30", "hook /hooks/orders"]
    enabled = said(capsys, "enable", "night", "--who", "Dr. Chen", "--why", "accepted")
    assert enabled["enabled"]
    assert any("hook-orders" in text for text in enabled["missing"])
    assert line(capsys)["next_local"].endswith(("+01:00", "+02:00"))
    shown = said(capsys, "show", "night")
    assert [(one["what"], one["who"], one["why"]) for one in shown["decisions"]] == [("enable", "Dr. Chen", "accepted")]
    said(capsys, "disable", "night", "--who", "Dr. Lee")
    assert not line(capsys)["enabled"]


def test_next_runs_over_a_change_of_the_clocks(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "next", "night", "--from", "2026-03-28T12:00+01:00", "--count", "2")
    assert [one["local"] for one in found] == ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]


def test_a_bot_whose_files_are_wrong_is_not_enabled(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "bots" / "night.yaml").write_text(BOT.replace("30 2 * * *", "30 25 * * *"), encoding="utf-8")
    refused = said(capsys, "enable", "night", "--who", "x", exit_code=2)
    assert refused["diagnostics"][0]["line"] == 9
    assert line(capsys)["problem"] == "wetread check: 1 mistakes"


def test_a_bot_that_is_not_there_is_named_with_the_nearest(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = said(capsys, "enable", "nigt", "--who", "x", exit_code=2)
    assert "Did you mean 'night'?" in refused["message"]
