"""`wetread check --fix`: mends what leaves no doubt, keeps every comment, and leaves alone whatever decides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from robot_library.authoring.starting import start_project
from robot_library.cli.main import run_cli
from robot_library.parsing.problems import nearest, one_edit_away


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    start_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def test_slips_of_the_pen_are_mended_and_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An action, a key, a target; the comments beside them stay; the files are then as they were before the slips."""
    workflow, screens = project / "workflows/first-bot/workflow.yaml", project / "workflows/screens/meadow.yaml"
    before = workflow.read_bytes(), screens.read_bytes()
    change(
        workflow,
        ("collect:  ", "colect:  "),
        ("procedure, images_expected], as", "procedrue, images_expected], as"),
        ("  - open: {screen: ehr.order,", "  - opne: {screen: ehr.order,"),
        ("  - read_table: {table: ehr.worklist.orders, as", "  - read_table: {table:  ehr.worklist.order, as"),
    )
    change(screens, ("count: {css: '.pager [role=status]'}", "cuont: {css: '.pager [role=status]'}"))
    assert run_cli(["check", "--fix"]) == 0
    said = capsys.readouterr()
    fixed = [line.removeprefix("fixed  ") for line in said.err.splitlines() if line.startswith("fixed  ")]
    assert (workflow.read_bytes(), screens.read_bytes()) == before
    assert sorted(line.partition(": ")[2] for line in fixed) == [
        "WR101 'colect' is now 'collect'",
        "WR101 'cuont' is now 'count'",
        "WR111 'opne' is now 'open'",
        "WR308 'order' is now 'orders'",
        "WR308 'procedrue' is now 'procedure'",
    ]
    assert run_cli(["check", "--fix", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"fixed": [], "diagnostics": []}


WRONG = {
    "what is typed": ("fill: {screen: ehr.result,", "fil: {screen: ehr.result,"),
    "what is pressed": ("target: ehr.result.save", "target: ehr.result.safe"),
    "whose record": ("patient: {screen: ehr.result, is:", "patient: {screen: ehr.resutl, is:"),
    "what must hold": ("unchanged: {procedure: =order", "unchanged: {procedrue: =order"),
    "an expression": ("accession: =order.accession\n", "accession: =order.acession\n"),
    "who is asked": ("accept: {finding: =reading, ask:", "accept: {findign: =reading, ask:"),
    "what a report says": ("template: first-report\n", "template: first-repotr\n"),
    "which skill reads": ("run_skill: {skill: chest-xray-pneumonia,", "run_skill: {skill: chest-xray-pneumonai,"),
    "two letters": ("  - open: {screen: ehr.order,", "  - oepn_: {screen: ehr.order,"),
}


@pytest.mark.parametrize("slip", WRONG.values(), ids=WRONG)
def test_what_decides_is_a_persons_to_mend(
    project: Path, slip: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    workflow = project / "workflows/first-bot/workflow.yaml"
    change(workflow, slip)
    before = workflow.read_bytes()
    assert run_cli(["check", "--fix"]) == 2
    assert workflow.read_bytes() == before
    assert "fixed" not in capsys.readouterr().err


def test_which_state_or_identity_a_map_names_is_a_persons_to_mend(project: Path) -> None:
    screens = project / "workflows/screens/meadow.yaml"
    text = screens.read_text(encoding="utf-8")
    screens.write_text(text.replace("birth_date: birth_date", "birth_date: brith_date"), encoding="utf-8")
    before = screens.read_bytes()
    assert run_cli(["check", "--fix"]) == 2
    assert screens.read_bytes() == before


def test_two_words_that_are_as_near_are_both_said_and_neither_is_taken() -> None:
    assert nearest("reporte", ["report", "reported", "state"]) == "Did you mean 'report' or 'reported'?"
    assert nearest("priorty", ["priority", "state"]) == "Did you mean 'priority'?"
    assert one_edit_away("opne", "open")
    assert one_edit_away("sav", "save")
    assert not one_edit_away("line_1", "line_2")  # figures are no letters
    assert not one_edit_away("line_", "line_2")
    assert not one_edit_away("save", "save")
    assert not one_edit_away("safed", "save")
