"""From a logit to a calibrated score, and from a score to a decision by named operating points."""

from __future__ import annotations

import math

from robot_library.model.finding import Decision
from robot_library.model.skill import OperatingPoints, Platt

REVIEW = "review"
"""Name of the band between the two points: the skill does not decide, a person does."""


def probability(logit: float, platt: Platt) -> float:
    """Calibrated score in [0, 1]; NaN stays NaN."""
    z = platt.slope * logit + platt.intercept
    return 1 / (1 + math.exp(-z)) if z >= 0 else 1 - 1 / (1 + math.exp(z))


def decide(score: float, points: OperatingPoints) -> tuple[Decision, str, int]:
    """Decision, the operating point that gives the right to it, and the n behind that point."""
    if score < points.rule_out.threshold:
        return "negative", "rule_out", points.rule_out.n
    if score >= points.rule_in.threshold:
        return "positive", "rule_in", points.rule_in.n
    return "uncertain", REVIEW, min(points.rule_out.n, points.rule_in.n)
