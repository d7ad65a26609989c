"""Texts and tables: real models made here (scikit-learn's numbers as ONNX), and values that are refused."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression

from robot_library.cli.main import run_cli
from robot_library.errors import AuthoringError
from robot_library.model.finding import Abstention, Finding
from robot_library.skills.host import Skill

RNG = np.random.default_rng(5)
POINT = {"sensitivity": 0.9, "sensitivity_ci95": [0.8, 0.95], "specificity": 0.9, "specificity_ci95": [0.8, 0.95],
         "n": 100}  # fmt: skip


def fitted() -> tuple[LogisticRegression, np.ndarray]:
    """A regression on age and CRP, and what it was fitted on."""
    values = np.stack([RNG.uniform(1, 6, 400), RNG.uniform(0, 200, 400)], axis=1)
    sick = RNG.random(400) < 1 / (1 + np.exp(-(0.05 * values[:, 1] - 0.4 * values[:, 0] - 3)))
    return LogisticRegression(max_iter=1000).fit(values, sick), values


def regression_model(regression: LogisticRegression, series: bool = False) -> bytes:
    """logit = values @ weights + intercept; of a time series, of its mean over the rows."""
    weights = [
        helper.make_tensor("w", TensorProto.FLOAT, [2, 1], regression.coef_.ravel()),
        helper.make_tensor("b", TensorProto.FLOAT, [1], regression.intercept_),
        helper.make_tensor("rows", TensorProto.INT64, [1], [1]),
    ]
    nodes = [helper.make_node("ReduceMean", ["values", "rows"], ["flat"], keepdims=0)] if series else []
    nodes += [
        helper.make_node("MatMul", ["flat" if series else "values", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["logit"]),
    ]
    shape = [1, "rows", 2] if series else ["n", 2]
    graph = helper.make_graph(
        nodes, "regression", [helper.make_tensor_value_info("values", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("logit", TensorProto.FLOAT, [shape[0], 1])], weights,
    )  # fmt: skip
    return made(graph)


def made(graph: Any) -> bytes:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def words_model() -> bytes:
    """logit = 3 x (number of tokens "opacity") - 2 x (number of tokens "clear") - 1: tf-idf counts of split words."""
    nodes = [
        helper.make_node("StringNormalizer", ["text"], ["low"], case_change_action="LOWER"),
        helper.make_node("StringSplit", ["low"], ["words", "count"], delimiter=" "),
        helper.make_node(
            "TfIdfVectorizer", ["words"], ["counts"], mode="TF", min_gram_length=1, max_gram_length=1,
            max_skip_count=0, ngram_counts=[0], ngram_indexes=[0, 1], pool_strings=["opacity", "clear"],
        ),
        helper.make_node("MatMul", ["counts", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["logit"]),
    ]  # fmt: skip
    weights = [
        helper.make_tensor("w", TensorProto.FLOAT, [2, 1], [3.0, -2.0]),
        helper.make_tensor("b", TensorProto.FLOAT, [1], [-1.0]),
    ]
    graph = helper.make_graph(
        nodes, "words", [helper.make_tensor_value_info("text", TensorProto.STRING, [1])],
        [helper.make_tensor_value_info("logit", TensorProto.FLOAT, [1, 1])], weights,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def write(folder: Path, model: bytes, given: dict[str, Any]) -> Skill:
    place = folder / "skills" / "plain"
    place.mkdir(parents=True)
    (place / "model.onnx").write_bytes(model)
    manifest = {
        "skill": "plain", "version": "1.0.0", "task": "classification", "about": "Sick?",
        "clinical": {"intended_use": "tests", "not_for": ["patients"], "user": "nobody", "autonomy": "none"},
        "model": {"sha256": hashlib.sha256(model).hexdigest(), "license": "Apache-2.0"},
        "runtime": {"threads": 1}, "input": given, "preprocess": {"version": 1}, "gates": {},
        "outputs": [{"label": "sick", "logit": "logit", "calibration": {},
                     "operating_points":
                     {"rule_out": {"threshold": 0.3} | POINT, "rule_in": {"threshold": 0.7} | POINT}}],
    }  # fmt: skip
    (place / "skill.yaml").write_text(yaml.safe_dump(manifest), encoding="utf-8")
    return Skill(place)


COLUMNS = [{"name": "age", "unit": "a", "min": 1, "max": 6}, {"name": "crp", "unit": "mg/L", "min": 0, "max": 200}]


def table(folder: Path, model: bytes, shape: list[int]) -> Skill:
    return write(folder, model, {"kind": "table", "name": "values", "shape": shape, "columns": COLUMNS})


def no_film(image: Any) -> Any:
    raise AssertionError("a table was decoded as a film")


def test_a_table_gives_scikit_learns_probabilities(tmp_path: Path) -> None:
    regression, values = fitted()
    skill = table(tmp_path, regression_model(regression), [-1, 2])
    for row, expected in zip(values[:20], regression.predict_proba(values[:20])[:, 1], strict=True):
        answer = skill.run({"crp": row[1], "age": row[0]}, no_film)
        assert isinstance(answer, Finding)
        assert answer.score == pytest.approx(expected, abs=1e-5)
        assert (answer.image_uid, answer.read) == ("", ("",))


@pytest.mark.parametrize(
    ("row", "code", "says"),
    [
        ({"age": 3.0}, "value_missing", "crp"),
        ({"age": 3.0, "crp": None}, "value_missing", "crp"),
        ({"age": float("nan"), "crp": 3.0}, "value_missing", "age"),
        ({"age": 44.0, "crp": 3.0}, "value_out_of_range", "age: made for 1 to 6 a"),
        ({"age": 3.0, "crp": -0.1}, "value_out_of_range", "crp: made for 0 to 200 mg/L"),
    ],
)
def test_a_value_that_is_missing_or_out_of_range_is_refused_without_its_value(
    tmp_path: Path, row: Any, code: str, says: str
) -> None:
    answer = table(tmp_path, regression_model(fitted()[0]), [-1, 2]).run(row, no_film)
    assert isinstance(answer, Abstention)
    assert answer.code == code
    assert says in answer.reason
    assert "44" not in answer.reason


def test_columns_that_the_skill_does_not_have_are_the_authors_mistake(tmp_path: Path) -> None:
    skill = table(tmp_path, regression_model(fitted()[0]), [-1, 2])
    with pytest.raises(AuthoringError, match="no column weight"):
        skill.run({"age": 3.0, "crp": 3.0, "weight": 12.0}, no_film)
    with pytest.raises(AuthoringError, match="values by column"):
        skill.run("a text", no_film)


def test_a_time_series_is_all_its_rows_in_order(tmp_path: Path) -> None:
    regression, values = fitted()
    skill = table(tmp_path, regression_model(regression, series=True), [1, -1, 2])
    rows = [{"age": float(age), "crp": float(crp)} for age, crp in values[:7]]
    answer = skill.run(rows, no_film)
    assert isinstance(answer, Finding)
    assert answer.score == pytest.approx(regression.predict_proba(values[:7].mean(axis=0)[None])[0, 1], abs=1e-5)
    empty = skill.run([], no_film)
    assert isinstance(empty, Abstention)
    assert empty.code == "rows"
    spoilt = skill.run([*rows, {"age": 3.0}], no_film)
    assert isinstance(spoilt, Abstention)
    assert spoilt.code == "value_missing"


@pytest.mark.parametrize(
    ("text", "decision"),
    [("Opacity on the left", "positive"), ("clear lungs", "negative"), ("CLEAR right, OPACITY left", "uncertain")],
)
def test_a_text_is_one_string(tmp_path: Path, text: str, decision: str) -> None:
    skill = write(tmp_path, words_model(), {"kind": "text", "name": "text", "shape": [1], "max_characters": 60})
    answer = skill.run(text, no_film)
    assert isinstance(answer, Finding)
    assert answer.decision == decision
    for wrong, code in ((" \n", "text_empty"), ("a " * 31, "text_too_long")):
        refused = skill.run(wrong, no_film)
        assert isinstance(refused, Abstention)
        assert refused.code == code
    with pytest.raises(AuthoringError, match="reads a text"):
        skill.run({"age": 3.0}, no_film)


def test_rows_of_a_csv_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table(tmp_path, regression_model(fitted()[0]), [-1, 2])
    file = tmp_path / "rows.csv"
    file.write_text("name,age,crp\nx,3,10\ny,3,\nz,30,10\n", encoding="utf-8")
    assert run_cli(["skills", "run", "plain", str(file), "--project", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "sick negative" in lines[0]
    assert "(value_missing)" in lines[1]
    assert "(value_out_of_range)" in lines[2]
