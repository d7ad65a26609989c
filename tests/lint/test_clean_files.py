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


def test_a_file_that_nothing_finds_is_said(tmp_path: Path) -> None:
    """`bots/night.yml` was checked, and there was no bot of that name."""
    texts = {
        "bots/night.yml": "bot: night\n", "bots/old/day.yaml": "bot: day\n", "bots/here.yaml": "bot: here\n",
        "workflows/late.yaml": "workflow: late\n", "workflows/look/steps.yaml": "workflow: look\n",
        "workflows/read/workflow.yaml": "workflow: read\n", "workflows/read/cases/one.yml": "case: one\n",
        "workflows/screens/ehr.yml": "system: ehr\n", "workflows/screens/pacs.yaml": "system: pacs\n",
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = {one.file: one.message for one in check([tmp_path], Library(tmp_path)) if one.code == "WR126"}
    assert {Path(file).relative_to(tmp_path).as_posix(): said.partition("as ")[2] for file, said in found.items()} == {
        "bots/night.yml": "bots/night.yaml", "bots/old/day.yaml": "bots/day.yaml",
        "workflows/late.yaml": "workflows/late/workflow.yaml",
        "workflows/look/steps.yaml": "workflows/look/workflow.yaml",
        "workflows/screens/ehr.yml": "workflows/screens/ehr.yaml",
    }  # fmt: skip


def test_files_below_a_folder_and_unknown_files(tmp_path: Path) -> None:
    (tmp_path / "bots").mkdir()
    (tmp_path / "notes.yaml").write_text("anything: 1\n", encoding="utf-8")
    (tmp_path / "bots" / "x.yaml").write_text("bot: x\n", encoding="utf-8")
    (tmp_path / "bots" / ".hidden.yaml").write_text("other: x\n", encoding="utf-8")
    library = Library(tmp_path)
    assert {one.code for one in check([tmp_path], library)} == {"WR102"}
    assert [one.code for one in check([tmp_path / "notes.yaml"], library)] == ["WR100"]
    assert [one.code for one in check([tmp_path / "none.yaml"], library)] == ["WR001"]
