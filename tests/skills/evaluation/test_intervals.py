"""Intervals against their definition, other implementations and awkward cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from robot_library.skills import measure
from robot_library.skills.evaluation.intervals import Patients, _Ranked, area, area_difference, mean, newcombe, share

ROWS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 8), st.integers(0, 3)), min_size=2, max_size=40
)


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_a_drawn_area_is_the_area_of_the_drawn_films(rows: list[tuple[bool, int, int, int]]) -> None:
    labels = np.array([row[0] for row in rows])
    scores = np.array([row[1] for row in rows], float)
    patients = Patients([str(row[2]) for row in rows], rounds=5)
    for counts in patients.draws():
        for drawn in counts:
            films = np.repeat(np.arange(len(rows)), drawn[patients.index])
            found = measure.auroc(labels[films], scores[films])
            ours = _Ranked(labels, scores).areas(drawn[None], patients)[0]
            assert (math.isnan(found) and math.isnan(ours)) or math.isclose(found, ours, abs_tol=1e-12)


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_area_and_share_agree_with_others_and_lie_in_their_interval(rows: list[tuple[bool, int, int, int]]) -> None:
    labels = np.array([row[0] for row in rows])
    scores = np.array([row[1] for row in rows], float)
    patients = Patients([str(row[2]) for row in rows], rounds=100)
    found = area(labels, scores, patients)
    if labels.any() and not labels.all():
        assert found is not None
        assert math.isclose(found.value, roc_auc_score(labels, scores), abs_tol=1e-12)
        assert 0 <= found.low <= found.value <= found.high <= 1
    else:
        assert found is None
    part = share(scores > 3, labels, patients)
    assert (part is None) == (not labels.any())
    if part is not None:
        assert math.isclose(part.value, float((scores > 3)[labels].mean()))
        assert 0 <= part.low <= part.value <= part.high <= 1


def test_the_fast_bootstrap_agrees_with_the_plain_one() -> None:
    rng = np.random.default_rng(1)
    labels = rng.random(400) < 0.4
    scores = rng.normal(size=400) + labels
    patients = [f"p{number}" for number in rng.integers(0, 150, 400)]
    plain = measure.by_patient(measure.auroc, labels, scores, patients, 2000)
    fast = area(labels, scores, Patients(patients))
    assert fast is not None
    assert plain.low - 0.03 < fast.low < plain.low + 0.004
    assert plain.high - 0.004 < fast.high < plain.high + 0.03
    part = measure.by_patient(measure.sensitivity(0.5), labels, scores, patients, 2000)
    ours = share(scores >= 0.5, labels, Patients(patients))
    assert ours is not None
    assert part.low - 0.03 < ours.low < part.low + 0.01
    assert part.high - 0.01 < ours.high < part.high + 0.03


def test_newcombe_at_its_ends() -> None:
    assert newcombe(1.0, 10, 10)[1] == 1.0
    assert 0.6 < newcombe(1.0, 10, 10)[0] < 0.9
    assert newcombe(0.0, 10, 10) == pytest.approx((0.0, 1 - newcombe(1.0, 10, 10)[0]))
    assert newcombe(0.5, 0, 7) == (0.0, 1.0)
    low, high = newcombe(0.8, 1000, 1000)
    assert 0.77 < low < 0.8 < high < 0.83


@pytest.mark.parametrize("apart", [1.2, 2.8])
@pytest.mark.parametrize(("positives", "negatives"), [(5, 5), (8, 40), (40, 40)])
def test_the_interval_of_an_area_holds_the_truth_often_enough(positives: int, negatives: int, apart: float) -> None:
    truth, rng, inside = (1 + math.erf(apart / 2)) / 2, np.random.default_rng(positives), 0
    labels = np.array([True] * positives + [False] * negatives)
    names = [str(number) for number in range(len(labels))]
    for _ in range(200):
        scores = rng.normal(size=len(labels)) + apart * labels
        found = area(labels, scores, Patients(names, rounds=200))
        assert found is not None
        inside += found.low <= truth <= found.high
    assert inside / 200 >= 0.93


@pytest.mark.parametrize(("truth", "n"), [(0.9, 31), (0.97, 60), (0.7, 10)])
def test_the_interval_of_a_share_holds_the_truth_often_enough(truth: float, n: int) -> None:
    rng, inside, all_of_them = np.random.default_rng(n), 0, np.ones(n, bool)
    names = [str(number) for number in range(n)]
    for _ in range(200):
        found = share(rng.random(n) < truth, all_of_them, Patients(names, rounds=200))
        assert found is not None
        inside += found.low <= truth <= found.high
    assert inside / 200 >= 0.92


def test_few_or_perfect_is_never_certain() -> None:
    labels = np.array([True] * 5 + [False] * 5)
    scores = np.where(labels, 0.9, 0.1)
    names = list("abcdefghij")
    whole = area(labels, scores, Patients(names))
    assert whole is not None
    assert (whole.value, whole.high) == (1.0, 1.0)
    assert whole.low < 0.8
    all_right = share(scores > 0.5, labels, Patients(names))
    assert all_right is not None
    assert all_right.low == pytest.approx(measure.wilson(5, 5)[0])


def test_one_patient_says_next_to_nothing() -> None:
    labels = np.array([True, False, True])
    scores = np.array([0.9, 0.1, 0.8])
    one = Patients(["a", "a", "a"])
    found = area(labels, scores, one)
    assert found is not None
    assert found.high - found.low > 0.5
    part = share(scores > 0.5, labels, one)
    assert part is not None
    assert part.low < 0.3


def test_nothing_gives_nothing() -> None:
    none, empty = Patients([]), np.array([], float)
    assert area(empty.astype(bool), empty, none) is None
    assert share(empty.astype(bool), empty.astype(bool), none) is None
    assert mean(empty, none) is None
    found = measure.by_patient(measure.auroc, empty.astype(bool), empty, [])
    assert math.isnan(found.value)


def test_a_score_that_is_no_number_is_an_error() -> None:
    with pytest.raises(ValueError, match="finite"):
        area(np.array([True, False]), np.array([np.nan, 0.1]), Patients(["a", "b"]))
    with pytest.raises(ValueError, match="finite"):
        measure.reliability(np.array([True]), np.array([np.nan]))


def test_means_are_of_patients() -> None:
    found = mean(np.array([1.0, 1.0, 1.0, 0.0]), Patients(["a", "a", "a", "b"]))
    assert found is not None
    assert found.value == 0.5


def test_paired_differences_are_narrower_than_unpaired() -> None:
    rng = np.random.default_rng(3)
    labels = rng.random(300) < 0.5
    one = rng.normal(size=300) + labels
    other = one + rng.normal(scale=0.2, size=300) + 0.3 * labels
    patients = Patients([str(number) for number in range(300)], rounds=500)
    difference, first = area_difference(labels, one, other, patients), area(labels, one, patients)
    assert difference is not None
    assert first is not None
    assert math.isclose(difference.value, roc_auc_score(labels, other) - roc_auc_score(labels, one), abs_tol=1e-12)
    assert difference.low > 0
    assert difference.high - difference.low < first.high - first.low
    same = area_difference(labels, one, one, patients)
    assert same is not None
    assert (same.low, same.value, same.high) == (0, 0, 0)
    assert area_difference(np.ones(300, bool), one, other, patients) is None
