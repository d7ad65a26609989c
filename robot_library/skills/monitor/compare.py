"""Champion against challenger on the images both have seen: where they differ, and who is right where a person said.

Persons see mostly what the champion was unsure of, so figures from their words speak of such cases only.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from robot_library.model.base import Frozen
from robot_library.skills.evaluation.intervals import Patients, area, area_difference, share
from robot_library.skills.measure import Estimate
from robot_library.skills.monitor.records import Correction, Observation
from robot_library.skills.monitor.reference import DRIFT

ABSTAINED = "abstained"
ANSWERS = ("negative", "uncertain", "positive", ABSTAINED)


class Compared(Frozen):
    """n: images that both saw. `answers`: "champion → challenger" counts. p-values are McNemar's, exact, two-sided."""

    champion: str
    challenger: str
    n: int
    answers: dict[str, int]
    differ: Estimate | None
    """Share of images on which they differ."""
    only_champion_positive: int
    only_challenger_positive: int
    p_positive: float
    """That both call positive equally often."""
    decided: int
    """Images with a person's decision that both scored."""
    only_champion_right: int
    only_challenger_right: int
    p_right: float
    champion_auroc: Estimate | None
    challenger_auroc: Estimate | None
    auroc_difference: Estimate | None
    """Challenger minus champion, paired."""


def compare(
    champion: Sequence[Observation], challenger: Sequence[Observation], corrected: Sequence[Correction]
) -> Compared:
    """Compare answers to the same images. All answers of a side are of one version."""
    other = {one.image: one for one in challenger if one.code != DRIFT}
    pairs = [(one, other[one.image]) for one in champion if one.image in other and one.code != DRIFT]
    said = [(_answer(one), _answer(two)) for one, two in pairs]
    patients = Patients([one.study or one.image for one, _ in pairs])
    unlike = np.array([one != two for one, two in said], np.bool_)
    first = sum(one == "positive" != two for one, two in said)
    second = sum(two == "positive" != one for one, two in said)
    counted = Counter(f"{one} → {two}" for one, two in said)
    ordered = [f"{one} → {two}" for one in ANSWERS for two in ANSWERS]
    return Compared(
        champion=champion[0].version if champion else "",
        challenger=challenger[0].version if challenger else "",
        n=len(pairs),
        answers={key: counted[key] for key in ordered if counted[key]},
        differ=share(unlike, np.ones(len(pairs), np.bool_), patients),
        only_champion_positive=first,
        only_challenger_positive=second,
        p_positive=mcnemar(first, second),
        **_right(pairs, corrected),
    )


def _answer(one: Observation) -> str:
    return ABSTAINED if one.code else one.decision


def _right(pairs: Sequence[tuple[Observation, Observation]], corrected: Sequence[Correction]) -> dict[str, object]:
    truth = {one.image: one.decision == "positive" for one in corrected if one.decision}
    judged = [(a, b) for a, b in pairs if a.image in truth and a.score is not None and b.score is not None]
    labels = np.array([truth[a.image] for a, _ in judged], np.bool_)
    one, two = (np.array([pair[side].score for pair in judged], np.float64) for side in (0, 1))
    patients = Patients([a.study or a.image for a, _ in judged])
    right = [tuple(_is_right(side, truth[a.image]) for side in (a, b)) for a, b in judged]
    first, second = sum(a and not b for a, b in right), sum(b and not a for a, b in right)
    return {
        "decided": len(judged),
        "only_champion_right": first,
        "only_challenger_right": second,
        "p_right": mcnemar(first, second),
        "champion_auroc": area(labels, one, patients),
        "challenger_auroc": area(labels, two, patients),
        "auroc_difference": area_difference(labels, one, two, patients),
    }


def _is_right(one: Observation, positive: bool) -> bool:
    """Uncertain is right for nobody."""
    return one.decision == ("positive" if positive else "negative")


def mcnemar(one: int, other: int) -> float:
    """Exact two-sided p that two discordant counts come from a fair coin; 1 without any."""
    n, fewer = one + other, min(one, other)
    if not n:
        return 1.0
    if n > 1000:  # the coin's tail by the normal approximation with continuity correction
        return math.erfc(max(0.0, abs(one - other) - 1) / math.sqrt(2 * n))
    return min(1.0, float(2 * sum(math.comb(n, k) for k in range(fewer + 1)) / 2**n))
