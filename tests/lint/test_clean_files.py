"""What we ship, and a workflow with everything in its place, has no errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.lint import check, check_bot
from robot_library.lint.check import lint
from robot_library.parsing.library import Library, bundled
from robot_library.parsing.workflows import load_workflow
from tests.golden_errors.golden import HERE


def test_a_right_workflow_has_no_diagnostics() -> None:
    library = Library(HERE / "_project", bundled())
    maps = {role: library.screen_map(role) for role in ("ehr", "pacs")}
    workflow = load_workflow(Path(__file__).parent / "valid_workflow.yaml", library)
    assert lint(workflow, library, maps) == []


@pytest.mark.parametrize("name", Library(bundled()).names("bot"))
def test_bundled_bots_have_no_errors(name: str) -> None:
    found = check_bot(Library(bundled()), name)
    assert [str(one) for one in found if one.severity == "error"] == []


def test_bundled_files_have_neither_errors_nor_warnings() -> None:
    assert [str(one) for one in check([bundled()], Library(bundled()))] == []


def test_missing_bot_is_a_diagnostic() -> None:
    found = check_bot(Library(bundled()), "chest-xray-prered")
    assert [one.code for one in found] == ["WR120"]
    assert found[0].hint == "Did you mean 'chest-xray-preread'?"


def test_files_below_a_folder_and_unknown_files(tmp_path: Path) -> None:
    (tmp_path / "bots").mkdir()
    (tmp_path / "notes.yaml").write_text("anything: 1\n", encoding="utf-8")
    (tmp_path / "bots" / "x.yaml").write_text("bot: x\n", encoding="utf-8")
    (tmp_path / "bots" / ".hidden.yaml").write_text("other: x\n", encoding="utf-8")
    library = Library(tmp_path)
    assert {one.code for one in check([tmp_path], library)} == {"WR102"}
    assert [one.code for one in check([tmp_path / "notes.yaml"], library)] == ["WR100"]
    assert [one.code for one in check([tmp_path / "none.yaml"], library)] == ["WR001"]
