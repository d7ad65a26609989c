"""`wetread test`: a verdict for each case with what differed, coverage, JUnit; at a demo hospital and nowhere else."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from robot_library.authoring.covering import coverage
from robot_library.authoring.judging import Difference, differences
from robot_library.authoring.junit import junit
from robot_library.authoring.trying import Tried, worlds
from robot_library.authoring.watching import Noted
from robot_library.cli.main import run_cli
from robot_library.model.case import Case
from robot_library.model.run import RunRecord, StepRecord
from robot_library.parsing.build import model_from_text
from robot_library.parsing.library import Library, bundled
from robot_library.parsing.workflows import every_step, workflow_from_text

CASE = """\
case: one
about: One.
bot: b
item: {order: REQ0042}
expect:
  outcome: typed
  typed:
    ehr.result.report: {contains: [Seen], lacks: [tumour], matches: 'Seen.*'}
    ehr.result.note: {is: x}
  pressed: [ehr.result.save]
"""
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def case(text: str = CASE) -> Case:
    return model_from_text(text, Case, "one.yaml")


def run(outcome: str = "typed", steps: tuple[StepRecord, ...] = ()) -> RunRecord:
    facts = {"run_id": "1", "item": "1", "bot": "b", "workflow": "w", "started": NOW, "seconds": 1.0}
    return RunRecord.model_validate({**facts, "outcome": outcome, "code": "Odd", "reason": "odd", "steps": steps})


def test_what_differs_is_said_and_the_items_values_are_masked() -> None:
    right = Noted({"ehr.result.report": "Seen\nwell", "ehr.result.note": "x"}, ["ehr.result.save"])
    assert differences(case(), run(), right) == []
    wrong = Noted({"ehr.result.report": "REQ0042: a tumour"}, [])
    found = {one.what: one for one in differences(case(), run("refused"), wrong)}
    assert set(found) == {"outcome", "ehr.result.report", "ehr.result.note", "pressed"}
    assert found["outcome"].actual == "refused (Odd: odd)"
    assert found["ehr.result.note"].actual == "not typed into"
    assert found["pressed"] == Difference("pressed", "ehr.result.save", "nothing")
    assert "REQ0042" not in str([str(one) for one in found.values()])


@pytest.mark.parametrize(
    ("code", "passes"),
    [
        ("NeedsPerson", True),
        ("OrderHeld", True),
        ("AuthoringError", False),
        ("TargetNotFound", False),
        ("Timeout", False),
    ],
)
def test_a_broken_map_or_expression_is_no_reason_to_ask_a_person(code: str, passes: bool) -> None:
    """Such an item ends with a person, too: a case that expects that would pass whatever the workflow does."""
    text = CASE[: CASE.index("expect:")] + "expect:\n  outcome: needs_person\n"
    ended = run("needs_person").model_copy(update={"code": code})
    assert (differences(case(text), ended, Noted()) == []) is passes
    named = case(text + f"  code: {code}\n")
    assert differences(named, ended, Noted()) == []


def test_coverage_names_the_steps_and_ways_that_no_case_took() -> None:
    text = """\
workflow: w
about: Two ways.
item: {a: {type: number}}
steps:
  - when:
      is: =item.a == 1
      steps: [{stop: {reason: One.}}]
  - when:
      is: =item.a == 2
      steps: [{stop: {reason: Two.}}]
      else: [{stop: {reason: Neither.}}]
"""
    library = Library(bundled())
    workflow = workflow_from_text(text, "w.yaml", library)
    first, inner, second, two, neither = every_step(workflow.steps)
    ran = [
        StepRecord(path=s.path, action=s.action, title="", place=str(s.place), effect="block", started=NOW, seconds=0,
                   outcome="ok") for s in (first, second, neither)
    ]  # fmt: skip
    found = coverage(workflow, library, [run(steps=tuple(ran))])
    assert (found.steps, found.branches) == (5, 4)
    assert found.steps_left == (f"{inner.place} stop", f"{two.place} stop")
    assert found.branches_left == (f"{first.place} when true", f"{second.place} when true")


def test_junit_is_what_ci_systems_read() -> None:
    tried = [
        Tried(case(), "w", 1.5),
        Tried(case(), "w", differences=(Difference("pressed", "a", "b\x00<&"),)),
        Tried(case(), "v", error="no browser"),
    ]
    text = junit(tried)
    schema = etree.XMLSchema(etree.parse(str(Path(__file__).with_name("junit.xsd"))))
    tree = etree.fromstring(text.encode())
    schema.assertValid(tree)
    assert [suite.attrib["failures"] + suite.attrib["errors"] for suite in tree] == ["10", "01"]


def test_cases_about_one_item_never_share_a_hospital() -> None:
    other = CASE.replace("REQ0042", "REQ0043")
    asked = [case(), case(other), case(), case(CASE.replace("bot: b", "bot: b\nhospital: {seed: 2}"))]
    assert [len(world.cases) for world in worlds(asked)] == [2, 1, 1]


def test_a_wrong_case_stops_everything_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_cli(["init"]) == 0
    cases = tmp_path / "workflows/first-bot/cases"
    (cases / "types-a-draft.yaml").write_text(CASE.replace("bot: b", "bot: first-bto"), encoding="utf-8")
    assert run_cli(["test"]) == 2
    said = capsys.readouterr().err
    assert "workflows/first-bot/cases/types-a-draft.yaml:3:6: WR120" in said
    assert "Did you mean 'first-bot'?" in said
    assert not (tmp_path / ".wetread").exists()
    assert run_cli(["test", "bots"]) == 2


def test_a_bot_that_goes_elsewhere_is_not_tried(
    tmp_path: Path, built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the cases of a new project and of bundled bots, which all pass, in one hospital and one browser."""
    monkeypatch.chdir(tmp_path)
    assert run_cli(["init"]) == 0
    bot = (tmp_path / "bots/first-bot.yaml").read_text(encoding="utf-8")
    away = bot.replace("bot: first-bot", "bot: away").replace("${WETREAD_EHR_URL}", "https://ehr.example.org")
    (tmp_path / "bots/away.yaml").write_text(away.replace("mode: draft", "mode: live"), encoding="utf-8")
    astray = tmp_path / "workflows/first-bot/cases/astray.yaml"
    text = astray.with_name("types-a-draft.yaml").read_text(encoding="utf-8").replace("REQ005626", "REQ007294")
    astray.write_text(text.replace("types-a-draft", "astray").replace("bot: first-bot", "bot: away"), encoding="utf-8")
    shutil.copytree(built, tmp_path / ".wetread/test/hospital-chest-1")
    capsys.readouterr()
    ours = str(bundled() / "workflows/chest-xray-preread/cases")
    assert run_cli(["test", "workflows", ours, "--junit", "out/verdicts.xml", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    failed = [one for one in said["cases"] if not one["passed"]]
    assert [one["case"] for one in failed] == ["astray"], said["cases"]
    assert "another system than the demo hospital" in failed[0]["error"]
    assert said["passed"] == 5
    covered = {one["workflow"]: one for one in said["coverage"]}
    assert covered["first-bot"]["steps_left"] == []
    schema = etree.XMLSchema(etree.parse(str(Path(__file__).with_name("junit.xsd"))))
    schema.assertValid(etree.parse("out/verdicts.xml"))
