"""Champion against challenger: paired, exact, silent where nothing can be said."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from robot_library.interfaces import PersonAnswer
from robot_library.skills.monitor.compare import compare, mcnemar
from robot_library.skills.monitor.records import Correction, Observation, correction
from tests.skills.monitor.answers import observed
from tests.skills.monitor.test_store import FINDING


def decided(number: int, decision: str) -> Correction:
    finding = FINDING.model_copy(update={"image_uid": f"i{number}"})
    return correction(finding, PersonAnswer(verdict="correct", who="w", decision=decision), lambda uid: uid)  # type: ignore[arg-type]


def challenger(number: int, score: float | None) -> Observation:
    return observed(number, score, role="challenger", version="2.0.0", model_sha256="b" * 64)


@pytest.mark.parametrize(("one", "other"), [(0, 0), (0, 1), (3, 3), (1, 9), (12, 30), (400, 480), (900, 1100)])
def test_mcnemar_is_the_binomial_test(one: int, other: int) -> None:
    n = one + other
    reference = binomtest(one, n).pvalue if n else 1.0
    assert mcnemar(one, other) == mcnemar(other, one) == pytest.approx(reference, rel=0.03)


def test_only_images_that_both_saw_count() -> None:
    found = compare([observed(n, 0.9) for n in range(5)], [challenger(n, 0.1) for n in range(3, 9)], [])
    assert (found.n, found.answers) == (2, {"positive → negative": 2})
    assert (found.only_champion_positive, found.only_challenger_positive) == (2, 0)
    assert found.differ is not None
    assert found.differ.value == 1
    assert (found.decided, found.auroc_difference, found.p_right) == (0, None, 1.0)


def test_abstentions_are_answers_of_their_own_and_withheld_ones_none() -> None:
    ours = [observed(1, None), observed(2, 0.1), observed(3, None, code="drift")]
    found = compare(ours, [challenger(1, 0.9), challenger(2, None), challenger(3, 0.9)], [])
    assert found.answers == {"negative → abstained": 1, "abstained → positive": 1}


def test_persons_words_tell_who_is_right() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(300) < 0.5
    weak, strong = (np.clip(0.5 + s * (truth - 0.5) + rng.normal(0, 0.15, 300), 0, 1) for s in (0.2, 0.7))
    ours = [observed(n, float(weak[n])) for n in range(300)]
    theirs = [challenger(n, float(strong[n])) for n in range(300)]
    words = [decided(n, "positive" if truth[n] else "negative") for n in range(300)]
    found = compare(ours, theirs, words)
    assert found.decided == 300
    assert found.only_challenger_right > 10 * max(1, found.only_champion_right)
    assert found.p_right < 1e-6
    assert found.auroc_difference is not None
    assert found.auroc_difference.low > 0
    back = compare(theirs, ours, words)
    assert back.auroc_difference is not None
    assert math.isclose(back.auroc_difference.value, -found.auroc_difference.value)
    same = compare(ours, [challenger(n, float(weak[n])) for n in range(300)], words)
    assert same.answers.keys() <= {"negative → negative", "uncertain → uncertain", "positive → positive"}
    assert same.auroc_difference is not None
    assert (same.auroc_difference.value, same.p_right) == (0, 1)


def test_nothing_to_compare() -> None:
    found = compare([], [], [])
    assert (found.n, found.differ, found.champion_auroc) == (0, None, None)
