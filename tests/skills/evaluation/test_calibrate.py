"""New calibration: reaches its targets, changes only the numbers, and never meets what is evaluated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from robot_library.errors import AuthoringError
from robot_library.model.skill import Platt
from robot_library.skills.evaluation.calibrate import (
    FILE,
    Fitted,
    fit,
    refuse_calibrated,
    refuse_overlap,
    rewritten,
    write,
)
from robot_library.skills.evaluation.figures import calibration
from robot_library.skills.evaluation.labels import Row
from robot_library.skills.manifest import load_manifest
from tests.skills.evaluation.films import project

OLD = Platt(slope=2.0, intercept=1.0)


def fitted(labels: np.ndarray, scores: np.ndarray) -> Fitted:
    return fit(labels, scores, [str(i) for i in range(len(labels))], OLD, (0.975, 0.975))


def drawn(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores that are too sure of themselves and too low."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n) * 1.5
    labels = rng.random(n) < 1 / (1 + np.exp(-(z + 1)))
    return labels, 1 / (1 + np.exp(-2 * z))


def test_scores_become_probabilities_and_points_reach_their_targets() -> None:
    labels, scores = drawn(2000)
    found = fitted(labels, scores)
    slope, intercept = found.line
    assert slope == pytest.approx(0.5, abs=0.08)
    assert intercept == pytest.approx(1.0, abs=0.15)
    z = np.log(scores / (1 - scores))
    again = calibration(labels, 1 / (1 + np.exp(-(slope * z + intercept))))
    assert again is not None
    assert again.slope == pytest.approx(1, abs=0.02)
    assert again.intercept == pytest.approx(0, abs=0.02)
    assert found.points["rule_out"]["sensitivity"] >= 0.975  # type: ignore[operator]
    assert found.points["rule_in"]["specificity"] >= 0.975  # type: ignore[operator]
    assert found.platt.slope == pytest.approx(2 * slope, abs=1e-4)
    assert found.platt.intercept == pytest.approx(slope * 1.0 + intercept, abs=1e-4)


def test_classes_that_do_not_overlap_stay_finite_and_leave_nothing_between() -> None:
    labels = np.array([True] * 30 + [False] * 30)
    found = fitted(labels, np.where(labels, 0.9, 0.1) + np.linspace(0, 0.01, 60))
    assert np.isfinite(found.line).all()
    assert found.points["rule_out"]["threshold"] == found.points["rule_in"]["threshold"]
    assert found.points["rule_in"]["sensitivity"] == 1
    assert found.points["rule_in"]["sensitivity_ci95"][0] < 1  # type: ignore[index]


def test_too_few_and_upside_down_are_refused() -> None:
    labels, scores = drawn(2000)
    with pytest.raises(AuthoringError, match="20 of each are needed"):
        fitted(np.array([True] * 100 + [False] * 19), np.linspace(0.1, 0.9, 119))
    with pytest.raises(AuthoringError, match="do not rise"):
        fitted(labels, 1 - scores)
    with pytest.raises(AuthoringError, match="do not rise"):
        fitted(labels, np.full(2000, 0.5))


def test_nobody_stands_on_both_sides() -> None:
    one = [Row(line=2, patient="a", split="calibration"), Row(line=3, patient="b", split="calibration")]
    other = [Row(line=4, patient="b"), Row(line=5, patient="c")]
    with pytest.raises(AuthoringError, match=r"1 patients .*\(lines 3\)"):
        refuse_overlap(one, other, by_patient=True)
    with pytest.raises(AuthoringError, match="column 'patient'"):
        refuse_overlap(one, other[1:], by_patient=False)
    refuse_overlap(one, other[1:], by_patient=True)


def test_only_the_numbers_change(tmp_path: Path) -> None:
    folder = project(tmp_path)
    before = (folder / "skill.yaml").read_text(encoding="utf-8")
    old = load_manifest(folder)
    write(folder, old, fitted(*drawn(500)), ["ab" * 32])
    after = (folder / "skill.yaml").read_text(encoding="utf-8")
    new = load_manifest(folder)
    (added,) = [line for line in after.splitlines() if line.startswith(f"  - {{version: {new.version}, ")]
    assert "fitted again" in added
    kept = [line for line in after.splitlines() if line != added]
    changed = [b for a, b in zip(before.splitlines(), kept, strict=True) if a != b]
    assert all(any(c.isdigit() for c in line) for line in changed)
    assert "# the source stretched its films; nothing is cropped" in after
    assert new.version == old.version[:-1] + "1"
    assert new.outputs[0].calibration.n == 500
    assert new.outputs[0].operating_points.rule_in.n == 500
    assert new.model_copy(update={"outputs": (), "version": "", "golden": (), "changes": ()}) == old.model_copy(
        update={"outputs": (), "version": "", "golden": (), "changes": ()}
    )
    assert new.golden[0].expect.score != old.golden[0].expect.score
    refuse_calibrated(folder, ["cd" * 32])
    with pytest.raises(AuthoringError, match="1 of these files set"):
        refuse_calibrated(folder, ["cd" * 32, "ab" * 32])
    assert json.loads((folder / FILE).read_text(encoding="utf-8"))["files"] == ["ab" * 8]
    for broken in ("{", "[]", "[" * 100_000, '{"files": 7}', '{"files": [[]]}'):
        (folder / FILE).write_text(broken, encoding="utf-8")
        with pytest.raises(AuthoringError, match=r"calibration\.json"):
            refuse_calibrated(folder, ["cd" * 32])


def test_a_number_that_is_not_written_is_not_made_up() -> None:
    with pytest.raises(AuthoringError, match=r"a\.b must be written down"):
        rewritten("a:\n  c: 1\n", {("a", "b"): 2}, "f")
    with pytest.raises(AuthoringError, match="without quotes"):
        rewritten("a: '1'\n", {("a",): 2}, "f")
    assert (
        rewritten("a: [1, 22, 3] # x\nb: 4", {("a", 0): 0.5, ("a", 2): 7, ("b",): "y"}, "f")
        == "a: [0.5, 22, 7] # x\nb: y"
    )
