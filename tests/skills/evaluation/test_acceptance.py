"""Go needs every criterion; what cannot be shown is not met; changed criteria are not fixed beforehand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from robot_library.errors import AuthoringError
from robot_library.skills.evaluation.acceptance import Verdict, judge, read_log, render, write
from robot_library.skills.evaluation.criteria import Fixed, read_criteria
from robot_library.skills.evaluation.evaluate import Measured, evaluate_scores
from robot_library.skills.evaluation.figures import Answer
from robot_library.skills.evaluation.labels import Row, Table, read_labels
from robot_library.skills.evaluation.overlap import overlap, pair
from robot_library.skills.evaluation.report import Evaluated
from tests.skills.evaluation.films import table

GOOD = """\
acceptance: x
about: test
agreed_by: board
cases: {positives_min: 50, negatives_min: 50, patients_min: 100}
auroc_min: 0.9
points:
  rule_out: {sensitivity_min: 0.9}
  rule_in: {specificity_min: 0.9}
abstention_max: 0.1
review_max: 0.3
subgroups:
  by: {sex: [F, M]}
  n_min: 50
  gap_max: 0.1
"""


def fixed(folder: Path, text: str = GOOD) -> Fixed:
    file = folder / "criteria.yaml"
    file.write_text(text, encoding="utf-8")
    return read_criteria(file)


def cases(folder: Path, n: int = 400, *, refused: int = 0, split: float = 4.0) -> Measured:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(n):
        positive = number % 2
        score = 1 / (1 + np.exp(-(rng.normal() + split * (positive - 0.5))))
        said = "" if number < refused else f"{score:.4f}"
        sex = "FM"[number // 2 % 2]
        rows.append({"score": said, "label": str(positive), "patient": f"p{number}", "sex": sex})
    file = table(folder / "s.csv", rows)
    return evaluate_scores("x", read_labels(file, "x", scores=True), None, {"rule_out": 0.2, "rule_in": 0.8})


def missed(verdict: Verdict) -> list[str]:
    return [check.what for check in verdict.checks if not check.met]


def test_all_met_is_go(tmp_path: Path) -> None:
    done = cases(tmp_path)
    verdict = judge(fixed(tmp_path), done.found, "now", [])
    assert missed(verdict) == []
    assert verdict.go
    page = render(verdict, done.cases)
    assert ">GO<" in page
    assert verdict.fixed.sha256 in page


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("positives_min: 50", "positives_min: 201", ["cases with the finding"]),
        ("negatives_min: 50", "negatives_min: 201", ["cases without the finding"]),
        ("patients_min: 100", "patients_min: 401", ["patients"]),
        ("auroc_min: 0.9", "auroc_min: 0.999", ["AUROC"]),
        ("sensitivity_min: 0.9", "sensitivity_min: 0.999", ["sensitivity at rule_out"]),
        ("specificity_min: 0.9", "specificity_min: 0.999", ["specificity at rule_in"]),
        ("review_max: 0.3", "review_max: 0.01", ["left to a person between the points"]),
        ("n_min: 50", "n_min: 201", ["sex F", "sex M"]),
        ("gap_max: 0.1", "gap_max: 0.0", ["AUROC by sex"]),
        ("[F, M]", "[F, M, O]", ["sex O", "AUROC by sex"]),
        ("{sex: [F, M]}", "{ward: [a, b]}", ["ward a", "ward b", "AUROC by ward"]),
        ("acceptance: x", "acceptance: y", ["criteria are for this skill"]),
    ],
)
def test_one_that_is_not_met_is_no_go(tmp_path: Path, old: str, new: str, what: list[str]) -> None:
    assert old in GOOD
    verdict = judge(fixed(tmp_path, GOOD.replace(old, new)), cases(tmp_path).found, "now", [])
    assert missed(verdict) == what
    assert not verdict.go


def test_the_interval_is_judged_not_the_figure(tmp_path: Path) -> None:
    done = cases(tmp_path, split=2.6)
    figures = done.found.figures
    assert figures is not None
    assert figures.auroc is not None
    between = (figures.auroc.low + figures.auroc.value) / 2
    verdict = judge(fixed(tmp_path, GOOD.replace("auroc_min: 0.9", f"auroc_min: {between:.4f}")), done.found, "now", [])
    assert "AUROC" in missed(verdict)


def test_refusals_count_against_it(tmp_path: Path) -> None:
    criteria = fixed(tmp_path, GOOD.replace("review_max: 0.3", "review_max: 0.5"))
    verdict = judge(criteria, cases(tmp_path, refused=38).found, "now", [])
    assert missed(verdict) == ["refused or unreadable"], "9.5 % is under the limit, its interval is not"


def test_too_few_is_said_plainly_even_when_everything_is_right(tmp_path: Path) -> None:
    done = cases(tmp_path, 20, split=20)
    verdict = judge(fixed(tmp_path), done.found, "now", [])
    assert not verdict.go
    assert any("too few" in check.found for check in verdict.checks)
    assert "there are too few cases" in render(verdict, done.cases)


def test_one_class_only_is_no_go(tmp_path: Path) -> None:
    file = table(tmp_path / "s.csv", [{"score": "0.9", "label": "1", "patient": str(i), "sex": "F"} for i in range(60)])
    done = evaluate_scores("x", read_labels(file, "x", scores=True), None, {"rule_out": 0.2, "rule_in": 0.8})
    verdict = judge(fixed(tmp_path), done.found, "now", [])
    assert {"cases without the finding", "AUROC", "specificity at rule_in"} <= set(missed(verdict))


def test_nothing_answered_is_no_go(tmp_path: Path) -> None:
    verdict = judge(fixed(tmp_path), cases(tmp_path, 10, refused=10).found, "now", [])
    assert not verdict.go
    assert "refused or unreadable" in missed(verdict)


def test_criteria_changed_after_the_cases_were_judged_are_no_go(tmp_path: Path) -> None:
    done, out = cases(tmp_path), tmp_path / "out"
    strict = fixed(tmp_path, GOOD.replace("auroc_min: 0.9", "auroc_min: 0.999"))
    write(out, judge(strict, done.found, "first", read_log(out)), done.cases)
    again = judge(fixed(tmp_path), done.found, "second", read_log(out))
    assert missed(again) == ["criteria fixed before the cases were read"]
    assert "judged on first by other criteria" in render(again, done.cases)
    write(out, judge(strict, done.found, "third", read_log(out)), done.cases)
    assert [row["verdict"] for row in read_log(out)] == ["no-go", "no-go"]
    assert Verdict.model_validate_json((out / "acceptance.json").read_text(encoding="utf-8")).fixed == strict


def test_every_mistake_in_the_criteria_has_its_place(tmp_path: Path) -> None:
    text = (
        GOOD.replace("auroc_min: 0.9", "auroc_mim: 0.9").replace("n_min: 50", "n_min: 0").replace("about: test\n", "")
    )
    with pytest.raises(AuthoringError) as caught:
        fixed(tmp_path, text)
    found = {(d.line, d.code): f"{d.message} {d.hint}" for d in caught.value.diagnostics}
    assert "Did you mean 'auroc_min'?" in found[4, "SK001"]
    assert "about is missing" in found[1, "SK002"]
    assert "subgroups.n_min" in found[12, "SK003"]


@pytest.mark.parametrize(
    "text",
    [
        "acceptance: x\nabout: y\nagreed_by: z\ncases: {positives_min: 1, negatives_min: 1}\nabstention_max: 0.1\n",
        "acceptance: x\nabout: y\nagreed_by: z\nabstention_max: 0.1\nauroc_min: 0.5\n",
        "acceptance: x\nabout: y\nagreed_by: z\nsegmented_cases: {n_min: 5}\nauroc_min: 0.5\nabstention_max: 0.1\n",
        GOOD.replace("auroc_min: 0.9", "auroc_min: 1.5"),
    ],
)
def test_criteria_that_ask_nothing_or_nonsense_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(AuthoringError):
        fixed(tmp_path, text)


def segmented(good: int, bad: int) -> Evaluated:
    rows = tuple(Row(line=i, patient=str(i), groups={"sex": "FM"[i % 2]}) for i in range(good + bad))
    true = np.zeros((8, 8), bool)
    true[2:6, 2:6] = True
    answers = [pair(row, true, true if i < good else ~true) for i, row in enumerate(rows)]
    last = [*answers[:-1], Answer(code="series")]
    sheet = Table(Path("t.csv"), rows, ("file", "mask", "patient", "sex"), (), b"")
    return Evaluated(
        skill="x", label="tumour", data="t.csv", data_sha256="0", date="d", overlap=overlap(sheet, rows, last)
    )


def test_a_segmentation_is_judged_by_dice(tmp_path: Path) -> None:
    text = (
        "acceptance: x\nabout: y\nagreed_by: z\nsegmented_cases: {n_min: 30, patients_min: 30}\ndice_min: 0.8\n"
        "abstention_max: 0.2\nsubgroups: {by: {sex: [F, M]}, n_min: 15, gap_max: 0.1}\n"
    )
    assert judge(fixed(tmp_path, text), segmented(40, 1), "now", []).go
    assert missed(judge(fixed(tmp_path, text), segmented(30, 12), "now", [])) == ["Dice, mean over patients"]
    assert "cases" in missed(judge(fixed(tmp_path, text), segmented(20, 1), "now", []))
    assert missed(judge(fixed(tmp_path), segmented(40, 1), "now", [])) == ["kind of skill"]


def test_the_criteria_of_the_docs_are_right(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "skills.md").read_text(encoding="utf-8")
    block = next(part for part in page.split("```") if "\nacceptance:" in part[:60])
    assert fixed(tmp_path, block.partition("\n")[2]).criteria.acceptance == "chest-xray-pneumonia"
