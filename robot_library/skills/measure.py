"""What a skill's scores are worth: AUROC, operating points, calibration, with intervals by resampling patients.

Films of one patient are not independent, so every interval resamples patients, not films.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from robot_library.model.base import Frozen

Floats = NDArray[np.float64]
Labels = NDArray[np.bool_]
Statistic = Callable[[Labels, Floats], float]


class Estimate(Frozen):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class Bin(Frozen):
    """One row of a reliability table: films whose score lies in [low, high)."""

    low: float
    high: float
    n: int
    mean_score: float
    observed: float


def auroc(labels: Labels, scores: Floats) -> float:
    """Probability that a positive scores above a negative (ties count half); NaN without both classes."""
    positives, negatives = scores[labels], np.sort(scores[~labels])
    if not len(positives) or not len(negatives):
        return float("nan")
    below = np.searchsorted(negatives, positives, "left") + np.searchsorted(negatives, positives, "right")
    return float(below.mean() / 2 / len(negatives))


def sensitivity(threshold: float) -> Statistic:
    """Share of positives with score ≥ threshold."""
    return lambda labels, scores: _share(scores[labels] >= threshold)


def specificity(threshold: float) -> Statistic:
    """Share of negatives with score < threshold."""
    return lambda labels, scores: _share(scores[~labels] < threshold)


def specificity_at_sensitivity(least: float) -> Statistic:
    """Specificity at the highest threshold whose sensitivity is still at least `least`."""
    return lambda labels, scores: specificity(threshold_for_sensitivity(labels, scores, least))(labels, scores)


def threshold_for_sensitivity(labels: Labels, scores: Floats, least: float) -> float:
    """The highest threshold with sensitivity ≥ least; NaN without positives."""
    positives = np.sort(scores[labels])
    if not len(positives):
        return float("nan")
    return float(positives[int(np.floor(len(positives) * (1 - least) + 1e-9))])


def threshold_for_specificity(labels: Labels, scores: Floats, least: float) -> float:
    """The lowest threshold with specificity ≥ least: just above that many negatives; NaN without negatives."""
    negatives = np.sort(scores[~labels])
    if not len(negatives):
        return float("nan")
    index = int(np.ceil(len(negatives) * least - 1e-9)) - 1
    return float(np.nextafter(negatives[index], np.inf))


def calibration_error(labels: Labels, scores: Floats, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width, weighted by their number of films; NaN without films."""
    if not len(scores):
        return float("nan")
    table = reliability(labels, scores, bins)
    return float(sum(row.n * abs(row.mean_score - row.observed) for row in table) / len(scores))


def reliability(labels: Labels, scores: Floats, bins: int = 10) -> list[Bin]:
    """Mean score against observed share of positives, in bins of equal width; empty bins are left out.

    Scores are finite and in 0..1; ValueError otherwise.
    """
    if not bool(((scores >= 0) & (scores <= 1)).all()):
        raise ValueError("calibration is of finite scores in 0..1 only")
    place = np.minimum((scores * bins).astype(int), bins - 1)
    rows = []
    for number in range(bins):
        inside = place == number
        if inside.any():
            score, observed = float(scores[inside].mean()), float(labels[inside].mean())
            low, high = number / bins, (number + 1) / bins
            rows.append(Bin(low=low, high=high, n=int(inside.sum()), mean_score=score, observed=observed))
    return rows


def brier(labels: Labels, scores: Floats) -> float:
    """Mean squared difference between score and truth; NaN without films."""
    return float(np.square(scores - labels).mean()) if len(scores) else float("nan")


def by_patient(
    statistic: Statistic, labels: Labels, scores: Floats, patients: Sequence[str], rounds: int = 1000, seed: int = 0
) -> Estimate:
    """A statistic with its percentile interval over `rounds` resamplings of patients (seeded).

    All NaN where no resampling gives a number: without films, or with one class where two are needed.
    """
    groups: dict[str, list[int]] = {}
    for index, patient in enumerate(patients):
        groups.setdefault(patient, []).append(index)
    if not groups:
        return Estimate(value=float("nan"), low=float("nan"), high=float("nan"))
    members = [np.array(indices) for indices in groups.values()]
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(rounds):
        chosen = np.concatenate([members[k] for k in rng.integers(0, len(members), len(members))])
        found.append(statistic(labels[chosen], scores[chosen]))
    low, high = np.nanpercentile(found, (2.5, 97.5)) if np.isfinite(found).any() else (np.nan, np.nan)
    return Estimate(value=statistic(labels, scores), low=float(low), high=float(high))


def share_by_patient(
    statistic: Statistic, labels: Labels, scores: Floats, patients: Sequence[str], *, of: bool
) -> Estimate:
    """`by_patient` for a share among the films whose label is `of`.

    Resampling finds no spread at all in a share of 0 or 1; an interval never gets narrower at that end than Wilson's
    for as many independent patients.
    """
    found = by_patient(statistic, labels, scores, patients)
    if not np.isfinite(found.value):
        return found
    n = len({patient for patient, label in zip(patients, labels, strict=True) if label == of})
    low, high = wilson(round(found.value * n), n)
    if found.value == 1:
        return found.model_copy(update={"low": min(low, found.low)})
    return found.model_copy(update={"high": max(high, found.high)}) if found.value == 0 else found


def wilson(successes: float, n: int) -> tuple[float, float]:
    """95 % Wilson score interval of a share; (0, 1) for n = 0. `successes` need not be whole (patients with parts)."""
    if n == 0:
        return 0.0, 1.0
    z, share = 1.959963984540054, successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return max(0.0, middle - half), min(1.0, middle + half)


def _share(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if hits.size else float("nan")
