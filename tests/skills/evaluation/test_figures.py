"""Figures against scikit-learn, by hand, and where there is nothing to compute."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, precision_score

from robot_library.skills.evaluation.evaluate import evaluate_scores
from robot_library.skills.evaluation.figures import Answer, Figures, calibration, classify, logistic, logit
from robot_library.skills.evaluation.labels import Row, Table, read_labels
from robot_library.skills.evaluation.report import Evaluated, render, write
from tests.skills.evaluation.films import table

POINTS = {"rule_out": 0.3, "rule_in": 0.7}


def rows_of(labels: Sequence[bool], patients: Sequence[str] | None = None) -> tuple[Row, ...]:
    names = patients or [f"p{number}" for number in range(len(labels))]
    return tuple(
        Row(line=i + 2, patient=names[i], positive=bool(labels[i]), groups={"sex": "FM"[i % 2]})
        for i in range(len(labels))
    )


def measured(labels: Sequence[bool], scores: Sequence[float | None], patients: Sequence[str] | None = None) -> Figures:
    rows = rows_of(labels, patients)
    table = Table(Path("t.csv"), rows, ("score", "label", "patient", "sex"), (), b"")
    return classify(table, rows, [Answer(score, "" if score is not None else "age") for score in scores], POINTS)


def test_counts_and_shares_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    labels = rng.random(200) < 0.4
    scores = np.round(np.clip(rng.normal(0.4 + 0.3 * labels, 0.2), 0, 1), 2)
    found = measured(labels.tolist(), scores.tolist())
    for point in found.points:
        tn, fp, fn, tp = confusion_matrix(labels, scores >= point.threshold).ravel()
        assert (point.tn, point.fp, point.fn, point.tp) == (tn, fp, fn, tp)
        assert point.ppv is not None
        assert math.isclose(point.ppv.value, precision_score(labels, scores >= point.threshold))
    assert found.to_a_person is not None
    assert math.isclose(found.to_a_person.value, float(((scores >= 0.3) & (scores < 0.7)).mean()))
    assert sum(group.n for group in found.subgroups) == 200


def test_refusals_are_counted_by_code_and_have_no_score() -> None:
    found = measured([True, True, False, False], [0.9, None, None, 0.1])
    assert (found.n, found.asked, found.refused) == (2, 4, {"age": 2})
    assert [group.refused for group in found.subgroups] == [1, 1]


@pytest.mark.parametrize("labels", [[True, True, True], [False, False, False]])
def test_one_class_has_no_area_but_what_it_can_say(labels: list[bool]) -> None:
    found = measured(labels, [0.1, 0.8, 0.9])
    assert found.auroc is None
    assert found.specificity_at_95_sensitivity is None
    assert (found.points[0].sensitivity is None) == (not labels[0])
    assert (found.points[0].specificity is None) == labels[0]
    assert found.calibration is not None
    assert found.calibration.slope is None


def test_nothing_answered_is_no_figure() -> None:
    found = measured([True, False], [None, None])
    assert (found.n, found.auroc, found.calibration, found.to_a_person) == (0, None, None, None)
    assert all(point.sensitivity is None for point in found.points)


def test_one_patient_alone_is_not_believed() -> None:
    found = measured([True, False, True, False], [0.9, 0.1, 0.8, 0.2], ["a"] * 4)
    assert found.patients == 1
    assert found.auroc is not None
    assert found.auroc.low < 0.6


def test_the_logistic_line_is_scikit_learns() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=500) * 3 + 1
    y = (rng.random(500) < 1 / (1 + np.exp(-(0.7 * x - 0.4)))).astype(float)
    reference = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x[:, None], y)
    line = logistic(x, y)
    assert line is not None
    assert math.isclose(line[0], reference.coef_[0, 0], rel_tol=1e-4)
    assert math.isclose(line[1], reference.intercept_[0], rel_tol=1e-3)


def test_there_is_no_line_through_classes_that_do_not_overlap_or_scores_that_are_all_the_same() -> None:
    x = np.array([-2.0, -1.0, 1.0, 2.0])
    assert logistic(x, np.array([0.0, 0, 1, 1])) is None
    assert logistic(np.ones(4), np.array([0.0, 1, 0, 1])) is None
    assert np.isfinite(logit(np.array([0.0, 1.0]))).all()


def test_calibration_is_of_probabilities_only() -> None:
    labels = np.array([True, False, True])
    assert calibration(labels, np.array([3.0, -1.0, 0.2])) is None
    found = calibration(labels, np.array([1.0, 0.0, 1.0]))
    assert found is not None
    assert (found.error, found.brier) == (0, 0)


def test_the_report_is_one_file_that_asks_nobody(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [
        {
            "score": f"{score:.3f}",
            "label": str(int(score > 0.4)),
            "patient": f"<b>{i}",
            "sex": "<script>",
            "view": "A&P",
        }
        for i, score in enumerate(rng.random(60))
    ]
    rows.append({"score": "", "label": "1", "patient": "z", "sex": "F", "view": ""})
    file = table(tmp_path / "s<i>.csv", rows)
    done = evaluate_scores("x", read_labels(file, "x", scores=True), None, POINTS)
    path = write(tmp_path / "out", done.found, done.cases)
    page = path.read_text(encoding="utf-8")
    assert page.count("<svg") > 3
    assert "<script" not in page.lower()
    assert "http" not in page.replace("http-equiv", "")
    assert "sex &lt;SCRIPT&gt;" in page
    assert "no_score" in page
    kept = Evaluated.model_validate_json((tmp_path / "out" / "figures.json").read_text(encoding="utf-8"))
    assert kept == done.found
    assert render(kept, done.cases) == page


@pytest.mark.parametrize("scores", [["0.5", "0.5"], ["", ""], ["-2", "7"]])
def test_odd_tables_still_give_a_page(tmp_path: Path, scores: list[str]) -> None:
    file = table(tmp_path / "s.csv", [{"score": text, "label": str(i)} for i, text in enumerate(scores)])
    done = evaluate_scores("x", read_labels(file, "x", scores=True), None, {})
    assert "<html" in render(done.found, done.cases)
    assert done.found.summary("r")["n"] == len([text for text in scores if text])


@pytest.mark.data
def test_published_scores_give_the_published_figures(data_dir: Path, tmp_path: Path) -> None:
    import csv
    import gzip

    source = data_dir / "fairness_chexnet_preds" / "preds_with_metadata.csv.gz"
    with gzip.open(source, "rt", encoding="utf-8", newline="") as stream:
        rows = [
            {
                "score": row["prob_Pneumonia"],
                "label": str(int("Pneumonia" in row["Finding Labels"].split("|"))),
                "patient": row["Patient ID"],
                "sex": row["Patient Gender"],
                "view": row["View Position"],
            }
            for row in csv.DictReader(stream)
        ]
    file = table(tmp_path / "scores.csv", rows)
    done = evaluate_scores("pneumonia", read_labels(file, "pneumonia", scores=True), None, {})
    found = done.found.figures
    assert found is not None
    assert found.auroc is not None
    by_name = {group.name: group.auroc for group in found.subgroups}
    values = [found.auroc, *(by_name[name] for name in ("sex F", "sex M", "view AP", "view PA"))]
    assert found.n == 11510
    assert [f"{value.value:.4f}" for value in values if value] == ["0.7512", "0.7503", "0.7661", "0.7406", "0.7069"]
