"""Reference pages and schemas are what the definitions say."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.lint.generate import main, pages, stale, write
from robot_library.lint.rule import rules


def test_a_changed_missing_or_left_over_file_is_stale(tmp_path: Path) -> None:
    write(tmp_path)
    assert stale(tmp_path) == []
    (tmp_path / "actions.md").write_text("changed", encoding="utf-8")
    (tmp_path / "expressions.md").unlink()
    (tmp_path / "schema" / "old.schema.json").write_text("{}", encoding="utf-8")
    (tmp_path / "written-by-hand.md").write_text("# Mine\n", encoding="utf-8")
    assert stale(tmp_path) == ["actions.md", "expressions.md", "schema/old.schema.json"]


def test_check_says_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--check"]) == 1
    assert "docs/reference/actions.md is out of date: run `make generated`." in capsys.readouterr().err
    assert main(["--write"]) == 0
    assert main(["--check"]) == 0
    assert main([]) == 2


def test_every_rule_is_in_the_reference() -> None:
    page = pages()["diagnostics.md"]
    assert all(f"## {rule.code}\n" in page for rule in rules())
