"""The figures of the card against independent implementations and hand-made cases."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

from robot_library.skills import measure

PAIRS = st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=4, max_size=60).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)


@given(PAIRS)
@settings(max_examples=150, deadline=None)
def test_auroc_agrees_with_scikit_learn_ties_included(rows: list[tuple[bool, int]]) -> None:
    labels = np.array([label for label, _ in rows])
    scores = np.array([score for _, score in rows], float)
    assert math.isclose(measure.auroc(labels, scores), roc_auc_score(labels, scores), abs_tol=1e-12)


@given(PAIRS, st.sampled_from([0.5, 0.8, 0.95, 0.975, 1.0]))
@settings(max_examples=150, deadline=None)
def test_thresholds_reach_their_target_and_no_better_one_does(rows: list[tuple[bool, int]], least: float) -> None:
    labels = np.array([label for label, _ in rows])
    scores = np.array([score for _, score in rows], float)
    low = measure.threshold_for_sensitivity(labels, scores, least)
    assert measure.sensitivity(low)(labels, scores) >= least - 1e-9
    assert measure.sensitivity(np.nextafter(low, np.inf))(labels, scores) < least
    high = measure.threshold_for_specificity(labels, scores, least)
    assert measure.specificity(high)(labels, scores) >= least - 1e-9
    assert measure.specificity(np.nextafter(high, -np.inf))(labels, scores) < least
    fall_out, recall, _ = roc_curve(labels, scores, drop_intermediate=False)
    best = 1 - fall_out[recall >= least - 1e-12].min()
    assert math.isclose(measure.specificity_at_sensitivity(least)(labels, scores), best, abs_tol=1e-9)


def test_calibration_error_and_brier_by_hand() -> None:
    labels = np.array([False, True, True, True])
    scores = np.array([0.15, 0.15, 0.85, 1.0])
    assert math.isclose(measure.calibration_error(labels, scores), (2 * 0.35 + 0.15 + 0.0) / 4)
    assert math.isclose(measure.brier(labels, scores), brier_score_loss(labels, scores))
    assert [row.n for row in measure.reliability(labels, scores)] == [2, 1, 1]


def test_intervals_resample_patients_not_films() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(rng.random(40) < 0.5, 10)  # ten copies of each patient's film
    scores = np.repeat(rng.normal(size=40) + labels[::10], 10)
    patients = [str(index // 10) for index in range(400)]
    clustered = measure.by_patient(measure.auroc, labels, scores, patients, 300)
    naive = measure.by_patient(measure.auroc, labels, scores, [str(index) for index in range(400)], 300)
    assert clustered.low <= clustered.value <= clustered.high
    assert clustered.high - clustered.low > 2 * (naive.high - naive.low)
    assert clustered == measure.by_patient(measure.auroc, labels, scores, patients, 300)


def test_a_perfect_share_is_not_certain() -> None:
    labels, scores = np.array([True] * 20 + [False] * 5), np.array([0.9] * 20 + [0.1] * 5)
    patients = [str(index // 2) for index in range(20)] + list("vwxyz")
    found = measure.share_by_patient(measure.sensitivity(0.5), labels, scores, patients, of=True)
    assert (found.value, found.high) == (1, 1)
    assert math.isclose(found.low, measure.wilson(10, 10)[0])
    none = measure.share_by_patient(measure.specificity(0.0), labels, scores, patients, of=False)
    assert none.value == 0
    assert math.isclose(none.high, measure.wilson(0, 5)[1])


def test_wilson() -> None:
    low, high = measure.wilson(9, 10)
    assert math.isclose(low, 0.5958, abs_tol=1e-4)
    assert math.isclose(high, 0.9821, abs_tol=1e-4)
    assert measure.wilson(0, 0) == (0.0, 1.0)


def test_one_class_alone_has_no_auroc() -> None:
    assert math.isnan(measure.auroc(np.array([True, True]), np.array([0.1, 0.2])))
